import type { GemmEngine } from '../../maths/onnx-gemm.js';
import { seededRandom } from '../../maths/random.js';
import { type SparseMatrix, transpose } from '../../maths/sparse-matrix.js';
import { symmetricEigen } from '../../maths/symmetric-eigen.js';
import type { Scorer } from './scorer.js';

export interface IalsParameters {
  dimension: number;
  /** Weight of the pull of every unobserved pair towards 0. */
  alpha0: number;
  /** Regularisation; an id with n observations gets λ (n + alpha0 · others)^nu. */
  lambda: number;
  nu: number;
  sweeps: number;
  seed: number;
}

/**
 * Implicit ALS (Hu 2008) in the form of Rendle et al. 2021: minimises Σ_obs (1 − u·v)² + α₀ Σ_all (u·v)² + λ Σ (n + α₀ m)^ν |·|².
 *
 * Each half-sweep diagonalises α₀VᵀV once; a row with k < d/2 observations is then solved by the Woodbury identity in k²d instead of d³/3.
 * Cost a sweep: Σ min(k²d, kd² + d³/3) + (m + n) d². Fold-in of a new person is one such row.
 */
export class Ials implements Scorer {
  private solver: Promise<RowSolver> | null = null;

  constructor(
    readonly itemFactors: Float32Array,
    readonly items: number,
    readonly parameters: IalsParameters,
    private readonly engine: GemmEngine,
  ) {}

  static async fit(x: SparseMatrix, parameters: IalsParameters, engine: GemmEngine): Promise<Ials> {
    const { dimension: d, sweeps, seed } = parameters;
    const random = seededRandom(seed);
    let v: Float32Array = new Float32Array(x.columns * d);
    for (let i = 0; i < v.length; i++) v[i] = (0.1 / Math.sqrt(d)) * random.normal();
    const byItem = transpose(x);
    for (let s = 0; s < sweeps; s++) {
      const u = await (await RowSolver.make(v, x.columns, parameters, engine)).solveAll(x);
      v = await (await RowSolver.make(u, x.rows, parameters, engine)).solveAll(byItem);
    }
    return new Ials(v, x.columns, parameters, engine);
  }

  /** Vectors (rows, d) of people given their histories. */
  async foldIn(histories: SparseMatrix): Promise<Float32Array> {
    this.solver ??= RowSolver.make(this.itemFactors, this.items, this.parameters, this.engine);
    return (await this.solver).solveAll(histories);
  }

  /** Readies fold-in for single visitors without waiting: the returned function solves one d × d system a call. */
  async folder(): Promise<(ids: Int32Array, weights: Float32Array) => Float32Array> {
    this.solver ??= RowSolver.make(this.itemFactors, this.items, this.parameters, this.engine);
    const solver = await this.solver;
    return (ids, weights) => solver.solveOne(ids, weights);
  }

  async score(histories: SparseMatrix): Promise<Float32Array> {
    const d = this.parameters.dimension;
    return this.engine.run('ABt', await this.foldIn(histories), [histories.rows, d], this.itemFactors, [this.items, d]);
  }
}

/** Solves (α₀VᵀV + r I + Σ v vᵀ) w = Σ v for rows of a sparse matrix, V (count, d) fixed. */
class RowSolver {
  private constructor(
    private readonly d: number,
    private readonly count: number,
    private readonly parameters: IalsParameters,
    private readonly engine: GemmEngine,
    /** Eigenvalues of α₀VᵀV. */
    private readonly values: Float64Array,
    private readonly vectors: Float32Array,
    /** V in the eigenbasis of VᵀV. */
    private readonly rotated: Float32Array,
  ) {}

  static async make(
    v: Float32Array,
    count: number,
    parameters: IalsParameters,
    engine: GemmEngine,
  ): Promise<RowSolver> {
    const d = parameters.dimension;
    const gram = await engine.run('AtB', v, [count, d], v, [count, d]);
    const eigen = symmetricEigen(gram, d);
    const vectors = Float32Array.from(eigen.vectors);
    const rotated = await engine.run('AB', v, [count, d], vectors, [d, d]);
    return new RowSolver(
      d,
      count,
      parameters,
      engine,
      eigen.values.map((x) => Math.max(0, x) * parameters.alpha0),
      vectors,
      rotated,
    );
  }

  /** Factors (rows, d); a row without entries gets zeros. */
  async solveAll(x: SparseMatrix): Promise<Float32Array> {
    const d = this.d;
    const out = new Float32Array(x.rows * d);
    const w = new Float64Array(d);
    const { lambda, alpha0, nu } = this.parameters;
    for (let r = 0; r < x.rows; r++) {
      const from = x.offsets[r]!;
      const k = x.offsets[r + 1]! - from;
      if (k === 0) continue;
      const ridge = lambda * (k + alpha0 * this.count) ** nu;
      const weights = x.values.subarray(from, from + k);
      if (2 * k < d) this.woodbury(x.indices.subarray(from, from + k), weights, ridge, w);
      else this.direct(x.indices.subarray(from, from + k), weights, ridge, w);
      out.set(w, r * d);
    }
    return this.engine.run('ABt', out, [x.rows, d], this.vectors, [d, d]);
  }

