import type { SparseMatrix } from '../../maths/sparse-matrix.js';

/**
 * A model that scores every item for a batch of histories. Histories are rows of a sparse matrix (people, items) whose values are weights;
 * nobody has to be known from training. Models are folded in, never looked up.
 */
export interface Scorer {
  /** Dense scores (rows of `histories`, items), row-major, a fresh array. What was not scored is 0. */
  score(histories: SparseMatrix): Promise<Float32Array>;
}

/** score = x · B for a sparse item–item matrix B (row: item of the history, column: item proposed). Cost Σ row lengths. */
export class SparseItemItem implements Scorer {
  constructor(readonly weights: SparseMatrix) {}

  async score(histories: SparseMatrix): Promise<Float32Array> {
    return this.scoreNow(histories);
  }

  scoreNow(histories: SparseMatrix): Float32Array {
    const { offsets, indices, values, columns } = this.weights;
    const out = new Float32Array(histories.rows * columns);
    for (let r = 0; r < histories.rows; r++) {
      const base = r * columns;
      for (let e = histories.offsets[r]!; e < histories.offsets[r + 1]!; e++) {
        const item = histories.indices[e]!;
        const weight = histories.values[e]!;
        for (let f = offsets[item]!; f < offsets[item + 1]!; f++) out[base + indices[f]!]! += weight * values[f]!;
      }
    }
    return out;
  }
}

/** score = x · B for a dense B (items, items). Cost |history| · items. */
export class DenseItemItem implements Scorer {
  constructor(
    readonly weights: Float32Array,
    readonly items: number,
    /** Multiplies what each history item says. */
    readonly input?: Float64Array,
    /** Multiplies what each proposed item gets. */
    readonly output?: Float64Array,
  ) {}

  async score(histories: SparseMatrix): Promise<Float32Array> {
    const n = this.items;
    const out = new Float32Array(histories.rows * n);
    for (let r = 0; r < histories.rows; r++) {
      const into = out.subarray(r * n, (r + 1) * n);
      for (let e = histories.offsets[r]!; e < histories.offsets[r + 1]!; e++) {
        const item = histories.indices[e]!;
        const weight = histories.values[e]! * (this.input ? this.input[item]! : 1);
        const row = this.weights.subarray(item * n, (item + 1) * n);
        for (let j = 0; j < n; j++) into[j]! += weight * row[j]!;
      }
      if (this.output) for (let j = 0; j < n; j++) into[j]! *= this.output[j]!;
    }
    return out;
  }
}

/** The same scores for everybody: popularity, or any fixed order. */
export class FixedScores implements Scorer {
  constructor(readonly scores: Float32Array) {}

  async score(histories: SparseMatrix): Promise<Float32Array> {
    const out = new Float32Array(histories.rows * this.scores.length);
    for (let r = 0; r < histories.rows; r++) out.set(this.scores, r * this.scores.length);
    return out;
  }
}
