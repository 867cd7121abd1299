import { ExactVectorIndex } from './exact-vector-index.js';
import { HnswVectorIndex } from './hnsw/hnsw-vector-index.js';
import { javascriptKernel, loadKernel } from './kernel/dot-kernel.js';
import { vectorIndexConformance } from './vector-index.conformance.js';
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
