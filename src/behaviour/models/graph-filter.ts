import { columnCounts, gram, mapEntries, rowCounts, type SparseMatrix } from '../../maths/sparse-matrix.js';

/** d^exponent for each degree, 0 where the degree is 0. */
export const degreePower = (degrees: ArrayLike<number>, exponent: number): Float64Array =>
  Float64Array.from({ length: degrees.length }, (_, i) =>
    (degrees[i] as number) > 0 ? (degrees[i] as number) ** exponent : 0,
  );

export interface GraphFilterParameters {
  /** Weight of a person with d items: d^−userExponent. */
  userExponent: number;
  /** What an item of the history says is scaled by its degree d^−inputExponent. */
  inputExponent: number;
  /** Proposed items are scaled by d^−outputExponent; negative values favour popular ones. */
  outputExponent: number;
  /** Each co-engagement weight is raised to this power. */
  power: number;
}

/** Co-engagement counts Σ_u d_u^−userExponent x_ui x_uj without the diagonal, sparse. Cost Σ over people of (items)². */
export const coEngagement = (x: SparseMatrix, userExponent: number): SparseMatrix =>
  gram(x, degreePower(rowCounts(x), -userExponent));

/**
 * Linear graph filter: B_ij = d_i^−in · (Σ_u d_u^−a x_ui x_uj)^power · d_j^−out, B_ii = 0. The one-step low-pass filter of GF-CF and Turbo-CF with the
 * three exponents set free. `counts` is `coEngagement(x, userExponent)`, shared between parameter settings.
 */
export function graphFilter(
  counts: SparseMatrix,
  degrees: ArrayLike<number>,
  parameters: Omit<GraphFilterParameters, 'userExponent'>,
): SparseMatrix {
  const input = degreePower(degrees, -parameters.inputExponent);
  const output = degreePower(degrees, -parameters.outputExponent);
  const { power } = parameters;
  return mapEntries(counts, (i, j, v) => input[i]! * (power === 1 ? v : v ** power) * output[j]!);
}

/** Asymmetric cosine: S_ij = G_ij / (d_i^a d_j^(1−a) + shrink), zero diagonal (item kNN of Aiolli's form). */
export function itemKnn(counts: SparseMatrix, degrees: ArrayLike<number>, alpha: number, shrink: number): SparseMatrix {
  const from = degreePower(degrees, alpha);
  const to = degreePower(degrees, 1 - alpha);
  return mapEntries(counts, (i, j, v) => v / (from[i]! * to[j]! + shrink));
}

/** Degrees of the items of an interaction matrix. */
export const itemDegrees = (x: SparseMatrix): Float64Array => columnCounts(x);
