import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/maths/random.js';
import { exactNearest } from '../../src/retrieval/exact-vector-index.js';
import { loadKernel } from '../../src/retrieval/kernel/dot-kernel.js';
import { clusteredVectors, vectorIndexConformance } from '../../src/retrieval/vector-index.conformance.js';
import { VectorTable } from '../../src/retrieval/vector-table.js';
import { WeaviateVectorIndex } from '../../src/retrieval/weaviate/weaviate-vector-index.js';
import { hasWeaviate, type RunningWeaviate, startWeaviate } from '../support/weaviate.js';

const kernel = await loadKernel();
const dimension = 24;
let next = 0;

describe.runIf(hasWeaviate)('three nodes of Weaviate, three copies of everything', () => {
  let weaviate: RunningWeaviate;
  beforeAll(async () => {
    weaviate = await startWeaviate(3);
  });
  afterAll(() => weaviate?.stop());

  const open = (table: VectorTable) =>
    WeaviateVectorIndex.open(table, { url: weaviate.url, installation: 'cluster', fusion: `f${next++}` });

  vectorIndexConformance(
    'Weaviate on three nodes',
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
    { items: 800 },
  );

  it('loses nothing and serves nothing wrong while a node dies during writes and during searches', async () => {
    const table = new VectorTable(dimension, 'float32', kernel);
    const index = await open(table);
    const vectors = clusteredVectors(seededRandom(5), 4_000, dimension, 20);
    const queries = clusteredVectors(seededRandom(6), 20, dimension, 20);
    await index.upsert(vectors.slice(0, 2_000).map((vector, key) => ({ key, vector })));
    await index.settled();

    const wrong: string[] = [];
    let asked = 0;
    let refused = 0;
    let isOver = false;
    /** Every answer is judged against the table as it is at that moment: no item that is gone, no score of another vector, nobody missing. */
    const search = async () => {
      for (let i = 0; !isOver; i++) {
        const query = queries[i % queries.length]!;
        try {
          const found = await index.nearest(query, 10, null);
          asked++;
          if (found.length !== 10) wrong.push(`${found.length} of 10`);
          for (const { key, score } of found) {
            const vector = table.get(key);
            // Removed or replaced after the answer was made is no mistake of the answer.
            if (!vector) continue;
            const truth = vector.reduce((sum, value, at) => sum + value * query[at]!, 0) / Math.hypot(...query);
            if (Math.abs(truth - score) > 1e-4) wrong.push(`${key} at ${score} instead of ${truth}`);
          }
        } catch {
          // The caller then scans the table; that is retrieval's part and tried there.
          refused++;
          await new Promise((wake) => setTimeout(wake, 50));
        }
      }
    };
    const searching = Promise.all([search(), search()]);
    const writing = (async () => {
      for (let at = 2_000; at < 4_000; at += 100) {
        await index.upsert(vectors.slice(at, at + 100).map((vector, i) => ({ key: at + i, vector })));
        if (at === 2_500) await weaviate.kill(1);
        await new Promise((wake) => setTimeout(wake, 50));
      }
    })();
    await writing;
    await index.settled();
    const written = asked;
    // All is written with one node dead; a majority of the copies has it, and the graph alone finds it.
    const recall = async () => {
      let mean = 0;
      for (const query of queries) {
        const truth = exactNearest(table, query, 10, null).map(({ key }) => key);
        const found = await index.probe(query, 10);
        mean += truth.filter((key) => found.includes(key)).length / truth.length / queries.length;
      }
      return mean;
    };
    expect(await recall()).toBeGreaterThanOrEqual(0.98);
    await weaviate.revive(1);
    // Another dies while only searches run.
    await weaviate.kill(2);
    await new Promise((wake) => setTimeout(wake, 5_000));
    isOver = true;
    await searching;
    expect(wrong).toEqual([]);
    expect(written).toBeGreaterThan(0);
    expect(asked - written, `${refused} refused`).toBeGreaterThan(10);
    await weaviate.revive(2);
    await index.close();
  }, 240_000);
});
