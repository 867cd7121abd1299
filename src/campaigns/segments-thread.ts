import { Worker } from 'node:worker_threads';
import { workerFile } from '../platform/platform.api.js';

/** `rows × dimension` numbers, a unit vector a row; at least `count` rows. */
export interface ClusterInput {
  vectors: Float32Array;
  dimension: number;
  count: number;
  seed: number;
}

/**
 * The cluster of each row, from 0, by k-means on unit vectors (k-means++ starts, the best of three), in a thread of the lowest priority. The same
 * input gives the same answer.
 */
export const clustered = (input: ClusterInput): Promise<number[]> =>
  new Promise((done, fail) => {
    const worker = new Worker(workerFile(new URL('./segments.worker.js', import.meta.url)), { workerData: input });
    worker.once('message', (clusters: number[]) => {
      done(clusters);
      void worker.terminate();
    });
    worker.once('error', fail);
    worker.once('exit', (code) => fail(new Error(`the segments' thread ended with ${code}`)));
  });
