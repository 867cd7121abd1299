/** One bin of scores: how often its proposals were expected to hit, and how often they did. */
export interface CalibrationBin {
  /** Scores from here (the lowest bin from −Infinity, as null in JSON). */
  from: number;
  expected: number;
  observed: number;
  count: number;
}

export interface Calibration {
  bins: CalibrationBin[];
  /** Expected calibration error: mean |expected − observed| over proposals, in the unit of rates. */
  error: number;
  /** Rate over all proposals: what guessing one number for all would say. */
  rate: number;
}

/**
 * Whether a score says how likely a hit is: equal-count bins are drawn and their rates learned on one half of the units, made monotone by pooling neighbours (isotonic
 * regression, Ayer 1955), and compared with what happened on the other half (reliability after Murphy and Winkler 1977; ECE after Naeini 2015). Cost n log n.
 *
 * @param scores @param hits one a proposal, 0 or 1 @param unit the person of each proposal: even ones learn, odd ones judge
 * @returns null with fewer than ten proposals on either side, or when all scores are the same
 */
export function calibrationOf(
  scores: ArrayLike<number>,
  hits: ArrayLike<number>,
  unit: ArrayLike<number>,
  count = 10,
): Calibration | null {
  const all = Array.from({ length: scores.length }, (_, k) => k);
  const learn = all.filter((k) => unit[k]! % 2 === 0).sort((a, b) => scores[a]! - scores[b]!);
  const check = all.filter((k) => unit[k]! % 2 === 1);
  if (learn.length < 10 || check.length < 10) return null;
  const borders = new Set<number>();
  for (let b = 1; b < count; b++) borders.add(scores[learn[Math.floor((b * learn.length) / count)]!]!);
  const from = [Number.NEGATIVE_INFINITY, ...[...borders].filter((b) => b > scores[learn[0]!]!).sort((a, b) => a - b)];
  if (from.length < 2) return null;
  const binOf = (score: number): number => {
    let bin = 0;
    while (bin + 1 < from.length && score >= from[bin + 1]!) bin++;
    return bin;
  };
  const tally = (rows: readonly number[]): { hits: number; count: number }[] => {
    const bins = from.map(() => ({ hits: 0, count: 0 }));
    for (const k of rows) {
      const bin = bins[binOf(scores[k]!)]!;
      bin.count++;
      bin.hits += hits[k]!;
    }
    return bins;
  };
  const expected = isotonic(tally(learn));
  const observed = tally(check);
  const bins = from.map(
    (start, b): CalibrationBin => ({
      from: start,
      expected: expected[b]!,
      observed: observed[b]!.count > 0 ? observed[b]!.hits / observed[b]!.count : 0,
      count: observed[b]!.count,
    }),
  );
  const error = bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.expected - bin.observed), 0) / check.length;
  return { bins, error, rate: check.reduce((sum, k) => sum + hits[k]!, 0) / check.length };
}

/** Rates that never fall from bin to bin, pooling those that do. */
function isotonic(bins: readonly { hits: number; count: number }[]): number[] {
  const pools: { hits: number; count: number; bins: number }[] = [];
  for (const bin of bins) {
    pools.push({ ...bin, bins: 1 });
    while (pools.length > 1) {
      const [before, last] = pools.slice(-2) as [(typeof pools)[0], (typeof pools)[0]];
      if (before.hits * last.count <= last.hits * before.count) break;
      pools.splice(-2, 2, {
        hits: before.hits + last.hits,
        count: before.count + last.count,
        bins: before.bins + last.bins,
      });
    }
  }
  return pools.flatMap((pool) => new Array<number>(pool.bins).fill(pool.count > 0 ? pool.hits / pool.count : 0));
}
