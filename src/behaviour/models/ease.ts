import type { GemmEngine } from '../../maths/onnx-gemm.js';
import { rowCounts, type SparseMatrix } from '../../maths/sparse-matrix.js';
import { inverseResidual, spdInverse } from '../../maths/spd-inverse.js';
import { degreePower } from './graph-filter.js';

/** Dense weighted Gram XᵀD_U^−userExponent X (items, items) with its diagonal. */
export function denseGram(x: SparseMatrix, userExponent: number): Float32Array {
  const n = x.columns;
  const g = new Float32Array(n * n);
  const weights = degreePower(rowCounts(x), -userExponent);
  for (let u = 0; u < x.rows; u++) {
    const w = weights[u]!;
    for (let e = x.offsets[u]!; e < x.offsets[u + 1]!; e++) {
      const row = x.indices[e]! * n;
      const v = w * x.values[e]!;
      for (let f = x.offsets[u]!; f < x.offsets[u + 1]!; f++) g[row + x.indices[f]!]! += v * x.values[f]!;
    }
  }
  return g;
}

/**
 * EASE (Steck 2019): with P = (G + λI)⁻¹, B_ij = −P_ij / P_jj and B_ii = 0; returned dense, row = item of the history. `g` is overwritten.
 * @throws Error when the residual of the inverse says that the precision did not suffice. Cost 4/3 n³.
 */
export async function easeWeights(
  engine: GemmEngine,
  g: Float32Array,
  n: number,
  lambda: number,
): Promise<Float32Array> {
  for (let i = 0; i < n; i++) g[i * n + i]! += lambda;
  const p = await spdInverse(engine, g, n);
  const residual = inverseResidual(g, p, n);
  if (!(residual < 0.01))
    throw new Error(`the inverse of the Gram matrix is off by ${residual}; raise λ (it is ${lambda})`);
  const scale = new Float32Array(n);
  for (let j = 0; j < n; j++) scale[j] = -1 / p[j * n + j]!;
  for (let i = 0; i < n; i++) {
    const row = p.subarray(i * n, (i + 1) * n);
    for (let j = 0; j < n; j++) row[j]! *= scale[j]!;
    row[i] = 0;
  }
  return p;
}
