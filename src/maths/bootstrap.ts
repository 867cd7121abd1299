import { seededRandom } from './random.js';

/** A mean with its 95 % percentile interval over resamples. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/**
 * Mean of `values` (one a person, session or case) with a bootstrap interval. `null` entries of nobody do not exist: every value is one unit.
 * Seeded: the same seed resamples the same units, whatever the values, so that two models' intervals are comparable. Cost resamples · n.
 */
export function bootstrapMean(
  values: ArrayLike<number>,
  options: { resamples?: number; seed?: number; level?: number } = {},
): Interval {
  const { resamples = 1000, seed = 1, level = 0.95 } = options;
  const n = values.length;
  if (n === 0) return { value: 0, low: 0, high: 0 };
  let total = 0;
  for (let i = 0; i < n; i++) total += values[i] as number;
  const random = seededRandom(seed);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let s = 0;
    for (let i = 0; i < n; i++) s += values[random.below(n)] as number;
    means[r] = s / n;
  }
  means.sort();
  const tail = (1 - level) / 2;
  const at = (q: number): number => means[Math.min(resamples - 1, Math.max(0, Math.round(q * (resamples - 1))))]!;
  return { value: total / n, low: at(tail), high: at(1 - tail) };
}

/** Mean of a − b over the same units, resampled in pairs: sharper than two separate intervals. */
export function bootstrapDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: { resamples?: number; seed?: number; level?: number } = {},
): Interval {
  if (a.length !== b.length) throw new RangeError(`paired values are needed: ${a.length} and ${b.length}`);
  const differences = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) differences[i] = (a[i] as number) - (b[i] as number);
  return bootstrapMean(differences, options);
}
