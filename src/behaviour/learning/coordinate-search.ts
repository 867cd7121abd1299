/** Allowed values of each parameter, in order; the search moves between neighbours. */
export type Axes = Readonly<Record<string, readonly number[]>>;
export type Point = Record<string, number>;

/**
 * Maximises `value` from `start` by moving one parameter to a neighbouring allowed value at a time, keeping on in a direction that pays.
 * Deterministic; each point is asked once; stops after `most` evaluations or when no neighbour is better. A point that throws counts as −∞.
 */
export async function coordinateSearch(
  axes: Axes,
  start: Point,
  most: number,
  value: (point: Point) => Promise<number>,
): Promise<{ point: Point; value: number; evaluations: number }> {
  const asked = new Map<string, number>();
  const ask = async (point: Point): Promise<number> => {
    const key = Object.keys(axes)
      .map((k) => point[k])
      .join(' ');
    const known = asked.get(key);
    if (known !== undefined) return known;
    let v: number;
    try {
      v = await value(point);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      v = Number.NEGATIVE_INFINITY;
    }
    if (Number.isNaN(v)) v = Number.NEGATIVE_INFINITY;
    asked.set(key, v);
    return v;
  };
  let point = { ...start };
  let best = await ask(point);
  for (let moved = true; moved && asked.size < most; ) {
    moved = false;
    for (const [name, values] of Object.entries(axes)) {
      for (const direction of [1, -1]) {
        for (;;) {
          const at = values.indexOf(point[name] as number) + direction;
          if (at < 0 || at >= values.length || asked.size >= most) break;
          const next = { ...point, [name]: values[at]! };
          const v = await ask(next);
          if (!(v > best)) break;
          best = v;
          point = next;
          moved = true;
        }
      }
    }
  }
  return { point, value: best, evaluations: asked.size };
}
