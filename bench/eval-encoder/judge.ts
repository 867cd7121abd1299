import { bootstrapMean, type Interval } from '../../src/maths/bootstrap.js';
import { dot, normalised } from '../../src/maths/vectors.js';

/** One number of the report: a mean over `n` cases with its 95 % interval, beside what guessing gives. */
export interface Measure extends Interval {
  n: number;
  chance: number;
}

/** Mean of the cases' values (each 0–1) with a seeded bootstrap interval. */
export const measureOf = (values: readonly number[], chance: number): Measure => ({
  ...bootstrapMean(values),
  n: values.length,
  chance,
});

/** Positions of the gallery, nearest first, at most `k`; equal cosines keep the gallery's order. `without` is left out. */
export const nearest = (query: Float32Array, gallery: readonly Float32Array[], k: number, without = -1): number[] =>
  gallery
    .map((vector, at) => ({ at, cosine: dot(query, vector) }))
    .filter(({ at }) => at !== without)
    .sort((a, b) => b.cosine - a.cosine || a.at - b.at)
    .slice(0, k)
    .map(({ at }) => at);

/** Per query 1 when one of its first `k` is right, else 0; `right(query, position)` judges. */
export const hitsAt = (
  queries: readonly Float32Array[],
  gallery: readonly Float32Array[],
  k: number,
  right: (query: number, position: number) => boolean,
): number[] => queries.map((query, q) => (nearest(query, gallery, k).some((at) => right(q, at)) ? 1 : 0));

/** Per query the share of its first ten that are right. */
export const precisionAtTen = (
  queries: readonly Float32Array[],
  gallery: readonly Float32Array[],
  right: (query: number, position: number) => boolean,
): number[] =>
  queries.map(
    (query, q) => nearest(query, gallery, 10).filter((at) => right(q, at)).length / Math.min(10, gallery.length),
  );

/** Chance that at least one of `k` drawn without replacement from `n` is among the `right`. */
export const chanceOfHit = (n: number, right: number, k: number): number => {
  let miss = 1;
  for (let i = 0; i < Math.min(k, n); i++) miss *= Math.max(0, n - right - i) / (n - i);
  return 1 - miss;
};

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Unit vector of the mean of unit vectors (prompt pooling). */
export const pooled = (vectors: readonly Float32Array[]): Float32Array => {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + vector[i]!;
  const unit = normalised(sum);
  if (!unit) throw new Error('the prompts of a class cancel each other out: no vector');
  return unit;
};
