import { expect, it } from 'vitest';
import { seededRandom } from '../maths/random.js';
import { ExactVectorIndex } from './exact-vector-index.js';
import { HnswVectorIndex } from './hnsw/hnsw-vector-index.js';
import { javascriptKernel, loadKernel } from './kernel/dot-kernel.js';
import { unitNoise, vectorIndexConformance } from './vector-index.conformance.js';
import { VectorTable } from './vector-table.js';

const exact = (kernel: typeof javascriptKernel) => async (dimension: number) => {
  const index = new ExactVectorIndex(new VectorTable(dimension, 'float32', kernel));
  return { index, dispose: () => index.close() };
};

const simd = await loadKernel((reason) => {
  throw new Error(`the SIMD kernel does not load: ${reason}`);
});

vectorIndexConformance('the exact index (WebAssembly SIMD)', exact(simd));
vectorIndexConformance('the exact index (plain JavaScript)', exact(javascriptKernel));
vectorIndexConformance('HNSW in its thread', async (dimension) => {
  const index = await HnswVectorIndex.open(new VectorTable(dimension, 'float32', simd));
  return { index, settle: () => index.settled(), dispose: () => index.close() };
});

it('a graph says when so little is in it that everything would be compared: at first, and no more once it holds all', async () => {
  const table = new VectorTable(16, 'float32', simd);
  const random = seededRandom(3);
  for (let key = 1; key <= 3_000; key++) table.put(key, [{ ordinal: 0, vector: unitNoise(random, 16) }]);
  const index = await HnswVectorIndex.open(table);
  expect(index.isBehind).toBe(true);
  await index.settled();
  expect(index.isBehind).toBe(false);
  await index.close();
  expect(index.isBehind).toBe(true);
});
