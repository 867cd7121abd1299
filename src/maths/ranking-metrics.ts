/** 1 / log₂(rank + 2) for rank 0, 1, …: what a hit at that rank is worth in NDCG. */
const DISCOUNTS = Float64Array.from({ length: 1024 }, (_, rank) => 1 / Math.log2(rank + 2));
const discount = (rank: number): number => DISCOUNTS[rank] ?? 1 / Math.log2(rank + 2);

/** Share of the `relevant` items among the first `k` of `ranked`. */
export function recallAt(ranked: ArrayLike<number>, count: number, relevant: ReadonlySet<number>, k: number): number {
  if (relevant.size === 0) return 0;
  let hits = 0;
  for (let r = 0; r < Math.min(k, count); r++) if (relevant.has(ranked[r] as number)) hits++;
  return hits / relevant.size;
}

/** NDCG@k with the ideal over min(k, |relevant|) items (the usual definition, not the ideal over retrieved hits). */
export function ndcgAt(ranked: ArrayLike<number>, count: number, relevant: ReadonlySet<number>, k: number): number {
  if (relevant.size === 0) return 0;
  let gain = 0;
  for (let r = 0; r < Math.min(k, count); r++) if (relevant.has(ranked[r] as number)) gain += discount(r);
  let ideal = 0;
  for (let r = 0; r < Math.min(k, relevant.size); r++) ideal += discount(r);
  return gain / ideal;
}

/** 1 / rank of the first relevant item among the first `k` (rank from 1), 0 without one. */
export function reciprocalRankAt(
  ranked: ArrayLike<number>,
  count: number,
  relevant: ReadonlySet<number>,
  k: number,
): number {
  for (let r = 0; r < Math.min(k, count); r++) if (relevant.has(ranked[r] as number)) return 1 / (r + 1);
  return 0;
}

/** Gini index of how often each item was shown: 0 = all alike, 1 = one item gets everything. */
export function gini(counts: ArrayLike<number>): number {
  const sorted = Float64Array.from({ length: counts.length }, (_, i) => counts[i] as number).sort();
  const n = sorted.length;
  let total = 0;
  let weighted = 0;
  for (let i = 0; i < n; i++) {
    total += sorted[i]!;
    weighted += (i + 1) * sorted[i]!;
  }
  return total === 0 ? 0 : (2 * weighted) / (n * total) - (n + 1) / n;
}
