import { seededRandom } from '../maths/random.js';
import { exactNearest } from './exact-vector-index.js';
import type { VectorTable } from './vector-table.js';

/** Recall of an index on a sample, with a 95 % interval of the mean (normal approximation). */
export interface Recall {
  at: number;
  queries: number;
  value: number;
  low: number;
  high: number;
}

/**
 * Recall@`k` of `probe` against the exact answer, on queries between two items each (as profiles lie), drawn with a fixed seed. Counted by
 * score: an item as near as the k-th of the truth is a find. Each query costs one exact scan; `pauseMs` between them leaves the loop to others.
 */
export const measureRecall = async (
  table: VectorTable,
  probe: (query: Float32Array, k: number) => Promise<readonly number[]>,
  { queries = 200, k = 10, seed = 1, pauseMs = 0 } = {},
): Promise<Recall> => {
  const keys = [...table.present.keys()];
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let i = 0; i < queries && keys.length > 0; i++) {
    const one = table.get(keys[random.below(keys.length)]!);
    const other = table.get(keys[random.below(keys.length)]!);
    if (!one || !other) continue;
    const between = one.map((value, at) => 0.7 * value + 0.3 * other[at]!);
    const length = Math.hypot(...between);
    if (!(length > 1e-6)) continue;
    const query = between.map((value) => value / length);
    if (pauseMs > 0) await new Promise((wake) => setTimeout(wake, pauseMs));
    const truth = exactNearest(table, query, k, null);
    const last = truth.at(-1)!.score - 1e-6;
    const found = new Set(await probe(query, k));
    let hits = 0;
    for (const key of found) {
      const vector = table.get(key);
      if (vector && vector.reduce((sum, value, at) => sum + value * query[at]!, 0) >= last) hits++;
    }
    values.push(Math.min(1, hits / truth.length));
  }
  const mean = values.length === 0 ? 1 : values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.length < 2 ? 0 : values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = 1.96 * Math.sqrt(variance / Math.max(1, values.length));
  return { at: k, queries: values.length, value: mean, low: Math.max(0, mean - half), high: Math.min(1, mean + half) };
};
