import type { DotKernel, KernelSource } from './kernel/dot-kernel.js';
import { growFor, PAGE_BYTES, sharedMemory } from './shared-memory.js';
import { TopK } from './top-k.js';

/** Bytes in front of a row's numbers: its scale. */
const HEAD = 16;
const AT_ONCE = 4;
const BLOCK = 256;
const QUERY_BYTES = 131_072;
const LIST_AT = QUERY_BYTES;
const OUT_AT = LIST_AT + BLOCK * 4;
const OUT_STEP = BLOCK * 4;
const ROWS_AT = QUERY_BYTES + PAGE_BYTES;
const QUERY_SCALE = 4_095;
/** What sums of float32 numbers round away. */
const ROUNDING = 1e-5;

/**
 * Unit vectors a second time, a byte a number: to find the few that have to be multiplied exactly.
 *
 * A row's copy differs from it by a known length `e`, so its product with a unit query is off by at most `e` and what the query itself loses (Cauchy–Schwarz).
 * Whatever lies no further below the k-th best copy than twice the largest of these errors is shortlisted, so that no row of the exact answer is ever missing.
 * Memory: `dimension` padded to 16, and 16 bytes a row.
 */
export class CoarseRows {
  readonly #memory = sharedMemory(ROWS_AT / PAGE_BYTES);
  readonly #kernel: DotKernel;
  readonly #padded: number;
  readonly #stride: number;
  #floats: Float32Array;
  #bytes: Int8Array;
  #largestError = 0;