  /** Factors (d) of one row. */
  solveOne(ids: Int32Array, weights: Float32Array): Float32Array {
    const d = this.d;
    const w = new Float64Array(d);
    const out = new Float32Array(d);
    if (ids.length === 0) return out;
    const { lambda, alpha0, nu } = this.parameters;
    const ridge = lambda * (ids.length + alpha0 * this.count) ** nu;
    if (2 * ids.length < d) this.woodbury(ids, weights, ridge, w);
    else this.direct(ids, weights, ridge, w);
    for (let a = 0; a < d; a++) {
      let s = 0;
      for (let b = 0; b < d; b++) s += this.vectors[a * d + b]! * w[b]!;
      out[a] = s;
    }
    return out;
  }

  /** (D + ZᵀZ)⁻¹Zᵀ1 = D⁻¹Zᵀ(I + Z D⁻¹ Zᵀ)⁻¹ 1, Z the k weighted rows. */
  private woodbury(ids: Int32Array, weights: Float32Array, ridge: number, w: Float64Array): void {
    const d = this.d;
    const k = ids.length;
    const { rows, scaled, inverse, m, y } = scratch(k, d);
    for (let a = 0; a < d; a++) inverse[a] = 1 / (this.values[a]! + ridge);
    for (let i = 0; i < k; i++) {
      const size = Math.sqrt(Math.abs(weights[i]!));
      const from = ids[i]! * d;
      for (let a = 0; a < d; a++) {
        const z = this.rotated[from + a]! * size;
        rows[i * d + a] = z;
        scaled[a] = z * inverse[a]!;
      }
      for (let j = 0; j <= i; j++) m[i * k + j] = dotAt(scaled, 0, rows, j * d, d);
      m[i * k + i]! += 1;
      y[i] = Math.sign(weights[i]!) * size;
    }
    choleskySolve(m, k, y);
    w.fill(0);
    for (let i = 0; i < k; i++) for (let a = 0, at = i * d; a < d; a++, at++) w[a]! += y[i]! * rows[at]!;
    for (let a = 0; a < d; a++) w[a]! *= inverse[a]!;
  }

  private direct(ids: Int32Array, weights: Float32Array, ridge: number, w: Float64Array): void {
    const d = this.d;
    const { m } = scratch(d, d);
    m.fill(0, 0, d * d);
    w.fill(0);
    for (let i = 0; i < ids.length; i++) {
      const z = this.rotated.subarray(ids[i]! * d, (ids[i]! + 1) * d);
      const c = weights[i]!;
      const size = Math.abs(c);
      for (let a = 0; a < d; a++) {
        const za = size * z[a]!;
        w[a]! += Math.sign(c) * za;
        for (let b = 0, at = a * d; b <= a; b++, at++) m[at]! += za * z[b]!;
      }
    }
    for (let a = 0; a < d; a++) m[a * d + a]! += this.values[a]! + ridge;
    choleskySolve(m, d, w);
  }
}

interface Scratch {
  rows: Float64Array;
  scaled: Float64Array;
  inverse: Float64Array;
  m: Float64Array;
  y: Float64Array;
}

/** Room for one row's system, used again by the next: a sweep solves tens of thousands. */
let kept: Scratch & { k: number; d: number } = {
  k: 0,
  d: 0,
  rows: new Float64Array(0),
  scaled: new Float64Array(0),
  inverse: new Float64Array(0),
  m: new Float64Array(0),
  y: new Float64Array(0),
};
const scratch = (k: number, d: number): Scratch => {
  if (k > kept.k || d > kept.d) {
    const [most, wide] = [Math.max(k, kept.k), Math.max(d, kept.d)];
    kept = {
      k: most,
      d: wide,
      rows: new Float64Array(most * wide),
      scaled: new Float64Array(wide),
      inverse: new Float64Array(wide),
      m: new Float64Array(most * most),
      y: new Float64Array(most),
    };
  }
  return kept;
};

/** Σ a[atA + i] b[atB + i] over `length`, in four sums that do not wait for each other. */
const dotAt = (a: Float64Array, atA: number, b: Float64Array, atB: number, length: number): number => {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (const end = length - 3; i < end; i += 4) {
    s0 += a[atA + i]! * b[atB + i]!;
    s1 += a[atA + i + 1]! * b[atB + i + 1]!;
    s2 += a[atA + i + 2]! * b[atB + i + 2]!;
    s3 += a[atA + i + 3]! * b[atB + i + 3]!;
  }
  for (; i < length; i++) s0 += a[atA + i]! * b[atB + i]!;
  return s0 + s1 + (s2 + s3);
};

/** Solves M y = y in place by Cholesky; reads the lower triangle of M (k, k) and overwrites it. */
function choleskySolve(m: Float64Array, k: number, y: Float64Array): void {
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      const s = m[i * k + j]! - dotAt(m, i * k, m, j * k, j);
      m[i * k + j] = i === j ? Math.sqrt(s) : s / m[j * k + j]!;
    }
  }
  for (let i = 0; i < k; i++) {
    let s = y[i]!;
    for (let p = 0; p < i; p++) s -= m[i * k + p]! * y[p]!;
    y[i] = s / m[i * k + i]!;
  }
  for (let i = k - 1; i >= 0; i--) {
    let s = y[i]!;
    for (let p = i + 1; p < k; p++) s -= m[p * k + i]! * y[p]!;
    y[i] = s / m[i * k + i]!;
  }
}
