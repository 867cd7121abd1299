import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../maths/random.js';
import { Bitset } from './item-set.js';
import type { Candidate, VectorEntry, VectorIndex } from './vector-index.port.js';

/** One adapter under test. */
export interface IndexUnderTest {
  index: VectorIndex;
  /** Puts the vectors where an adapter over stored rows looks for them; called before `upsert`. */
  store?(entries: readonly VectorEntry[]): Promise<void>;
  /** Takes stored rows away; called before `remove`. */
  unstore?(keys: readonly number[]): Promise<void>;
  /** Waits until what was stored has left any waiting room, so that the index proper answers. */
  settle?(): Promise<void>;
  dispose(): Promise<void>;
}

/** Unit vectors around `clusters` centres, as catalogues have them. */
export const clusteredVectors = (
  random: Random,
  count: number,
  dimension: number,
  clusters: number,
  spread = 0.6,
): Float32Array[] => {
  const centres = Array.from({ length: clusters }, () => unitNoise(random, dimension));
  return Array.from({ length: count }, () => {
    const centre = centres[random.below(clusters)]!;
    const noise = unitNoise(random, dimension);
    return unit(centre.map((value, i) => value + spread * noise[i]!));
  });
};

/** A direction drawn evenly from all. */
export const unitNoise = (random: Random, dimension: number): Float32Array =>
  unit(Float32Array.from({ length: dimension }, () => random.normal()));

const unit = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};

/** The answer by the definition, in double precision. */
const byDefinition = (
  items: ReadonlyMap<number, Float32Array>,
  query: Float32Array,
  k: number,
  allowed: Bitset | null,
): Candidate[] => {
  const length = Math.hypot(...query);
  const scored: Candidate[] = [];
  for (const [key, vector] of items) {
    if (allowed && !allowed.has(key)) continue;
    let product = 0;
    for (let i = 0; i < query.length; i++) product += query[i]! * vector[i]!;
    scored.push({ key, score: product / length });
  }
  return scored.sort((a, b) => b.score - a.score || a.key - b.key).slice(0, k);
};