  constructor(
    readonly dimension: number,
    kernel: KernelSource,
  ) {
    this.#padded = Math.ceil(dimension / 16) * 16;
    this.#stride = this.#padded + HEAD;
    this.#kernel = kernel.over(this.#memory);
    this.#floats = new Float32Array(this.#memory.buffer);
    this.#bytes = new Int8Array(this.#memory.buffer);
  }

  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  write(slot: number, vector: Float32Array): void {
    if (growFor(this.#memory, slot + 1, this.#stride, ROWS_AT)) {
      this.#floats = new Float32Array(this.#memory.buffer);
      this.#bytes = new Int8Array(this.#memory.buffer);
    }
    const row = ROWS_AT + slot * this.#stride;
    const from = row + HEAD;
    const largest = largestOf(vector);
    const fineness = largest > 0 ? 127 / largest : 0;
    let products = 0;
    let squares = 0;
    for (let i = 0; i < vector.length; i++) {
      const value = Math.round(vector[i]! * fineness);
      this.#bytes[from + i] = value;
      products += value * vector[i]!;
      squares += value * value;
    }
    this.#bytes.fill(0, from + vector.length, from + this.#padded);
    // The scale that leaves the least error.
    const scale = Math.fround(squares > 0 ? products / squares : 0);
    this.#floats[row / 4] = scale;
    let error = 0;
    for (let i = 0; i < vector.length; i++) error += (vector[i]! - this.#bytes[from + i]! * scale) ** 2;
    this.#largestError = Math.max(this.#largestError, Math.sqrt(error));
  }

  /** Products of each of the unit queries with these rows, in their order, from the copies alone. */
  products(queries: readonly Float32Array[], slots: Int32Array): Float32Array[] {
    const results = queries.map(() => new Float32Array(slots.length));
    const list = new Int32Array(this.#memory.buffer, LIST_AT, BLOCK);
    const outs = this.#outs();
    const together = this.#together();
    for (let first = 0; first < queries.length; first += together) {
      const some = queries.slice(first, first + together);
      const scales = some.map((query, at) => this.#writeQuery(query, at).scale);
      for (let from = 0; from < slots.length; from += BLOCK) {
        const n = Math.min(BLOCK, slots.length - from);
        list.set(slots.subarray(from, from + n));
        for (let at = 0; at < some.length; at += AT_ONCE) {
          const left = Math.min(AT_ONCE, some.length - at);
          this.#multiply(at, left, n);
          for (let each = 0; each < left; each++) {
            const into = results[first + at + each]!;
            const scale = scales[at + each]!;
            const out = outs[each]!;
            for (let i = 0; i < n; i++) into[from + i] = out[i]! * scale;
          }
        }
      }
    }
    return results;
  }

  /** Those of the slots among which, for each of the unit queries, its exact `k` best are. Order means nothing. */
  shortlists(queries: readonly Float32Array[], ks: readonly number[], slots: Int32Array): Int32Array[] {
    const together = this.#together();
    const lists: Int32Array[] = [];
    for (let from = 0; from < queries.length; from += together)
      lists.push(...this.#shortlists(queries.slice(from, from + together), ks.slice(from, from + together), slots));
    return lists;
  }

  /** So many queries fit into the memory at once; four always do, whatever their length. */
  #together(): number {
    return Math.max(1, Math.floor(QUERY_BYTES / (2 * this.#padded) / AT_ONCE)) * AT_ONCE;
  }

  #outs(): Float32Array[] {
    return Array.from(
      { length: AT_ONCE },
      (_, at) => new Float32Array(this.#memory.buffer, OUT_AT + at * OUT_STEP, BLOCK),
    );
  }

  #shortlists(queries: readonly Float32Array[], ks: readonly number[], slots: Int32Array): Int32Array[] {
    const lists = queries.map((query, at) => {
      const { scale, error } = this.#writeQuery(query, at);
      return new Shortlist(ks[at]!, scale, 2 * (this.#largestError + error + ROUNDING));
    });
    const list = new Int32Array(this.#memory.buffer, LIST_AT, BLOCK);
    const outs = this.#outs();
    for (let from = 0; from < slots.length; from += BLOCK) {
      const n = Math.min(BLOCK, slots.length - from);
      list.set(slots.subarray(from, from + n));
      for (let first = 0; first < lists.length; first += AT_ONCE) {
        const left = Math.min(AT_ONCE, lists.length - first);
        this.#multiply(first, left, n);
        for (let at = 0; at < left; at++) lists[first + at]!.take(list, outs[at]!, n);
      }
    }
    return lists.map((shortlist) => shortlist.slots());
  }

  /** Products of `count` queries from the `from`-th on, one to four, with the first `n` listed rows. */
  #multiply(from: number, count: number, n: number): void {
    const bytes = 2 * this.#padded;
    if (count > 2) {
      this.#kernel.dotI8x4(from * bytes, ROWS_AT, this.#stride, LIST_AT, n, OUT_AT, OUT_STEP, this.#padded);
      return;
    }
    for (let at = 0; at < count; at++)
      this.#kernel.dotI8(
        (from + at) * bytes,
        1,
        ROWS_AT,
        this.#stride,
        LIST_AT,
        n,
        OUT_AT + at * OUT_STEP,
        this.#padded,
      );
  }

  #writeQuery(query: Float32Array, at: number): { scale: number; error: number } {
    const words = new Int16Array(this.#memory.buffer, at * 2 * this.#padded, this.#padded);
    const largest = largestOf(query);
    const fineness = largest > 0 ? QUERY_SCALE / largest : 0;
    const scale = fineness > 0 ? 1 / fineness : 0;
    let error = 0;
    for (let i = 0; i < query.length; i++) {
      words[i] = Math.round(query[i]! * fineness);
      error += (query[i]! - words[i]! * scale) ** 2;
    }
    words.fill(0, query.length);
    return { scale, error: Math.sqrt(error) };
  }
}

/** What may be among the k best of one query. */
class Shortlist {
  readonly #best: TopK;
  readonly #slots: number[] = [];
  readonly #scores: number[] = [];

  constructor(
    k: number,
    private readonly scale: number,
    /** A row that scores so much less than the k-th best, by the copies, cannot be better than it in earnest. */
    private readonly band: number,
  ) {
    this.#best = new TopK(k);
  }

  take(slots: Int32Array, products: Float32Array, count: number): void {
    const { scale, band } = this;
    let least = this.#best.least;
    let enough = scale > 0 ? (least - band) / scale : Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      if (products[i]! < enough) continue;
      const score = products[i]! * scale;
      this.#slots.push(slots[i]!);
      this.#scores.push(score);
      if (score <= least) continue;
      this.#best.offer(0, score);
      least = this.#best.least;
      if (scale > 0) enough = (least - band) / scale;
    }
  }

  slots(): Int32Array {
    const enough = this.#best.least - this.band;
    const kept = new Int32Array(this.#slots.length);
    let n = 0;
    for (let at = 0; at < kept.length; at++) if (this.#scores[at]! >= enough) kept[n++] = this.#slots[at]!;
    return kept.subarray(0, n);
  }
}

const largestOf = (vector: Float32Array): number => {
  let largest = 0;
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
  return largest;
};
