/** Below this a normalised score counts as nothing at all, so that reasons name only what moved the item. */
const LEAST = 5e-3;

/**
 * Scores of one source over the candidates, normalised to [0, 1] by rank: `1 / (1 + ((rank − 1) / halfRank)²)`.
 *
 * The best gets 1, the one `halfRank` places further down one half; equal scores get equal values (the rank of the first of them);
 * what is NaN, or so far down that under .005 is left, gets 0. Ranks and not scores, because the scales of cosines, co-visits and sales have
 * nothing in common and one outlier would flatten the rest; the flat head and the falling shoulder let the
 * first places of a strong source stand before a weaker source's head, and its tail behind it (a relative of reciprocal rank fusion, Cormack 2009). Cost O(n log n).
 */
export const decayByRank = (scores: Float64Array, halfRank: number): Float64Array => {
  const values = new Float64Array(scores.length);
  // Sorted as bare numbers, without calling back: several times as fast as sorting positions by score.
  const sorted = scores.filter((score) => !Number.isNaN(score)).sort();
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
    const value = 1 / (1 + ((n - low) / halfRank) ** 2);
    if (value >= LEAST) values[i] = value;
  }
  return values;
};

/**
 * Half rank for `matching` products to choose from: 10 places (most of a list) in a real shop, fewer where there are so few products that
 * ten places would reach to the end of them.
 */
export const halfRankFor = (matching: number): number => Math.min(10, Math.max(2, matching / 6));
