/** Below this a normalised score counts as nothing at all, so that reasons name only what moved the item. */
const LEAST = 5e-3;

/** How much of a value with a steep head falls off in the fourth power, and at which share of the half rank that part has one half. */
const HEAD = { share: 0.7, at: 0.6 } as const;

/**
 * Scores of one source over the candidates, normalised to [0, 1] by rank: `1 / (1 + ((rank − 1) / halfRank)²)`.
 *
 * The best gets 1, the one `halfRank` places further down one half; equal scores get equal values (the rank of the first of them);
 * what is NaN, or so far down that under .005 is left, gets 0. Ranks and not scores, because the scales of cosines, co-visits and sales have
 * nothing in common and one outlier would flatten the rest; the flat head and the falling shoulder let the
 * first places of a strong source stand before a weaker source's head, and its tail behind it (a relative of reciprocal rank fusion, Cormack 2009). Cost O(n log n).
 *
 * With a `steepHead`, `.7 / (1 + ((rank − 1) / (.6 · halfRank))⁴) + .3 · the value above`: about the first five stand nearly alike, before whatever another source
 * of .6 its weight says, and those behind the first ten make room for it. The order is the same.
 */
export const decayByRank = (scores: Float64Array, halfRank: number, steepHead = false): Float64Array => {
  const values = new Float64Array(scores.length);
  // Sorted as bare numbers, without calling back: several times as fast as sorting positions by score.
  const sorted = numbersOf(scores).sort();
  const n = sorted.length;
  if (n === 0) return values;
  // No rank behind this one is worth LEAST.
  const furthest = Math.ceil(halfRank * Math.sqrt(1 / LEAST - 1)) + 1;
  const enough = sorted[Math.max(0, n - 1 - furthest)]!;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!(score >= enough)) continue;
    // The rank is the number of higher scores.
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! > score) high = middle;
      else low = middle + 1;
    }
    const behind = (n - low) / halfRank;
    values[i] = valueAt(behind, steepHead);
  }
  return values;
};

/** `decayByRank` of what is sorted already, best first, up to where nothing is left. */
export const decaySorted = (
  sorted: readonly { score: number }[],
  halfRank: number,
  steepHead = false,
): Float64Array => {
  const values = new Float64Array(sorted.length);
  let rank = 0;
  for (let at = 0; at < sorted.length; at++) {
    if (sorted[at]!.score < sorted[rank]!.score) rank = at;
    const value = valueAt(rank / halfRank, steepHead);
    if (value === 0) return values.subarray(0, at);
    values[at] = value;
  }
  return values;
};

/** @param behind places behind the best, over the half rank */
const valueAt = (behind: number, steepHead: boolean): number => {
  const value = 1 / (1 + behind * behind);
  if (value < LEAST) return 0;
  return steepHead ? HEAD.share / (1 + fourthPower(behind / HEAD.at)) + (1 - HEAD.share) * value : value;
};

/** A copy without NaN. */
const numbersOf = (scores: Float64Array): Float64Array => {
  const numbers = new Float64Array(scores.length);
  let n = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!Number.isNaN(score)) numbers[n++] = score;
  }
  return numbers.subarray(0, n);
};

/** Multiplied, not raised: a general power costs more than all else here. */
const fourthPower = (value: number): number => {
  const square = value * value;
  return square * square;
};

/**
 * Half rank for `matching` products to choose from: 10 places (most of a list) in a real shop, fewer where there are so few products that
 * ten places would reach to the end of them.
 */
export const halfRankFor = (matching: number): number => Math.min(10, Math.max(2, matching / 6));
