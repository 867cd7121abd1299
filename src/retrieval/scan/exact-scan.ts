import type { DotKernel, KernelSource } from '../kernel/dot-kernel.js';
import { TopK } from '../top-k.js';
import { CoarseScan } from './coarse-scan.js';
import {
  FLOAT_CHUNK,
  FLOAT_LIST_AT,
  FLOAT_OUT_AT,
  paddedTo16,
  ROWS_AT,
  SCRATCH_BYTES,
  type Scratch,
} from './scan-memory.js';

/** Where a table of float32 rows and their coarse copies lies. */
export interface ScannedMemory {
  dimension: number;
  rows: WebAssembly.Memory;
  coarse: WebAssembly.Memory;
}

/** Rows to be compared: places of rows, ascending by key, and the keys they belong to. */
export interface ScannedRows {
  slots: Int32Array;
  keys: Int32Array;
  /** Of any coarse copy. */
  largestError: number;
}

/** The nearest to one query, best first, equal scores by rising key. */
export interface Scanned {
  keys: Int32Array;
  scores: Float32Array;
}

/** The exact nearest of some rows: their coarse copies say which can be among them, those are multiplied. In the thread that owns the table or beside it. */
export class ExactScan {
  readonly #kernel: DotKernel;
  readonly #coarse: CoarseScan;
  readonly #padded: number;
  readonly #head: number;

  constructor(
    private readonly memory: ScannedMemory,
    kernel: KernelSource,
    scratch: Scratch,
  ) {
    this.#kernel = kernel.over(memory.rows);
    this.#coarse = new CoarseScan(memory.coarse, memory.dimension, kernel, scratch);
    this.#padded = paddedTo16(memory.dimension);
    this.#head = scratch * SCRATCH_BYTES;
  }

  get coarse(): CoarseScan {
    return this.#coarse;
  }

  /** Exactly `min(k, rows)` of each unit query; `ks`: one for each. */
  nearest(
    queries: readonly Float32Array[],
    ks: readonly number[],
    { slots, keys, largestError }: ScannedRows,
  ): Scanned[] {
    const shortlists = this.#coarse.shortlists(queries, ks, slots, largestError);
    return queries.map((query, at) => {
      const places = shortlists[at]!;
      const top = new TopK(Math.min(ks[at]!, slots.length));
      this.#products(query, slots, places, (n, score) => {
        if (score >= top.least) top.offer(keys[places[n]!]!, score);
      });
      return top.arrays();
    });
  }

  #products(
    query: Float32Array,
    slots: Int32Array,
    places: Int32Array,
    visit: (n: number, score: number) => void,
  ): void {
    const { buffer } = this.memory.rows;
    const numbers = new Float32Array(buffer, this.#head, this.#padded);
    numbers.set(query);
    numbers.fill(0, query.length);
    const list = new Int32Array(buffer, this.#head + FLOAT_LIST_AT, FLOAT_CHUNK);
    const out = new Float32Array(buffer, this.#head + FLOAT_OUT_AT, FLOAT_CHUNK);
    for (let from = 0; from < places.length; from += FLOAT_CHUNK) {
      const count = Math.min(FLOAT_CHUNK, places.length - from);
      for (let n = 0; n < count; n++) list[n] = slots[places[from + n]!]!;
      this.#kernel.dotF32(
        this.#head,
        ROWS_AT,
        this.#padded * 4,
        this.#head + FLOAT_LIST_AT,
        count,
        this.#head + FLOAT_OUT_AT,
        this.#padded,
      );
      for (let n = 0; n < count; n++) visit(from + n, out[n]!);
    }
  }
}
