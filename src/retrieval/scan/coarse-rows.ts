import type { KernelSource } from '../kernel/dot-kernel.js';
import { growFor, PAGE_BYTES, sharedMemory } from '../shared-memory.js';
import { COARSE_HEAD, paddedTo16, ROWS_AT } from './scan-memory.js';

/**
 * Unit vectors a second time, a byte a number: to find the few that have to be multiplied exactly.
 *
 * A row's copy differs from it by a known length `e`, so its product with a unit query is off by at most `e` and what the query itself loses (Cauchy–Schwarz).
 * Whatever lies no further below the k-th best copy than twice the largest of these errors is shortlisted, so that no row of the exact answer is ever missing.
 * Memory: `dimension` padded to 16, and 16 bytes a row.
 */
export class CoarseRows {
  readonly memory = sharedMemory(ROWS_AT / PAGE_BYTES);
  readonly #padded: number;
  readonly #stride: number;
  #floats: Float32Array;
  #bytes: Int8Array;
  #largestError = 0;

  constructor(
    readonly dimension: number,
    readonly kernel: KernelSource,
  ) {
    this.#padded = paddedTo16(dimension);
    this.#stride = this.#padded + COARSE_HEAD;
    this.#floats = new Float32Array(this.memory.buffer);
    this.#bytes = new Int8Array(this.memory.buffer);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** The largest `e` of any row ever written. */
  get largestError(): number {
    return this.#largestError;
  }

  write(slot: number, vector: Float32Array): void {
    if (growFor(this.memory, slot + 1, this.#stride, ROWS_AT)) {
      this.#floats = new Float32Array(this.memory.buffer);
      this.#bytes = new Int8Array(this.memory.buffer);
    }
    const row = ROWS_AT + slot * this.#stride;
    const from = row + COARSE_HEAD;
    let largest = 0;
    for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i]!));
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
}
