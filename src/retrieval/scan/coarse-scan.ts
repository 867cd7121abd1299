import type { DotKernel, KernelSource } from '../kernel/dot-kernel.js';
import { TopK } from '../top-k.js';
import { COARSE_HEAD, paddedTo16, ROWS_AT, SCRATCH_BYTES, type Scratch } from './scan-memory.js';

const AT_ONCE = 4;
const BLOCK = 256;
const QUERY_BYTES = 131_072;
const LIST_AT = QUERY_BYTES;
const OUT_AT = LIST_AT + BLOCK * 4;
const OUT_STEP = BLOCK * 4;
const QUERY_SCALE = 4_095;
/** What sums of float32 numbers round away. */
const ROUNDING = 1e-5;

/** Products with the coarse copies of rows, in the thread that owns them or beside it. */
export class CoarseScan {
  readonly #kernel: DotKernel;
  readonly #padded: number;
  readonly #stride: number;
  readonly #head: number;

  constructor(
    private readonly memory: WebAssembly.Memory,
    dimension: number,
    kernel: KernelSource,
    scratch: Scratch,
  ) {
    this.#kernel = kernel.over(memory);
    this.#padded = paddedTo16(dimension);
    this.#stride = this.#padded + COARSE_HEAD;
    this.#head = scratch * SCRATCH_BYTES;
  }

  /** Products of each of the unit queries with these rows, in their order. */
  products(queries: readonly Float32Array[], slots: Int32Array): Float32Array[] {
    const results = queries.map(() => new Float32Array(slots.length));
    this.#each(queries, slots, (query, from, out, n, scale) => {
      const into = results[query]!;
      for (let i = 0; i < n; i++) into[from + i] = out[i]! * scale;
    });
    return results;
  }

  /**
   * Places in `slots` among which, for each of the unit queries, its exact `k` best are. Order means nothing.
   * @param largestError of any copy, see `CoarseRows`
   */
  shortlists(
    queries: readonly Float32Array[],
    ks: readonly number[],
    slots: Int32Array,
    largestError: number,
  ): Int32Array[] {
    const lists = queries.map((_, at) => new Shortlist(ks[at]!));
    this.#each(queries, slots, (query, from, out, n, scale, error) =>
      lists[query]!.take(from, out, n, scale, 2 * (largestError + error + ROUNDING)),
    );
    return lists.map((list) => list.places());
  }

  /** Calls `visit` for every query and block of rows with the products, which want to be scaled, and how far the query itself is off. */
  #each(
    queries: readonly Float32Array[],
    slots: Int32Array,
    visit: (query: number, from: number, out: Float32Array, n: number, scale: number, error: number) => void,
  ): void {
    const list = new Int32Array(this.memory.buffer, this.#head + LIST_AT, BLOCK);
    const outs = Array.from(
      { length: AT_ONCE },
      (_, at) => new Float32Array(this.memory.buffer, this.#head + OUT_AT + at * OUT_STEP, BLOCK),
    );
    // So many queries fit into the memory at once; four always do, whatever their length.
    const together = Math.max(1, Math.floor(QUERY_BYTES / (2 * this.#padded) / AT_ONCE)) * AT_ONCE;
    for (let first = 0; first < queries.length; first += together) {
      const count = Math.min(together, queries.length - first);
      const written = Array.from({ length: count }, (_, at) => this.#writeQuery(queries[first + at]!, at));
      for (let from = 0; from < slots.length; from += BLOCK) {
        const n = Math.min(BLOCK, slots.length - from);
        list.set(slots.subarray(from, from + n));
        for (let at = 0; at < count; at += AT_ONCE) {
          const left = Math.min(AT_ONCE, count - at);
          this.#multiply(at, left, n);
          for (let each = 0; each < left; each++) {
            const { scale, error } = written[at + each]!;
            visit(first + at + each, from, outs[each]!, n, scale, error);
          }
        }
      }
    }
  }

  /** Products of `count` queries from the `from`-th on, one to four, with the first `n` listed rows. */
  #multiply(from: number, count: number, n: number): void {
    const bytes = 2 * this.#padded;
    const query = this.#head + from * bytes;
    const list = this.#head + LIST_AT;
    const out = this.#head + OUT_AT;
    if (count > 2) this.#kernel.dotI8x4(query, ROWS_AT, this.#stride, list, n, out, OUT_STEP, this.#padded);
    else
      for (let at = 0; at < count; at++)
        this.#kernel.dotI8(query + at * bytes, 1, ROWS_AT, this.#stride, list, n, out + at * OUT_STEP, this.#padded);
  }

  #writeQuery(query: Float32Array, at: number): { scale: number; error: number } {
    const words = new Int16Array(this.memory.buffer, this.#head + at * 2 * this.#padded, this.#padded);
    let largest = 0;
    for (let i = 0; i < query.length; i++) largest = Math.max(largest, Math.abs(query[i]!));
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
  readonly #places: number[] = [];
  readonly #scores: number[] = [];
  #band = 0;

  constructor(k: number) {
    this.#best = new TopK(k);
  }

  /** @param band a row that scores so much less than the k-th best, by the copies, cannot be better than it in earnest */
  take(from: number, products: Float32Array, count: number, scale: number, band: number): void {
    this.#band = band;
    let least = this.#best.least;
    let enough = scale > 0 ? (least - band) / scale : Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      if (products[i]! < enough) continue;
      const score = products[i]! * scale;
      this.#places.push(from + i);
      this.#scores.push(score);
      if (score <= least) continue;
      this.#best.offer(0, score);
      least = this.#best.least;
      if (scale > 0) enough = (least - band) / scale;
    }
  }

  places(): Int32Array {
    const enough = this.#best.least - this.#band;
    const kept = new Int32Array(this.#places.length);
    let n = 0;
    for (let at = 0; at < kept.length; at++) if (this.#scores[at]! >= enough) kept[n++] = this.#places[at]!;
    return kept.subarray(0, n);
  }
}
