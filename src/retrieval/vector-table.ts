import { ChangeLog } from './change-log.js';
import { Bitset, type ItemSet } from './item-set.js';
import { type DotKernel, javascriptKernel, type KernelSource } from './kernel/dot-kernel.js';
import { CoarseRows } from './scan/coarse-rows.js';
import { ExactScan, type ScannedMemory, type ScannedRows } from './scan/exact-scan.js';
import {
  FLOAT_CHUNK as CHUNK,
  FLOAT_LIST_AT as LIST_AT,
  FLOAT_OUT_AT as OUT_AT,
  paddedTo16,
  ROWS_AT,
} from './scan/scan-memory.js';
import { growFor, PAGE_BYTES, sharedMemory } from './shared-memory.js';
import { TopK } from './top-k.js';

/** How a row is kept: exact, or a quarter of the size with cosines off by less than .01 (one scale a row, largest number → 127). */
export type RowFormat = 'float32' | 'int8';

/** Inner products of queries with the vectors of some keys. */
export interface Products {
  /** The vectors of the n-th key are those from `starts[n]` up to `starts[n + 1]`, in its order; none when these are equal. */
  readonly starts: Int32Array;
  /** By query: one product a vector. */
  readonly of: readonly Float32Array[];
}

/** Where the vectors of some keys lie; good until any of them changes. */
export interface Rows {
  readonly starts: Int32Array;
  readonly slots: Int32Array;
}

/** One vector of an item. */
export interface Part {
  ordinal: number;
  vector: Float32Array;
}

/** From so many rows on a float32 table keeps coarse copies of them too. */
const COARSE_FROM = 2_048;
/** Fewer allowed rows than this, or than so many times `k`, are multiplied exactly at once. */
const COARSELY_FROM = 512;
const COARSELY_OF_K = 4;
const QUERY_SCALE = 4_095;
let made = 0;
/** Longest vector a table takes. */
export const MAX_DIMENSION = 16_384;

/**
 * Unit vectors in memory, any number a key, and the exact scan over them.
 *
 * Rows lie in one shared WebAssembly memory (at most 4 GB), which grows by half and never moves: a view of a row stays readable. A key costs
 * 4 bytes, a row its numbers (4 or 1 byte each, padded to a multiple of 16; int8 adds 16) and 10 bytes. Freed rows are used again.
 */
export class VectorTable {
  readonly #memory: WebAssembly.Memory;
  readonly #kernel: DotKernel;
  readonly #padded: number;
  readonly #stride: number;
  #floats: Float32Array;
  #bytes: Int8Array;
  #first = new Int32Array(1024).fill(-1);
  #next = new Int32Array(1024);
  #owner = new Int32Array(1024);
  #ordinal = new Uint16Array(1024);
  #rows = 0;
  #coarse: CoarseRows | null = null;
  #scan: ExactScan | null = null;
  #free: number[] = [];
  readonly #present = new Bitset();
  /** Tells tables apart for as long as the process runs. */
  readonly id = ++made;
  /** Keys whose vectors changed. */
  readonly changes = new ChangeLog();

  constructor(
    readonly dimension: number,
    readonly format: RowFormat,
    readonly kernel: KernelSource = javascriptKernel,
  ) {
    if (!Number.isInteger(dimension) || dimension < 1 || dimension > MAX_DIMENSION)
      throw new RangeError(`A vector has 1 to ${MAX_DIMENSION} numbers, not ${dimension}`);
    this.#padded = paddedTo16(dimension);
    this.#stride = format === 'float32' ? this.#padded * 4 : this.#padded + 16;
    this.#memory = sharedMemory(ROWS_AT / PAGE_BYTES);
    this.#kernel = kernel.over(this.#memory);
    this.#floats = new Float32Array(this.#memory.buffer);
    this.#bytes = new Int8Array(this.#memory.buffer);
  }

  /** Keys that have a vector; not to be changed. */
  get present(): Bitset {
    return this.#present;
  }

  /** Vectors held. */
  get count(): number {
    return this.#rows - this.#free.length;
  }

