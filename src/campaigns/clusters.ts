/** Which cluster each row is in, and the middle of each. */
export interface Clusters {
  /** One number a row, from 0. */
  of: Int32Array;
  /** Unit vectors. */
  centres: Float32Array[];
}

/**
 * Dissolves clusters of fewer than `least` rows, the smallest first: each of their rows goes to the nearest cluster that is left. With at least `least` rows
 * no cluster is smaller than that; with fewer there is one, or none. Clusters are numbered anew, the largest first. Cost O(rows × clusters × d) at worst.
 */
export const foldSmall = (rows: readonly Float32Array[], clusters: readonly number[], least: number): Clusters => {
  const of = Int32Array.from(clusters);
  for (;;) {
    const sizes = new Map<number, number>();
    for (const cluster of of) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
    const [smallest] = [...sizes].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
    if (!smallest || smallest[1] >= least || sizes.size === 1) return numbered(rows, of, sizes);
    const left = [...sizes.keys()].filter((cluster) => cluster !== smallest[0]);
    const centres = left.map((cluster) => centreOf(rows.filter((_, row) => of[row] === cluster)));
    for (const [row, cluster] of [...of].entries()) {
      if (cluster !== smallest[0]) continue;
      let best = 0;
      for (let at = 1; at < left.length; at++)
        if (cosine(rows[row]!, centres[at]!) > cosine(rows[row]!, centres[best]!)) best = at;
      of[row] = left[best]!;
    }
  }
};

const numbered = (rows: readonly Float32Array[], of: Int32Array, sizes: ReadonlyMap<number, number>): Clusters => {
  const order = [...sizes].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([cluster]) => cluster);
  const place = new Map(order.map((cluster, at) => [cluster, at]));
  return {
    of: of.map((cluster) => place.get(cluster)!),
    centres: order.map((cluster) => centreOf(rows.filter((_, row) => of[row] === cluster))),
  };
};

/** The unit vector in the middle of unit vectors; zero when they cancel out. */
export const centreOf = (rows: readonly Float32Array[]): Float32Array => {
  const sum = new Float32Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let i = 0; i < sum.length; i++) sum[i]! += row[i]!;
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
};

const cosine = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
