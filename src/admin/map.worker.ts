import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { UMAP } from 'umap-js';
import { seededRandom } from '../maths/maths.api.js';
import type { MapInput, MapOutput } from './map-thread.js';

const { vectors, dimension, seed } = workerData as MapInput;
try {
  // On Linux this is the thread's own priority: serving always goes first.
  setPriority(0, 19);
} catch {
  // Not allowed here: the map then shares the machine evenly.
}
const count = vectors.length / dimension;
const rows = Array.from({ length: count }, (_, row) =>
  Array.from(vectors.subarray(row * dimension, (row + 1) * dimension)),
);
const random = seededRandom(seed);
const dot = (a: number[], b: number[]): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
const points = new UMAP({
  nComponents: 2,
  nNeighbors: Math.min(15, count - 1),
  minDist: 0.15,
  random: () => random.next(),
  // Unit vectors: one minus the cosine, as retrieval compares them.
  distanceFn: (a, b) => Math.max(0, 1 - dot(a, b)),
}).fit(rows);
parentPort?.postMessage({ points: Float32Array.from(points.flat()) } satisfies MapOutput);