  /** Bytes reserved for rows and their tables. */
  get bytes(): number {
    return (
      this.#memory.buffer.byteLength +
      (this.#coarse?.bytes ?? 0) +
      this.#first.byteLength +
      this.#next.byteLength +
      this.#owner.byteLength +
      this.#ordinal.byteLength
    );
  }

  has(key: number): boolean {
    return this.#present.has(key);
  }

  /** Replaces all vectors of a key by these, kept in the order given. Lengths are the caller's to check. */
  put(key: number, parts: readonly Part[]): void {
    const isKnown = this.delete(key);
    if (parts.length === 0) return;
    if (!isKnown) this.changes.note(key);
    this.#present.add(key);
    if (key >= this.#first.length) this.#first = grown(this.#first, key + 1, -1);
    let after = -1;
    for (const part of parts) {
      const slot = this.#take();
      this.#write(slot, part.vector);
      this.#owner[slot] = key;
      this.#ordinal[slot] = part.ordinal;
      this.#next[slot] = -1;
      if (after < 0) this.#first[key] = slot;
      else this.#next[after] = slot;
      after = slot;
    }
  }

  delete(key: number): boolean {
    if (!this.#present.has(key)) return false;
    this.changes.note(key);
    this.#present.delete(key);
    for (let slot = this.#first[key]!; slot >= 0; slot = this.#next[slot]!) this.#free.push(slot);
    this.#first[key] = -1;
    return true;
  }

  clear(): void {
    this.changes.noteAll();
    this.#first.fill(-1);
    this.#rows = 0;
    this.#coarse = null;
    this.#scan = null;
    this.#free = [];
    this.#present.intersect(new Bitset());
  }

  /** The key's first vector; a view in float32 tables (not to be written to, good until the key changes), else a copy. */
  get(key: number): Float32Array | undefined {
    return this.#present.has(key) ? this.#read(this.#first[key]!) : undefined;
  }

  /** The key's vector with this ordinal. */
  part(key: number, ordinal: number): Float32Array | undefined {
    if (!this.#present.has(key)) return undefined;
    for (let slot = this.#first[key]!; slot >= 0; slot = this.#next[slot]!)
      if (this.#ordinal[slot] === ordinal) return this.#read(slot);
    return undefined;
  }

  /** All vectors of a key in their order. */
  parts(key: number): Part[] {
    const parts: Part[] = [];
    if (this.#present.has(key))
      for (let slot = this.#first[key]!; slot >= 0; slot = this.#next[slot]!)
        parts.push({ ordinal: this.#ordinal[slot]!, vector: this.#read(slot) });
    return parts;
  }

  /**
   * Exactly `min(k, allowed ∩ present)` keys with their best part, best first, equal scores by rising key. `query` is of unit length.
   * Cost: one inner product a row of the allowed keys (about .12 µs at 512 float32 numbers, memory-bound), and nothing for the others.
   */
  nearest(query: Float32Array, k: number, allowed: ItemSet | null): { key: number; score: number; ordinal: number }[] {
    if (this.#isWorthCopies(k, allowed)) return this.#nearestByCopies([query], [k], allowed)[0]!;
    const top = new TopK(this.#atMost(k, allowed));
    this.scan(query, allowed, (key, score, ordinal) => top.offer(key, score, ordinal));
    return top.sorted();
  }

  /** Exactly as many answers as there can be. */
  #atMost(k: number, allowed: ItemSet | null): number {
    return Math.min(k, allowed ? Math.min(allowed.count, this.#present.count) : this.#present.count);
  }

  /** Copies know nothing of the parts of a key, which `scan` puts together. */
  #isWorthCopies(k: number, allowed: ItemSet | null): boolean {
    return (
      this.#coarse !== null &&
      this.count === this.#present.count &&
      this.#atMost(Number.POSITIVE_INFINITY, allowed) >= Math.max(COARSELY_FROM, COARSELY_OF_K * k)
    );
  }

  /** Copies a quarter of the size say which rows can be among the nearest; only those are multiplied exactly. The answer is that of `scan`. */
  #nearestByCopies(
    queries: readonly Float32Array[],
    ks: readonly number[],
    allowed: ItemSet | null,
  ): { key: number; score: number; ordinal: number }[][] {
    return this.#scan!.nearest(queries, ks, this.toBeScanned(allowed).rows).map(({ keys, scores }) => {
      const answer = new Array<{ key: number; score: number; ordinal: number }>(keys.length);
      for (let n = 0; n < keys.length; n++) {
        const key = keys[n]!;
        answer[n] = { key, score: scores[n]!, ordinal: this.#ordinal[this.#first[key]!]! };
      }
      return answer;
    });
  }

  /** Whether another thread can find the nearest in its memory: coarse copies are there, and they know nothing of the parts of a key. */
  get canBeScannedBeside(): boolean {
    return this.#coarse !== null && this.count === this.#present.count;
  }

  /** For a scan by coarse copies: where everything lies, and the rows of what is allowed and here, ascending by key. */
  toBeScanned(allowed: ItemSet | null): { memory: ScannedMemory; rows: ScannedRows } {
    const first = this.#first;
    const set = allowed === null || allowed instanceof Bitset ? allowed : Bitset.of(allowed.keys());
    const keys = (set ?? this.#present).common(this.#present);
    const slots = new Int32Array(keys.length);
    for (let at = 0; at < keys.length; at++) slots[at] = first[keys[at]!]!;
    const { memory, largestError } = this.#coarse!;
    return {
      memory: { dimension: this.dimension, rows: this.#memory, coarse: memory },
      rows: { slots, keys, largestError },
    };
  }

  /** Keys that are allowed and here, ascending. */
  #eachPresent(allowed: ItemSet | null, visit: (key: number) => void): void {
    // A set that cannot be walked in words is asked for its keys.
    if (allowed === null) this.#present.each(visit);
    else if (allowed instanceof Bitset) allowed.each((key) => this.#present.has(key) && visit(key));
    else for (const key of allowed.keys()) if (this.#present.has(key)) visit(key);
  }

  /** `nearest` of each query; `k`: for each its own, or one for all. A large table reads its copies once for all of them. */
  nearestMany(
    queries: readonly Float32Array[],
    k: number | readonly number[],
    allowed: ItemSet | null,
  ): { key: number; score: number; ordinal: number }[][] {
    const ks = typeof k === 'number' ? queries.map(() => k) : k;
    if (queries.length > 0 && this.#isWorthCopies(Math.max(...ks), allowed))
      return this.#nearestByCopies(queries, ks, allowed);
    return queries.map((query, at) => this.nearest(query, ks[at]!, allowed));
  }

  /**
   * Inner products of every query with every vector of these keys, in one call of the kernel a query. `queries` need not be of unit length.
   * Nothing is copied or unpacked: cost as of `nearest` over the same rows.
   */
  products(queries: readonly Float32Array[], keys: readonly number[]): Products {
    return this.productsWith(queries, this.rows(keys));
  }

  /** Looks up the vectors of these keys once, for several calls of `productsWith`. */
  rows(keys: readonly number[]): Rows {
    const starts = new Int32Array(keys.length + 1);
    let slots = new Int32Array(keys.length);
    let n = 0;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at]!;
      if (this.#present.has(key))
        for (let slot = this.#first[key]!; slot >= 0; slot = this.#next[slot]!) {
          if (n === slots.length) slots = grown(slots, n + keys.length, -1);
          slots[n++] = slot;
        }
      starts[at + 1] = n;
    }
    return { starts, slots: slots.subarray(0, n) };
  }

  /** As `productsWith`, for unit queries and off by less than .01: a large float32 table multiplies its coarse copies, several queries at once. */
  roughProductsWith(queries: readonly Float32Array[], rows: Rows): Products {
    if (!this.#scan) return this.productsWith(queries, rows);
    return { starts: rows.starts, of: this.#scan.coarse.products(queries, rows.slots) };
  }

  productsWith(queries: readonly Float32Array[], { starts, slots }: Rows): Products {
    const list = new Int32Array(this.#memory.buffer, LIST_AT, CHUNK);
    const out = new Float32Array(this.#memory.buffer, OUT_AT, CHUNK);
    const of = queries.map(() => new Float32Array(slots.length));
    for (let from = 0; from < slots.length; from += CHUNK) {
      const count = Math.min(CHUNK, slots.length - from);
      list.set(slots.subarray(from, from + count));
      queries.forEach((query, index) => {
        this.#multiply(this.#writeQuery(query), count);
        of[index]!.set(out.subarray(0, count), from);
      });
    }
    return { starts, of };
  }

  /** Calls `visit` once for every allowed key with the score of its best part; ascending by key. */
  scan(
    query: Float32Array,
    allowed: ItemSet | null,
    visit: (key: number, score: number, ordinal: number) => void,
  ): void {
    const scale = this.#writeQuery(query);
    const list = new Int32Array(this.#memory.buffer, LIST_AT, CHUNK);
    const out = new Float32Array(this.#memory.buffer, OUT_AT, CHUNK);
    let filled = 0;
    let bestKey = -1;
    let best = 0;
    let bestOrdinal = 0;
    const flush = (): void => {
      this.#multiply(scale, filled);
      for (let i = 0; i < filled; i++) {
        const slot = list[i]!;
        const key = this.#owner[slot]!;
        const score = out[i]!;
        if (key !== bestKey) {
          if (bestKey >= 0) visit(bestKey, best, bestOrdinal);
          bestKey = key;
          best = score;
          bestOrdinal = this.#ordinal[slot]!;
        } else if (score > best) {
          best = score;
          bestOrdinal = this.#ordinal[slot]!;
        }
      }
      filled = 0;
    };
    const first = this.#first;
    const next = this.#next;
    this.#eachPresent(allowed, (key) => {
      for (let slot = first[key]!; slot >= 0; slot = next[slot]!) {
        list[filled++] = slot;
        if (filled === CHUNK) flush();
      }
    });
    flush();
    if (bestKey >= 0) visit(bestKey, best, bestOrdinal);
  }

  /** Products of the written query with the first `count` listed rows. */
  #multiply(scale: number, count: number): void {
    if (this.format === 'float32') this.#kernel.dotF32(0, ROWS_AT, this.#stride, LIST_AT, count, OUT_AT, this.#padded);
    else this.#kernel.dotI8(0, scale, ROWS_AT, this.#stride, LIST_AT, count, OUT_AT, this.#padded);
  }

  #take(): number {
    const again = this.#free.pop();
    if (again !== undefined) return again;
    const slot = this.#rows++;
    if (slot >= this.#next.length) {
      const room = Math.ceil(this.#next.length * 1.5);
      this.#next = grown(this.#next, room, -1);
      this.#owner = grown(this.#owner, room, -1);
      const ordinals = new Uint16Array(room);
      ordinals.set(this.#ordinal);
      this.#ordinal = ordinals;
    }
    if (growFor(this.#memory, this.#rows, this.#stride, ROWS_AT)) {
      this.#floats = new Float32Array(this.#memory.buffer);
      this.#bytes = new Int8Array(this.#memory.buffer);
    }
    return slot;
  }

  #write(slot: number, vector: Float32Array): void {
    const at = ROWS_AT + slot * this.#stride;
    if (this.format === 'float32') {
      this.#floats.set(vector, at / 4);
      this.#floats.fill(0, at / 4 + this.dimension, at / 4 + this.#padded);
      this.#coarse?.write(slot, vector);
      if (!this.#coarse && this.#rows >= COARSE_FROM) this.#copyCoarsely();
      return;
    }
    let largest = 0;
    for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
    const scale = largest > 0 ? 127 / largest : 0;
    for (let i = 0; i < vector.length; i++) this.#bytes[at + 16 + i] = Math.round(vector[i]! * scale);
    this.#bytes.fill(0, at + 16 + this.dimension, at + 16 + this.#padded);
    // The scale undoes the rounding's loss of length too, so that a row still has length one.
    let squares = 0;
    for (let i = 0; i < vector.length; i++) squares += this.#bytes[at + 16 + i]! ** 2;
    this.#floats[at / 4] = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }

  #copyCoarsely(): void {
    const coarse = new CoarseRows(this.dimension, this.kernel);
    for (let slot = 0; slot < this.#rows; slot++) coarse.write(slot, this.#read(slot));
    this.#coarse = coarse;
    this.#scan = new ExactScan(
      { dimension: this.dimension, rows: this.#memory, coarse: coarse.memory },
      this.kernel,
      0,
    );
  }

  #read(slot: number): Float32Array {
    const at = ROWS_AT + slot * this.#stride;
    if (this.format === 'float32') return this.#floats.subarray(at / 4, at / 4 + this.dimension);
    const scale = this.#floats[at / 4]!;
    const vector = new Float32Array(this.dimension);
    for (let i = 0; i < vector.length; i++) vector[i] = this.#bytes[at + 16 + i]! * scale;
    return vector;
  }

  /** Puts a query at the head of the memory; gives what undoes its scaling. */
  #writeQuery(query: Float32Array): number {
    if (this.format === 'float32') {
      this.#floats.set(query);
      this.#floats.fill(0, this.dimension, this.#padded);
      return 1;
    }
    let largest = 0;
    for (let i = 0; i < query.length; i++) largest = Math.max(largest, Math.abs(query[i]!));
    const scale = largest > 0 ? QUERY_SCALE / largest : 0;
    const words = new Int16Array(this.#memory.buffer, 0, this.#padded);
    for (let i = 0; i < query.length; i++) words[i] = Math.round(query[i]! * scale);
    words.fill(0, this.dimension);
    return scale > 0 ? 1 / scale : 0;
  }
}

const grown = (from: Int32Array<ArrayBuffer>, atLeast: number, fill: number): Int32Array<ArrayBuffer> => {
  const to = new Int32Array(Math.max(atLeast, Math.ceil(from.length * 1.5)));
  to.set(from);
  to.fill(fill, from.length);
  return to;
};