/** The promises of `VectorIndex`, over one adapter. `items`: how many it is tried with. */
export const vectorIndexConformance = (
  name: string,
  open: (dimension: number) => Promise<IndexUnderTest>,
  { items = 3_000 } = {},
): void => {
  describe(`${name} keeps the promises of a vector index`, () => {
    const dimension = 24;
    let under: IndexUnderTest;
    let held: Map<number, Float32Array>;
    let random: Random;

    const upsert = async (entries: VectorEntry[]) => {
      await under.store?.(entries);
      await under.index.upsert(entries);
      for (const { key, vector } of entries) held.set(key, vector);
    };
    const remove = async (keys: number[]) => {
      await under.unstore?.(keys);
      await under.index.remove(keys);
      for (const key of keys) held.delete(key);
    };
    const fill = async (count: number, from = 1) => {
      const vectors = clusteredVectors(random, count, dimension, 20);
      for (let at = 0; at < count; at += 500)
        await upsert(vectors.slice(at, at + 500).map((vector, i) => ({ key: from + at + i, vector })));
    };
    /** Everything promised of one answer; gives its recall. */
    const check = (found: Candidate[], query: Float32Array, k: number, allowed: Bitset | null): number => {
      const truth = byDefinition(held, query, k, allowed);
      expect(found).toHaveLength(truth.length);
      expect(new Set(found.map(({ key }) => key)).size).toBe(found.length);
      for (const { key, score } of found) {
        if (allowed) expect(allowed.has(key)).toBe(true);
        expect(score).toBeCloseTo(byDefinition(new Map([[key, held.get(key)!]]), query, 1, null)[0]!.score, 4);
      }
      for (let i = 1; i < found.length; i++) {
        expect(found[i]!.score).toBeLessThanOrEqual(found[i - 1]!.score);
        if (found[i]!.score === found[i - 1]!.score) expect(found[i]!.key).toBeGreaterThan(found[i - 1]!.key);
      }
      // Counted by score, so that items as near as the last of the truth count as found.
      const last = truth.at(-1)?.score ?? 0;
      return truth.length === 0 ? 1 : found.filter(({ score }) => score >= last - 1e-5).length / truth.length;
    };

    beforeEach(async () => {
      random = seededRandom(20);
      held = new Map();
      under = await open(dimension);
    });
    afterEach(() => under.dispose());

    it('answers an empty catalogue with nothing', async () => {
      expect(under.index.size).toBe(0);
      expect(await under.index.nearest(unitNoise(random, dimension), 5, null)).toEqual([]);
    });

    it('gives exactly min(k, allowed ∩ present), best first, recall@10 ≥ .99, at every selectivity', async () => {
      await fill(items);
      await under.settle?.();
      expect(under.index.size).toBe(items);
      for (const share of [1, 0.9, 0.5, 0.1, 0.01, 0.001, 0.00005]) {
        let recall = 0;
        const queries = 20;
        for (let i = 0; i < queries; i++) {
          // However rare, one item is always allowed.
          const allowed =
            share === 1 ? null : Bitset.where(items + 1, () => random.next() < share).add(1 + random.below(items));
          const query = clusteredVectors(random, 1, dimension, 1)[0]!;
          recall += check(await under.index.nearest(query, 10, allowed), query, 10, allowed) / queries;
        }
        expect(recall, `recall@10 with ${share * 100} % allowed`).toBeGreaterThanOrEqual(0.99);
      }
    });

    it('gives all of a few allowed items however far they are, and ignores allowed keys that are absent', async () => {
      await fill(items);
      await under.settle?.();
      const query = held.get(1)!;
      const far = byDefinition(held, query, items, null)
        .slice(-7)
        .map(({ key }) => key);
      const allowed = Bitset.of([...far, items + 5, items + 1_000]);
      const found = await under.index.nearest(query, 20, allowed);
      expect(found.map(({ key }) => key).sort((a, b) => a - b)).toEqual(far.sort((a, b) => a - b));
      check(found, query, 20, allowed);
      expect(await under.index.nearest(query, 20, new Bitset())).toEqual([]);
      expect(await under.index.nearest(query, 0, null)).toEqual([]);
    });

    it('finds a new item in the very next answer, and an updated one only where it is now', async () => {
      await fill(600);
      await under.settle?.();
      const before = unitNoise(random, dimension);
      const after = before.map((value) => -value);
      await upsert([{ key: 700, vector: before }]);
      expect((await under.index.nearest(before, 1, null))[0]).toMatchObject({ key: 700 });
      await under.settle?.();
      await upsert([{ key: 700, vector: after }]);
      expect((await under.index.nearest(after, 1, null))[0]).toMatchObject({ key: 700 });
      expect((await under.index.nearest(before, 5, null)).map(({ key }) => key)).not.toContain(700);
      await under.settle?.();
      check(await under.index.nearest(before, 600, null), before, 600, null);
      expect(under.index.size).toBe(601);
    });

    it('forgets a removed item at once, takes it back later, and does not mind unknown keys', async () => {
      await fill(400);
      await under.settle?.();
      const vector = held.get(7)!;
      await remove([7, 9_999]);
      expect(under.index.size).toBe(399);
      for (const { key } of await under.index.nearest(vector, 399, null)) expect(key).not.toBe(7);
      await upsert([{ key: 7, vector }]);
      expect((await under.index.nearest(vector, 1, null))[0]).toMatchObject({ key: 7 });
      await under.settle?.();
      expect((await under.index.nearest(vector, 1, null))[0]).toMatchObject({ key: 7 });
    });

    it('keeps recall and count through heavy churn', async () => {
      await fill(1_000);
      for (let round = 0; round < 4; round++) {
        const gone = [...held.keys()].filter(() => random.next() < 0.3);
        await remove(gone);
        await fill(300, 2_000 + round * 1_000);
        const changed = [...held.keys()].slice(0, 100);
        const vectors = clusteredVectors(random, changed.length, dimension, 5);
        await upsert(changed.map((key, i) => ({ key, vector: vectors[i]! })));
      }
      await under.settle?.();
      expect(under.index.size).toBe(held.size);
      let recall = 0;
      for (let i = 0; i < 40; i++) {
        const query = clusteredVectors(random, 1, dimension, 1)[0]!;
        const allowed = i % 2 ? Bitset.of([...held.keys()].filter((key) => key % 3 !== 0)) : null;
        recall += check(await under.index.nearest(query, 10, allowed), query, 10, allowed) / 40;
      }
      expect(recall).toBeGreaterThanOrEqual(0.99);
    });

    it('orders equal scores by key', async () => {
      const vector = unitNoise(random, dimension);
      await upsert([30, 10, 20, 50, 40].map((key) => ({ key, vector: vector.slice() })));
      await under.settle?.();
      expect((await under.index.nearest(vector, 3, null)).map(({ key }) => key)).toEqual([10, 20, 30]);
    });

    it('answers several queries as it answers each', async () => {
      await fill(500);
      await under.settle?.();
      const queries = clusteredVectors(random, 4, dimension, 4);
      const allowed = Bitset.where(501, (key) => key % 2 === 0);
      const answers = await under.index.nearestMany(queries, 8, allowed);
      expect(answers).toHaveLength(4);
      for (const [at, query] of queries.entries())
        expect(answers[at]).toEqual(await under.index.nearest(query, 8, allowed));
      expect(await under.index.nearestMany([], 8, null)).toEqual([]);
    });

    it('takes a query of any length and scores by cosine', async () => {
      await fill(50);
      const query = held.get(5)!.map((value) => value * 7);
      const [best] = await under.index.nearest(query, 1, null);
      expect(best!.key).toBe(5);
      expect(best!.score).toBeCloseTo(1, 4);
    });

    it('refuses vectors that have no place, and stores nothing of that call', async () => {
      const good = { key: 1, vector: unitNoise(random, dimension) };
      for (const bad of [
        new Float32Array(dimension - 1).fill(1),
        new Float32Array(dimension),
        new Float32Array(dimension).fill(Number.NaN),
      ]) {
        await expect(under.index.upsert([good, { key: 2, vector: bad }])).rejects.toMatchObject({
          code: 'VIT_INDEX_VECTOR',
        });
        await expect(under.index.nearest(bad, 3, null)).rejects.toMatchObject({ code: 'VIT_INDEX_VECTOR' });
      }
      expect(await under.index.nearest(good.vector, 3, null)).toEqual([]);
    });
  });
};
