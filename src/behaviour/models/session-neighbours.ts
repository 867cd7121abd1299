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
  private readonly byItem: Int32Array[];
  private readonly similarity: Float64Array;
  /** Position in the context, from 1, of the latest click shared with each session. */
  private readonly shared: Int32Array;

  constructor(
    private readonly log: SessionLog,
    readonly parameters: SessionParameters,
  ) {
    const lists: number[][] = Array.from({ length: log.itemCount }, () => []);
    for (let s = log.ends.length - 1; s >= 0; s--) {
      for (let e = log.offsets[s]!; e < log.offsets[s + 1]!; e++) {
        const list = lists[log.items[e]!]!;
        if (list[list.length - 1] !== s) list.push(s);
      }
    }
    this.byItem = lists.map((list) => Int32Array.from(list));
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
      const list = this.byItem[item];
      if (!list) continue;
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
        const idf = Math.log(total / this.byItem[item]!.length);
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
  private readonly rules: Map<number, number>[];

  constructor(
    log: SessionLog,
    readonly parameters: { reach: number; decay: number; asked: number },
  ) {
    this.rules = Array.from({ length: log.itemCount }, () => new Map<number, number>());
    for (let s = 0; s < log.ends.length; s++) {
      for (let e = log.offsets[s]!; e < log.offsets[s + 1]!; e++) {
        const row = this.rules[log.items[e]!]!;
        for (let g = 1; g <= parameters.reach && e + g < log.offsets[s + 1]!; g++) {
          const next = log.items[e + g]!;
          row.set(next, (row.get(next) ?? 0) + 1 / g);
        }
      }
    }
  }

  score(context: ArrayLike<number>): Map<number, number> {
    const scores = new Map<number, number>();
    let weight = 1;
    for (let k = context.length - 1; k >= Math.max(0, context.length - this.parameters.asked); k--) {
      const row = this.rules[context[k] as number];
      if (row) {
        let mass = 0;
        for (const v of row.values()) mass += v;
        for (const [item, v] of row) scores.set(item, (scores.get(item) ?? 0) + (weight * v) / (mass + 1));
      }
      weight *= this.parameters.decay;
    }
    return scores;
  }

  /** What follows what follows: the rules of the 20 strongest answers, for contexts whose own rules are few. */
  scoreTwoSteps(context: ArrayLike<number>): Map<number, number> {
    const first = [...this.score(context)].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 20);
    const scores = new Map<number, number>();
    for (const [item, weight] of first) {
      const row = this.rules[item]!;
      let mass = 0;
      for (const v of row.values()) mass += v;
      for (const [next, v] of row) scores.set(next, (scores.get(next) ?? 0) + (weight * v) / (mass + 1));
    }
    return scores;
  }
}
