/** Sessions in order of their last click; session s holds items[offsets[s]] … items[offsets[s + 1] − 1], oldest click first. */
export interface SessionLog {
  readonly itemCount: number;
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** Time of each session's last click in milliseconds, ascending. */
  readonly ends: Float64Array;
}

/** Builds a log from sessions of any order; empty sessions are left out. */
export function sessionLog(
  itemCount: number,
  sessions: readonly { items: readonly number[]; end: number }[],
): SessionLog {
  const kept = sessions.filter((s) => s.items.length > 0).sort((a, b) => a.end - b.end);
  const offsets = new Int32Array(kept.length + 1);
  kept.forEach((s, k) => {
    offsets[k + 1] = offsets[k]! + s.items.length;
  });
  const items = new Int32Array(offsets[kept.length]!);
  kept.forEach((s, k) => {
    items.set(s.items, offsets[k]!);
  });
  return { itemCount, offsets, items, ends: Float64Array.from(kept, (s) => s.end) };
}

/** Places of each item, in the order they were visited. */
interface Occurrences {
  of(item: number): Int32Array;
  count(item: number): number;
}

/** `walk` names every place twice, the same way: to count and to fill. */
const occurrences = (items: number, walk: (visit: (item: number, place: number) => void) => void): Occurrences => {
  const starts = new Int32Array(items + 1);
  walk((item) => void starts[item + 1]!++);
  for (let item = 0; item < items; item++) starts[item + 1]! += starts[item]!;
  const places = new Int32Array(starts[items]!);
  const next = starts.slice(0, items);
  walk((item, place) => {
    places[next[item]!++] = place;
  });
  const known = (item: number): boolean => item >= 0 && item < items;
  return {
    of: (item) => (known(item) ? places.subarray(starts[item]!, starts[item + 1]!) : places.subarray(0, 0)),
    count: (item) => (known(item) ? starts[item + 1]! - starts[item]! : 0),
  };
};

export interface SessionParameters {
  /** Most recent sessions looked at for each item of the context. */
  candidates: number;
  /** Like sessions that vote. */
  neighbours: number;
  /** A click g clicks before the last weighs e^(−g / reach). */
  reach: number;
  /** A neighbour's click g clicks away from what it shares with the context weighs e^(−g / spread). */
  spread: number;
  /** Votes for clicks before the shared one are multiplied by this (0 … 1). */
  backward: number;
  /** A session that ended `a` days before weighs e^(−a / ageDays). */
  ageDays: number;
  /** Votes are multiplied by 1 + rarity · ln(sessions / sessions with the item). */
  rarity: number;
}

/**
 * Session neighbours: VSKNN (Ludewig & Jannach 2018) with STAN's decays (Garg 2019). Candidates are the most recent sessions that share an item with the
 * context; like sessions vote for what they hold, near the place where the two meet. Repeat clicks are legitimate answers.
 * Cost a call: |context| · candidates + neighbours · session length.
 */
export class SessionNeighbours {
  private readonly byItem: Occurrences;
  private readonly similarity: Float64Array;
  /** Position in the context, from 1, of the latest click shared with each session. */
  private readonly shared: Int32Array;

  constructor(
    private readonly log: SessionLog,
    readonly parameters: SessionParameters,
  ) {
    this.byItem = occurrences(log.itemCount, (visit) => {
      const last = new Int32Array(log.itemCount).fill(-1);
      for (let s = log.ends.length - 1; s >= 0; s--)
        for (let e = log.offsets[s]!; e < log.offsets[s + 1]!; e++) {
          const item = log.items[e]!;
          if (last[item] !== s) visit(item, s);
          last[item] = s;
        }
    });
    this.similarity = new Float64Array(log.ends.length);
    this.shared = new Int32Array(log.ends.length);
  }

