import { describe, expect, it } from 'vitest';
import { GemmEngine } from './onnx-gemm.js';
import { seededRandom } from './random.js';
import { gram, multiplySparse, sparseFromTriples, takeRows, transpose } from './sparse-matrix.js';
import { inverseResidual, NotPositiveDefinite, spdInverse } from './spd-inverse.js';
import { symmetricEigen } from './symmetric-eigen.js';
import { topK } from './top-k.js';

const engine = new GemmEngine(1);

function spd<T extends Float32Array | Float64Array>(n: number, make: (length: number) => T): T {
  const random = seededRandom(n);
  const x = Array.from({ length: n * 5 }, () => random.normal());
  const m = make(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let s = i === j ? 4 : 0;
      for (let k = 0; k < 5; k++) s += x[i * 5 + k]! * x[j * 5 + k]!;
      m[i * n + j] = s;
    }
  return m;
}

describe('the inverse of a positive definite matrix', () => {
  it('multiplies with the matrix to the identity, in both precisions and beyond one block', async () => {
    for (const n of [1, 7, 96, 97, 250]) {
      const wide = spd(n, (l) => new Float64Array(l));
      expect(inverseResidual(wide, await spdInverse(engine, wide, n), n, n)).toBeLessThan(1e-10);
      const narrow = spd(n, (l) => new Float32Array(l));
      expect(inverseResidual(narrow, await spdInverse(engine, narrow, n), n, n)).toBeLessThan(1e-3);
    }
  });

  it('says at which row a matrix is not positive definite', async () => {
    const m = spd(200, (l) => new Float64Array(l));
    m[150 * 200 + 150] = -1;
    await expect(spdInverse(engine, m, 200)).rejects.toBeInstanceOf(NotPositiveDefinite);
    await expect(spdInverse(engine, m, 200)).rejects.toThrow('row 150');
  });
});

describe('eigenvectors', () => {
  it('put a symmetric matrix together again', () => {
    const n = 40;
    const m = spd(n, (l) => new Float64Array(l));
    const { values, vectors } = symmetricEigen(m, n);
    let worst = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let s = 0;
        for (let k = 0; k < n; k++) s += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!;
        worst = Math.max(worst, Math.abs(s - m[i * n + j]!));
      }
    expect(worst).toBeLessThan(1e-9);
    expect([...values]).toEqual([...values].sort((a, b) => a - b));
  });
});

describe('sparse matrices', () => {
  const random = seededRandom(2);
  const rows = Array.from({ length: 60 }, () => random.below(12));
  const columns = Array.from({ length: 60 }, () => random.below(9));
  const a = sparseFromTriples(12, 9, rows, columns);
  const dense = (m: typeof a): number[][] =>
    Array.from({ length: m.rows }, (_, r) => {
      const row = new Array<number>(m.columns).fill(0);
      for (let e = m.offsets[r]!; e < m.offsets[r + 1]!; e++) row[m.indices[e]!] = m.values[e]!;
      return row;
    });

  it('multiply and transpose as dense ones do', () => {
    const d = dense(a);
    const product = dense(multiplySparse(transpose(a), a));
    for (let i = 0; i < 9; i++)
      for (let j = 0; j < 9; j++)
        expect(product[i]![j]).toBeCloseTo(
          d.reduce((s, row) => s + row[i]! * row[j]!, 0),
          5,
        );
    expect(dense(transpose(transpose(a)))).toEqual(d);
    expect(dense(gram(a)).every((row, i) => row[i] === 0)).toBe(true);
  });

  it('add repeated entries up and refuse those outside', () => {
    expect(dense(sparseFromTriples(1, 2, [0, 0], [1, 1]))).toEqual([[0, 2]]);
    expect(() => sparseFromTriples(1, 2, [0], [2])).toThrow(RangeError);
    expect(dense(takeRows(a, [3, 3]))).toEqual([dense(a)[3], dense(a)[3]]);
  });
});

describe('the best k', () => {
  it('are those of a full sort, ties to the lower position, NaN and −∞ never among them', () => {
    const random = seededRandom(8);
    for (const k of [1, 5, 20, 100]) {
      const scores = Float32Array.from({ length: 300 }, () => Math.round(random.normal() * 8));
      scores[3] = Number.NaN;
      scores[4] = Number.NEGATIVE_INFINITY;
      const out = new Int32Array(k);
      const count = topK(scores, 0, scores.length, k, out);
      const sorted = [...scores.keys()]
        .filter((i) => scores[i]! > Number.NEGATIVE_INFINITY)
        .sort((x, y) => scores[y]! - scores[x]! || x - y)
        .slice(0, k);
      expect([...out.subarray(0, count)]).toEqual(sorted);
    }
  });
});
