import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { kmeans } from 'ml-kmeans';
import type { ClusterInput } from './segments-thread.js';

const STARTS = 3;
const ITERATIONS = 60;

const { vectors, dimension, count, seed } = workerData as ClusterInput;
try {
  // On Linux this is the thread's own priority: serving always goes first.
  setPriority(0, 19);
} catch {
  // Not allowed here: the segments then share the machine evenly.
}
const rows = Array.from({ length: vectors.length / dimension }, (_, row) =>
  Array.from(vectors.subarray(row * dimension, (row + 1) * dimension)),
);
const tries = Array.from({ length: STARTS }, (_, start) => {
  const { clusters, centroids } = kmeans(rows, count, { seed: seed + start, maxIterations: ITERATIONS });
  let distance = 0;
  for (const [row, cluster] of clusters.entries())
    for (let i = 0; i < dimension; i++) distance += (rows[row]![i]! - centroids[cluster]![i]!) ** 2;
  return { clusters, distance };
});
const best = tries.reduce((one, other) => (other.distance < one.distance ? other : one));
parentPort?.postMessage(best.clusters);