  /** Scores by item for a context (oldest click first) at time `now` in milliseconds. */
  score(context: ArrayLike<number>, now: number): Map<number, number> {
    const { log, parameters: p, similarity, shared } = this;
    const touched: number[] = [];
    const counted = new Set<number>();
    const positions = new Map<number, number>();
    for (let k = context.length - 1; k >= 0; k--) {
      const item = context[k] as number;
      if (counted.has(item)) continue;
      counted.add(item);
      positions.set(item, k + 1);
      const list = this.byItem.of(item);
      const weight = Math.exp(-(context.length - 1 - k) / p.reach);
      const most = Math.min(list.length, p.candidates);
      for (let c = 0; c < most; c++) {
        const s = list[c]!;
        if (shared[s] === 0) {
          touched.push(s);
          shared[s] = k + 1;
        }
        similarity[s]! += weight;
      }
    }
    for (const s of touched) {
      const length = log.offsets[s + 1]! - log.offsets[s]!;
      similarity[s]! *= Math.exp(-Math.max(0, now - log.ends[s]!) / 86_400_000 / p.ageDays) / Math.sqrt(length);
    }
    const chosen = touched.sort((a, b) => similarity[b]! - similarity[a]! || b - a);
    const scores = new Map<number, number>();
    const total = log.ends.length;
    for (let c = 0; c < Math.min(p.neighbours, chosen.length); c++) {
      const s = chosen[c]!;
      const from = log.offsets[s]!;
      const to = log.offsets[s + 1]!;
      const sim = similarity[s]! * Math.exp(-(context.length - shared[s]!) / p.reach);
      let meeting = from;
      let latest = 0;
      for (let e = from; e < to; e++) {
        const at = positions.get(log.items[e]!) ?? 0;
        if (at > 0 && at >= latest) {
          latest = at;
          meeting = e;
        }
      }
      for (let e = from; e < to; e++) {
        const gap = e - meeting;
        const near = Math.exp(-Math.abs(gap) / p.spread) * (gap < 0 ? p.backward : 1);
        const item = log.items[e]!;
        const idf = Math.log(total / this.byItem.count(item));
        scores.set(item, (scores.get(item) ?? 0) + sim * near * (1 + p.rarity * idf));
      }
    }
    for (const s of touched) {
      similarity[s] = 0;
      shared[s] = 0;
    }
    return scores;
  }
}

/**
 * Sequential rules: a → b counts 1/distance for each click b that follows a within `reach` clicks; asked with the last clicks of a context, each earlier one
 * counting `decay` of the next. Repeats count. Cost a call: clicks asked · rules kept.
 */
export class SequentialRules {
  private readonly rules = new Map<number, Map<number, number>>();
  private readonly sessionOf: Int32Array;
  private readonly clicks: Occurrences;

  constructor(
    private readonly log: SessionLog,
    readonly parameters: { reach: number; decay: number; asked: number },
  ) {
    this.sessionOf = new Int32Array(log.items.length);
    for (let s = 0; s < log.ends.length; s++) this.sessionOf.fill(s, log.offsets[s]!, log.offsets[s + 1]!);
    this.clicks = occurrences(log.itemCount, (visit) => log.items.forEach((item, e) => void visit(item, e)));
  }

  /** What follows an item, counted when it is first asked for. */
  private rulesOf(item: number): ReadonlyMap<number, number> {
    let row = this.rules.get(item);
    if (row) return row;
    row = new Map();
    for (const e of this.clicks.of(item)) {
      const end = this.log.offsets[this.sessionOf[e]! + 1]!;
      for (let g = 1; g <= this.parameters.reach && e + g < end; g++) {
        const next = this.log.items[e + g]!;
        row.set(next, (row.get(next) ?? 0) + 1 / g);
      }
    }
    this.rules.set(item, row);
    return row;
  }

  score(context: ArrayLike<number>): Map<number, number> {
    const scores = new Map<number, number>();
    let weight = 1;
    for (let k = context.length - 1; k >= Math.max(0, context.length - this.parameters.asked); k--) {
      const row = this.rulesOf(context[k] as number);
      let mass = 0;
      for (const v of row.values()) mass += v;
      for (const [item, v] of row) scores.set(item, (scores.get(item) ?? 0) + (weight * v) / (mass + 1));
      weight *= this.parameters.decay;
    }
    return scores;
  }

  /** What follows what follows: the rules of the 20 strongest answers, for contexts whose own rules are few. */
  scoreTwoSteps(context: ArrayLike<number>): Map<number, number> {
    const first = [...this.score(context)].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 20);
    const scores = new Map<number, number>();
    for (const [item, weight] of first) {
      const row = this.rulesOf(item);
      let mass = 0;
      for (const v of row.values()) mass += v;
      for (const [next, v] of row) scores.set(next, (scores.get(next) ?? 0) + (weight * v) / (mass + 1));
    }
    return scores;
  }
}
