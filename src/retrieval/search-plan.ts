/** What a search costs, in microseconds, as measured by `npm run bench -- index` on two shared cores; only the ratios matter. */
const EXACT_ROW = 0.01;
const EXACT_NUMBER = 0.00018;
/** A graph search without a filter at 100,000 items, and what each number of a vector adds; it grows with the logarithm of the catalogue. */
const GRAPH_SEARCH = 250;
const GRAPH_NUMBER = 4;
/** From here on a graph is worth asking at all. */
export const EXACT_BELOW = 20_000;

/** Width of a walk for a query that lies far from everything, and of one for measuring; see `EF_SEARCH` for how it was chosen. */
export const WALK_WIDTH = 320;
/**
 * Width of a walk at first: who lies near something is served with that. At 100,000 items of 256 numbers, of a hundred neighbours of an item or of a noisy copy of one (nearest
 * cosine .75), a walk of 160 finds .9999 and one of 200 all that one of 3,000 finds, in .54 ms instead of the .9 ms of 320.
 */
const NEAR_WIDTH = 200;

/** A query whose nearest item has a lower cosine lies far from everything, as odd sentences and pictures do: what is around it is scattered over the graph. */
export const FAR_COSINE = 0.75;
const NARROW_UP_TO = 25_000;

/**
 * Width of the walk for such a query: with the root of the catalogue's size. Measured on clustered vectors of 256 numbers, a quarter of the queries random directions (M 16, recall@10 of those / of all): 30,000 items .972 / .993
 * at 320 and .996 / .999 at 480; 100,000 items .920 / .980 at 320, .970 / .9925 at 640, .982 / .9955 at 900. Queries near items have 1.000 at 320 in both.
 */
export const widthOfFar = (size: number): number =>
  size <= NARROW_UP_TO ? WALK_WIDTH : Math.ceil(WALK_WIDTH * Math.sqrt(size / NARROW_UP_TO));

/** What a search is about. */
export interface SearchShape {
  /** Items with a vector. */
  present: number;
  /** Those of them that may be answered. */
  allowed: number;
  dimension: number;
  /** How many are wanted. */
  k?: number;
}

/**
 * How many of all items to ask for so that, with nothing known but the share that is allowed, `ask` allowed ones are nearly always among them.
 * Sifting afterwards costs nothing; asking a filter inside the walk calls from the library into JavaScript for every point it passes.
 */
export const askOfAll = (ask: number, share: number): number => Math.ceil((1.2 * ask) / share) + 8;

/** Width of a walk that is to find so many: a little wider than what it brings home. */
export const widthFor = (ask: number): number => Math.max(NEAR_WIDTH, Math.ceil(1.25 * ask));

/**
 * Whether to scan the allowed items exactly instead of walking the graph. A scan costs by the allowed items; a walk has to bring home
 * 1/selectivity times as many points as are wanted, and costs by its width once that is wider than it would be anyway.
 */
export const isExactCheaper = ({ present, allowed, dimension, k = 10 }: SearchShape): boolean => {
  if (present < EXACT_BELOW || allowed === 0) return true;
  const scan = allowed * (EXACT_ROW + EXACT_NUMBER * dimension);
  const width = widthFor(askOfAll(k + 32, allowed / present)) / WALK_WIDTH;
  const walk = ((GRAPH_SEARCH + GRAPH_NUMBER * dimension) * width * Math.log2(present)) / Math.log2(100_000);
  return scan <= walk;
};
