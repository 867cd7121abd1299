import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/maths/random.js';
import { exactNearest } from '../../src/retrieval/exact-vector-index.js';
import { compileFilter, type FilterableItem } from '../../src/retrieval/filter.js';
import { Bitset } from '../../src/retrieval/item-set.js';
import { loadKernel } from '../../src/retrieval/kernel/dot-kernel.js';
import { parseFilter } from '../../src/retrieval/read-filter.js';
import { clusteredVectors, unitNoise, vectorIndexConformance } from '../../src/retrieval/vector-index.conformance.js';
import { VectorTable } from '../../src/retrieval/vector-table.js';
import { WeaviateVectorIndex } from '../../src/retrieval/weaviate/weaviate-vector-index.js';
import { hasWeaviate, type RunningWeaviate, startWeaviate } from '../support/weaviate.js';

const kernel = await loadKernel();
const dimension = 24;
let next = 0;

const fill = (table: VectorTable, count: number, seed = 3) => {
  clusteredVectors(seededRandom(seed), count, dimension, 20).forEach(
    (vector, key) => void table.put(key, [{ ordinal: 0, vector }]),
  );
};
const recallOf = (
  found: readonly number[],
  table: VectorTable,
  query: Float32Array,
  allowed: Bitset | null,
): number => {
  const truth = exactNearest(table, query, 10, allowed).map(({ key }) => key);
  return truth.filter((key) => found.includes(key)).length / truth.length;
};

describe.runIf(hasWeaviate)('one node of Weaviate', () => {
  let weaviate: RunningWeaviate;
  beforeAll(async () => {
    weaviate = await startWeaviate(1);
  });
  afterAll(() => weaviate?.stop());

  const open = (table: VectorTable, options: { fusion?: string; describe?: (key: number) => FilterableItem } = {}) =>
    WeaviateVectorIndex.open(table, {
      url: weaviate.url,
      installation: 'test',
      fusion: options.fusion ?? `f${next++}`,
      describe: options.describe,
    });

  vectorIndexConformance(
    'Weaviate',
    async (size) => {
      const index = await open(new VectorTable(size, 'float32', kernel));
      return {
        index,
        settle: () => index.settled(),
        dispose: async () => {
          await index.drop();
          await index.close();
        },
      };
    },
    { items: 1_500 },
  );

  it('answers out of its own graph, with recall of its own', async () => {
    const table = new VectorTable(dimension, 'float32', kernel);
    fill(table, 2_000);
    const index = await open(table);
    await index.settled();
    let recall = 0;
    for (const query of clusteredVectors(seededRandom(4), 40, dimension, 20))
      recall += recallOf(await index.probe(query, 10), table, query, null) / 40;
    expect(recall).toBeGreaterThanOrEqual(0.99);
    await index.close();
  });

  it('judges filters itself: only items that pass come back, however few they are', async () => {
    const table = new VectorTable(dimension, 'float32', kernel);
    fill(table, 3_000);
    const item = (key: number): FilterableItem => ({
      id: `p${key}`,
      groupId: null,
      categories: [key % 2 ? 'Women > Tops' : 'Men > Shoes'],
      brand: `b${key % 40}`,
      price: { amount: key },
      availability: 'in_stock',
      tags: [],
      attributes: { colour: key % 3 ? 'red' : 'green' },
      publishedAt: new Date(key * 1_000_000),
    });
    const index = await open(table, { describe: item });
    await index.settled();
    const random = seededRandom(9);
    for (const json of [
      { brand: 'b7' },
      { category: { under: 'Women' }, price: { lt: 2_000 } },
      { 'attributes.colour': 'green', price: { gte: 100 }, id: { ne: 'p9' } },
      { or: [{ brand: { in: ['b1', 'b2'] } }, { publishedAt: { lt: '1970-01-02T00:00:00Z' } }] },
      { not: { category: { under: 'Men' } } },
    ]) {
      const filter = parseFilter(json);
      const holds = compileFilter(filter);
      const allowed = Bitset.where(3_000, (key) => holds(item(key)));
      let recall = 0;
      for (let i = 0; i < 10; i++) {
        const query = unitNoise(random, dimension);
        const [found] = await index.nearestMany([query], 10, allowed, filter);
        expect(found).toHaveLength(Math.min(10, allowed.count));
        recall +=
          recallOf(
            found!.map(({ key }) => key),
            table,
            query,
            allowed,
          ) / 10;
      }
      expect(recall, JSON.stringify(json)).toBeGreaterThanOrEqual(0.99);
    }
    await index.close();
  });

  it('takes over what lies there from before, and mends what differs', async () => {
    const table = new VectorTable(dimension, 'float32', kernel);
    fill(table, 1_000);
    const first = await open(table, { fusion: 'kept' });
    await first.settled();
    await first.close();
    const moved = unitNoise(seededRandom(8), dimension);
    table.put(5, [{ ordinal: 0, vector: moved }]);
    table.delete(6);
    const again = await open(table, { fusion: 'kept' });
    await again.settled();
    expect(await again.probe(moved, 1)).toEqual([5]);
    const all = new Set(await again.probe(moved, 2_000));
    expect(all.size).toBe(999);
    expect(all.has(6)).toBe(false);
    await again.close();
  });

  it('gone away, it says so at once and in the state; back again, it is asked again', async () => {
    const table = new VectorTable(dimension, 'float32', kernel);
    fill(table, 1_000);
    const index = await open(table);
    await index.settled();
    await weaviate.kill(0);
    const query = unitNoise(seededRandom(1), dimension);
    await expect(index.nearest(query, 10, null)).rejects.toThrow();
    expect(index.state.trouble).toMatch(/Weaviate does not answer/);
    await index.upsert([{ key: 1_001, vector: query }]);
    await weaviate.revive(0);
    await index.settled();
    expect(index.state).toEqual({ fresh: 0, trouble: null });
    await new Promise((wake) => setTimeout(wake, 1_100));
    expect((await index.nearest(query, 1, null))[0]!.key).toBe(1_001);
    expect(await index.probe(query, 1)).toEqual([1_001]);
    await index.close();
  });
});
