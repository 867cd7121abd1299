import type { Dense, GemmEngine } from './onnx-gemm.js';

/** The matrix handed over is not symmetric positive definite; `row` is where its factorisation broke. */
export class NotPositiveDefinite extends Error {
  constructor(
    readonly row: number,
    readonly pivot: number,
  ) {
    super(`not positive definite at row ${row}: pivot ${pivot}`);
    this.name = 'NotPositiveDefinite';
  }
}

/** Inverse of a small SPD matrix (n, n) by Cholesky in float64. @throws NotPositiveDefinite. Cost n³. */
export function choleskyInverse(a: Dense, n: number, rowOffset = 0): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let s = a[i * n + j]!;
      for (let k = 0; k < j; k++) s -= l[i * n + k]! * l[j * n + k]!;
      if (i === j) {
        if (!(s > 0) || !Number.isFinite(s)) throw new NotPositiveDefinite(rowOffset + i, s);
        l[i * n + i] = Math.sqrt(s);
      } else l[i * n + j] = s / l[j * n + j]!;
    }
  }
  const inv = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    inv[j * n + j] = 1 / l[j * n + j]!;
    for (let i = j + 1; i < n; i++) {
      let s = 0;
      for (let k = j; k < i; k++) s -= l[i * n + k]! * inv[k * n + j]!;
      inv[i * n + j] = s / l[i * n + i]!;
    }
  }
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let s = 0;
      for (let k = i; k < n; k++) s += inv[k * n + i]! * inv[k * n + j]!;
      out[i * n + j] = s;
      out[j * n + i] = s;
    }
  }
  return out;
}

const make = <T extends Dense>(like: T, length: number): T =>
  (like instanceof Float64Array ? new Float64Array(length) : new Float32Array(length)) as T;

/**
 * Inverse of a symmetric positive definite matrix (n, n), row-major, in the precision of its array; the argument is not changed.
 * Recursive block inversion: with M = [[A, B], [Bᵀ, D]], W = A⁻¹B, S = D − BᵀW (Schur), X = W S⁻¹:
 * M⁻¹ = [[A⁻¹ + X Wᵀ, −X], [−Xᵀ, S⁻¹]]. 4/3 n³ multiply-adds, all but the 96-wide base cases in Gemm; about 4 n² numbers of working memory.
 * @throws NotPositiveDefinite with the row where it broke.
 */
export async function spdInverse<T extends Dense>(engine: GemmEngine, m: T, n: number, rowOffset = 0): Promise<T> {
  if (m.length !== n * n) throw new RangeError(`${m.length} numbers are no (${n}, ${n}) matrix`);
  if (n <= 96) {
    const inverse = choleskyInverse(m, n, rowOffset);
    const out = make(m, n * n);
    out.set(inverse);
    return out;
  }
  const p = n >> 1;
  const q = n - p;
  let a: T | null = make(m, p * p);
  const b = make(m, p * q);
  for (let i = 0; i < p; i++) {
    a.set(m.subarray(i * n, i * n + p) as never, i * p);
    b.set(m.subarray(i * n + p, i * n + n) as never, i * q);
  }
  const ai = await spdInverse(engine, a, p, rowOffset);
  a = null;
  const w = await engine.run('AB', ai, [p, p], b, [p, q]);
  const d = make(m, q * q);
  for (let i = 0; i < q; i++) d.set(m.subarray((p + i) * n + p, (p + i) * n + n) as never, i * q);
  const s = await engine.run('C-AtB', b, [p, q], w, [p, q], d, [q, q]);
  const si = await spdInverse(engine, s, q, rowOffset + p);
  const x = await engine.run('AB', w, [p, q], si, [q, q]);
  const top = await engine.run('C+ABt', x, [p, q], w, [p, q], ai, [p, p]);
  const out = make(m, n * n);
  for (let i = 0; i < p; i++) {
    out.set(top.subarray(i * p, i * p + p) as never, i * n);
    for (let j = 0; j < q; j++) {
      const v = -x[i * q + j]!;
      out[i * n + p + j] = v;
      out[(p + j) * n + i] = v;
    }
  }
  for (let i = 0; i < q; i++) out.set(si.subarray(i * q, i * q + q) as never, (p + i) * n + p);
  return out;
}

/** Largest |(M · M⁻¹ − I)| over `samples` evenly spaced columns: the check that says whether the precision sufficed. Cost samples · n². */
export function inverseResidual(m: Dense, inverse: Dense, n: number, samples = 4): number {
  let worst = 0;
  for (let k = 0; k < samples; k++) {
    const column = Math.min(n - 1, Math.floor(((k + 0.5) * n) / samples));
    for (let i = 0; i < n; i++) {
      let s = i === column ? -1 : 0;
      for (let j = 0; j < n; j++) s += m[i * n + j]! * inverse[column * n + j]!;
      if (!(Math.abs(s) <= worst)) worst = Math.abs(s);
    }
  }
  return worst;
}
