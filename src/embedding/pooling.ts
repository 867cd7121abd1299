import { createHash } from 'node:crypto';
import { addScaled, dot, normalised } from '../maths/vectors.js';

/** A unit vector and how much it counts. */
export interface Weighted {
  vector: Float32Array;
  weight: number;
}

/** Unit vector of a weighted sum; null when nothing counts or everything cancels out. Cost O(n·d). */
export const weightedMean = (parts: readonly Weighted[]): Float32Array | null => {
  const first = parts[0];
  if (!first) return null;
  const sum = new Float32Array(first.vector.length);
  for (const { vector, weight } of parts) addScaled(sum, vector, weight);
  return normalised(sum);
};

/** Distances beyond this multiple of the median count less. */
const TOLERANCE = 1.5;

/**
 * One vector for an item's pictures: the first counts 1, the others ½, and a picture far from the rest (a size chart, a logo) less
 * (Huber weights on the distance to the mean, two rounds).
 */
export const pooledPictures = (pictures: readonly Float32Array[]): Float32Array | null => {
  const base = pictures.map((vector, at) => ({ vector, weight: at === 0 ? 1 : 0.5 }));
  let mean = weightedMean(base);
  // Of two pictures neither is the odd one.
  for (let round = 0; round < 2 && mean && pictures.length > 2; round++) {
    const distances = pictures.map((vector) => Math.sqrt(Math.max(0, 2 - 2 * dot(vector, mean!))));
    const limit = TOLERANCE * [...distances].sort((a, b) => a - b)[Math.floor((distances.length - 1) / 2)]!;
    mean = weightedMean(
      base.map(({ vector, weight }, at) => ({
        vector,
        weight: weight * (distances[at]! > limit && limit > 0 ? limit / distances[at]! : 1),
      })),
    );
  }
  return mean;
};

/** Title and description as one: the title counts twice the description's pooled windows. */
export const pooledText = (title: Float32Array, description: Float32Array | null): Float32Array | null =>
  weightedMean([{ vector: title, weight: 2 }, ...(description ? [{ vector: description, weight: 1 }] : [])]);

/** What decides how much a review counts. */
export interface ReviewFacts {
  text: string;
  author: string | null;
  helpful: number | null;
  createdAt: Date | null;
}

const HALF_LIFE_DAYS = 365;
const FULL_LENGTH_WORDS = 20;
/** Weight of the item's own text where reviews are few and short. Smaller than usual: here the gate of the modality does the rest. */
const TEXT_PRIOR = 0.1;

/**
 * Weight of a review: log(2 + helpful) · (helpful + 1)/(helpful + 2) · 2^(−age/365 days) · min(1, words/20). Age counts from the newest
 * review, so that weights do not drift while nothing happens; a review without a date counts as one half-life old.
 */
export const reviewWeight = (review: ReviewFacts, newest: Date | null): number => {
  const helpful = Math.max(0, review.helpful ?? 0);
  const words = review.text.split(/\s+/u).filter((word) => word !== '').length;
  const days =
    review.createdAt && newest ? (newest.getTime() - review.createdAt.getTime()) / 86_400_000 : HALF_LIFE_DAYS;
  const fresh = 2 ** (-Math.max(0, newest ? days : 0) / HALF_LIFE_DAYS);
  return Math.log(2 + helpful) * ((helpful + 1) / (helpful + 2)) * fresh * Math.min(1, words / FULL_LENGTH_WORDS);
};

/** Reviews that speak of the item, in their order: spam is left out, and of one author or one wording only the first is kept. */
export const honestReviews = <R extends ReviewFacts>(reviews: readonly R[]): R[] => {
  const seen = new Set<string>();
  return reviews.filter((review) => {
    const wording = review.text
      .toLocaleLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
    const author = review.author === null ? null : `by ${review.author.toLocaleLowerCase()}`;
    if (looksLikeSpam(review.text) || seen.has(wording) || (author !== null && seen.has(author))) return false;
    seen.add(wording);
    if (author !== null) seen.add(author);
    return true;
  });
};

/** Advertising (addresses, telephone numbers), shouting, or one phrase over and over. */
export const looksLikeSpam = (text: string): boolean => {
  if (/https?:\/\/|www\.\S+\.\S|\S+@\S+\.\S{2,}|\b(?:t\.me|bit\.ly|wa\.me)\b|\+?\d[\d\s().-]{9,}\d/iu.test(text))
    return true;
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return true;
  const capitals = text.match(/\p{Lu}/gu)?.length ?? 0;
  if (letters > 40 && capitals / letters > 0.8 && /!{2,}|[$€£]/u.test(text)) return true;
  if (/(.)\1{9,}/u.test(text)) return true;
  const words = text.toLocaleLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length >= 12 && new Set(words).size / words.length < 0.3;
};

/** One vector for an item's reviews; pulled to the item's text where the evidence is thin. Null without any that counts. */
export const pooledReviews = (
  reviews: readonly (ReviewFacts & { vector: Float32Array })[],
  text: Float32Array | null,
): Float32Array | null => {
  const dates = reviews.flatMap(({ createdAt }) => (createdAt ? [createdAt.getTime()] : []));
  const newest = dates.length > 0 ? new Date(Math.max(...dates)) : null;
  const parts = reviews.map((review) => ({ vector: review.vector, weight: reviewWeight(review, newest) }));
  if (parts.length === 0) return null;
  return weightedMean(text ? [...parts, { vector: text, weight: TEXT_PRIOR }] : parts);
};

/** SHA-256 of the given texts, in hex; where one ends and the next begins matters. */
export const hashOf = (...texts: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length} `).update(text);
  return hash.digest('hex');
};
