import { dot } from './vectors.js';

/** One candidate for a place in the list. */
export interface Rankable {
  readonly score: number;
  /** Unit vector by which likeness is judged; null for an item without one, which is like nothing. */
  readonly vector: Float32Array | null;
}

/** A chosen candidate: its position in the input, and whether a higher-scored one had to wait for it. */
export interface Placed {
  at: number;
  moved: boolean;
}

/** Of its relevance, the share that diversity 1 may cost a place: being different is no reason to be beside the point. */
const COSTS = 0.5;
/** Cosines up to here say no more than "from the same shop" and cost nothing. */
const FREE = 0.5;

const likeness = (a: Float32Array | null, b: Float32Array | null): number =>
  a && b ? Math.max(0, (dot(a, b) - FREE) / (1 - FREE)) : 0;

/**
 * `limit` of the candidates by maximal marginal relevance (Carbonell 1998): each place goes to the one with the highest
 * `(1 − diversity) · relevance − diversity · likeness to the likest already placed`, relevance being the score over the best score;
 * only those whose score falls short of the best one left by no more than half of `diversity` as a share are asked, so that something popular and unlike everything is not put between products that belong here.
 *
 * `candidates` come best first. With `diversity` 0 they are taken in that order. Likeness is the cosine above .5, stretched to [0, 1],
 * so that repetition is punished and belonging together is not. Ties go to the earlier candidate. Cost at most O(limit · n · d).
 */
export const diversify = (candidates: readonly Rankable[], limit: number, diversity: number): Placed[] => {
  const count = Math.min(limit, candidates.length);
  if (diversity <= 0) return Array.from({ length: count }, (_, at) => ({ at, moved: false }));
  const best = candidates[0]?.score ?? 0;
  const scale = best > 0 ? best : 1;
  const nearest = new Float64Array(candidates.length);
  /** How many of those placed each was compared with: most never come near a place and need not be. */
  const compared = new Int32Array(candidates.length);
  const left = candidates.map((_, index) => index);
  const placed: Placed[] = [];
  while (placed.length < count) {
    let pick = 0;
    let highest = Number.NEGATIVE_INFINITY;
    const top = candidates[left[0]!]!.score;
    const least = top - COSTS * diversity * Math.abs(top);
    for (let i = 0; i < left.length; i++) {
      const index = left[i]!;
      if (candidates[index]!.score < least) break;
      for (; compared[index]! < placed.length; compared[index]!++) {
        const cosine = likeness(candidates[index]!.vector, candidates[placed[compared[index]!]!.at]!.vector);
        if (cosine > nearest[index]!) nearest[index] = cosine;
      }
      const value = (1 - diversity) * (candidates[index]!.score / scale) - diversity * nearest[index]!;
      if (value > highest) {
        highest = value;
        pick = i;
      }
    }
    const at = left[pick]!;
    placed.push({ at, moved: candidates[left[0]!]!.score > candidates[at]!.score });
    left.splice(pick, 1);
  }
  return placed;
};
