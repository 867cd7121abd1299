/** What a search costs, in microseconds, as measured by `npm run bench -- index` on two shared cores; only the ratios matter. */
const EXACT_ROW = 0.02;
const EXACT_NUMBER = 0.00022;
/** A graph search without a filter at 100,000 items, and what each number of a vector adds; it grows with the logarithm of the catalogue. */
const GRAPH_SEARCH = 250;
const GRAPH_NUMBER = 4;
/** From here on a graph is worth asking at all. */
export const EXACT_BELOW = 20_000;

/** What a search is about. */
export interface SearchShape {
  /** Items with a vector. */
  present: number;
  /** Those of them that may be answered. */
  allowed: number;
  dimension: number;
}

/**
 * Whether to scan the allowed items exactly instead of walking the graph. A scan costs by the allowed items; a filtered walk has to pass
 * 1/selectivity times as many points until it has found enough allowed ones. With n items and selectivity s they meet at
 * s = √(walk / (n · row)), about a third at 100,000 items of 256 numbers and a tenth at a million.
 */
export const isExactCheaper = ({ present, allowed, dimension }: SearchShape): boolean => {
  if (present < EXACT_BELOW || allowed === 0) return true;
  const scan = allowed * (EXACT_ROW + EXACT_NUMBER * dimension);
  const walk =
    ((GRAPH_SEARCH + GRAPH_NUMBER * dimension) * Math.log2(present)) / Math.log2(100_000) / (allowed / present);
  return scan <= walk;
};
