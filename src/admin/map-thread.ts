import { Worker } from 'node:worker_threads';
import { workerFile } from '../platform/platform.api.js';

/** `count × dimension` numbers, a unit vector a row. */
export interface MapInput {
  vectors: Float32Array;
  dimension: number;
  seed: number;
}

/** Two numbers a row, in the order of the input. */
export interface MapOutput {
  points: Float32Array;
}

/**
 * Lays unit vectors out in the plane so that near ones stay near (UMAP, McInnes, Healy and Melville 2018), in a thread of the lowest priority.
 * At least four rows. Cost: about 8 s of that thread for 2,000 rows of 256 numbers.
 */
export const layOut = (input: MapInput): Promise<Float32Array> =>
  new Promise((done, fail) => {
    const worker = new Worker(workerFile(new URL('./map.worker.js', import.meta.url)), { workerData: input });
    worker.once('message', ({ points }: MapOutput) => {
      done(points);
      void worker.terminate();
    });
    worker.once('error', fail);
    worker.once('exit', (code) => fail(new Error(`the map's thread ended with ${code}`)));
  });
