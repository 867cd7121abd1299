import { describe, expect, it } from 'vitest';
import { GemmEngine } from '../../maths/onnx-gemm.js';
import { seededRandom } from '../../maths/random.js';
import { columnCounts, sparseFromTriples, takeRows } from '../../maths/sparse-matrix.js';
import { affinity, countBaskets, logLikelihoodRatio } from './baskets.js';
import { denseGram, easeWeights } from './ease.js';
import { coEngagement, graphFilter, itemKnn } from './graph-filter.js';
import { Ials } from './ials.js';
import { DenseItemItem, SparseItemItem } from './scorer.js';
import { SequentialRules, SessionNeighbours, sessionLog } from './session-neighbours.js';

const engine = new GemmEngine(1);
const random = seededRandom(3);
const people: number[] = [];
const items: number[] = [];
for (let u = 0; u < 80; u++)
  for (let k = 0; k < 6; k++) {
    people.push(u);
    items.push(4 * random.below(6) + (u % 4));
  }
const repeated = sparseFromTriples(80, 24, people, items);
const x = { ...repeated, values: repeated.values.map(() => 1) };
const ofTaste = (scores: Float32Array, taste: number, own: Set<number>): number => {
  const order = [...scores.keys()].filter((i) => !own.has(i)).sort((a, b) => scores[b]! - scores[a]!);
  return order.slice(0, 3).filter((i) => i % 4 === taste).length;
};

describe('models of behaviour', () => {
  it('EASE solves its own problem: the gradient off the diagonal is zero', async () => {
    const n = 24;
    const b = await easeWeights(engine, denseGram(x, 0), n, 5);
    const g = denseGram(x, 0);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (i === j) continue;
        // (G + λI) B − G is zero off the diagonal up to the multiplier of the constraint, which stands in column j's own row only.
        let s = 5 * b[i * n + j]! - g[i * n + j]!;
        for (let k = 0; k < n; k++) s += g[i * n + k]! * b[k * n + j]!;
        expect(Math.abs(s)).toBeLessThan(1e-3);
      }
  });

  it('each proposes a taste to somebody they never met', async () => {
    const history = sparseFromTriples(1, 24, [0, 0], [1, 5]);
    const own = new Set([1, 5]);
    const degrees = columnCounts(x);
    const counts = coEngagement(x, 0.5);
    const models = [
      new SparseItemItem(graphFilter(counts, degrees, { inputExponent: 0.3, outputExponent: 0, power: 1 })),
      new SparseItemItem(itemKnn(counts, degrees, 0.7, 5)),
      new DenseItemItem(await easeWeights(engine, denseGram(x, 0), 24, 5), 24),
      await Ials.fit(x, { dimension: 8, alpha0: 0.1, lambda: 0.02, nu: 1, sweeps: 8, seed: 1 }, engine),
    ];
    for (const model of models) expect(ofTaste(await model.score(history), 1, own)).toBe(3);
  });

  it('factors are the same whether a row is solved directly, by Woodbury, or alone', async () => {
    const many = await Ials.fit(x, { dimension: 4, alpha0: 0.1, lambda: 0.02, nu: 1, sweeps: 3, seed: 1 }, engine);
    const fold = await many.folder();
    const rows = takeRows(x, [0, 1, 2]);
    const together = await many.foldIn(rows);
    for (let r = 0; r < 3; r++) {
      const ids = rows.indices.slice(rows.offsets[r], rows.offsets[r + 1]);
      const alone = fold(ids, new Float32Array(ids.length).fill(1));
      for (let a = 0; a < 4; a++) expect(alone[a]).toBeCloseTo(together[r * 4 + a]!, 4);
      // The normal equations hold: (α₀VᵀV + ridge + Σ v vᵀ) w = Σ v.
      const v = many.itemFactors;
      const ridge = 0.02 * (ids.length + 0.1 * 24);
      for (let a = 0; a < 4; a++) {
        let left = ridge * alone[a]!;
        let right = 0;
        for (let i = 0; i < 24; i++) {
          const dot = [0, 1, 2, 3].reduce((s, c) => s + v[i * 4 + c]! * alone[c]!, 0);
          const weight = 0.1 + (ids.includes(i) ? 1 : 0);
          left += weight * dot * v[i * 4 + a]!;
          if (ids.includes(i)) right += v[i * 4 + a]!;
        }
        expect(left).toBeCloseTo(right, 3);
      }
    }
  });
});

describe('sessions', () => {
  const log = sessionLog(6, [
    { items: [0, 1, 2], end: 1 },
    { items: [0, 1, 3], end: 2 },
    { items: [4, 5], end: 3 },
  ]);
  it('neighbours answer with what came next in like sessions, and leave no trace for the next call', () => {
    const model = new SessionNeighbours(log, {
      candidates: 100,
      neighbours: 10,
      reach: 2,
      spread: 4,
      backward: 0.5,
      ageDays: 10,
      rarity: 0,
    });
    const first = model.score([0, 1], 10);
    expect(
      [...first]
        .sort((a, b) => b[1] - a[1])
        .map(([i]) => i)
        .slice(0, 4)
        .sort(),
    ).toEqual([0, 1, 2, 3]);
    expect(first.has(5)).toBe(false);
    expect(model.score([0, 1], 10)).toEqual(first);
    expect(model.score([], 10).size).toBe(0);
  });
  it('rules follow the order of clicks', () => {
    const rules = new SequentialRules(log, { reach: 3, decay: 0.5, asked: 1 });
    expect(rules.score([1]).has(0)).toBe(false);
    expect([...rules.score([1]).keys()].sort()).toEqual([2, 3]);
  });
});

describe('baskets', () => {
  it('count each thing once a basket, and likelihood grows with association, not with size', () => {
    const counts = countBaskets(3, [[0, 1, 1], [0, 1], [2]]);
    expect(counts.single[1]).toBe(2);
    expect(affinity(counts, [0], 1)[1]).toBe(1);
    expect(logLikelihoodRatio(25, 50, 50, 100)).toBeCloseTo(0, 6);
    expect(logLikelihoodRatio(45, 50, 50, 100)).toBeGreaterThan(10.83);
  });
});
