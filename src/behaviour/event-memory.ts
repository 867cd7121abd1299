import type { ScoredItem } from './active-behaviour.port.js';
import { logLikelihoodRatio } from './models/baskets.js';
import { sessionLog, SequentialRules, SessionNeighbours } from './models/session-neighbours.js';

/** One event as memory keeps it. */
export interface RememberedEvent {
  readonly type: string;
  readonly keys: readonly number[];
  readonly at: number;
  readonly sessionId: string | null;
}

/** What an event counts towards popularity. */
export const EVENT_WEIGHTS: Readonly<Record<string, number>> = { view: 1, click: 1, wishlist: 2, add_to_cart: 3, purchase: 5 };
const SESSION_GAP_MS = 30 * 60_000;
const DAY_MS = 86_400_000;
/** Distinct people who must have bought two things together before that is shown. */
const PEOPLE_FOR_A_PAIR = 3;

/** Splits a person's events (oldest first) into sessions: by session id where there is one, by half-hour gaps where not. */
export function sessionsOf(events: readonly RememberedEvent[]): { items: number[]; end: number; bought: Set<number> }[] {
  const sessions: { items: number[]; end: number; id: string | null; bought: Set<number> }[] = [];
  for (const event of events) {
    if (EVENT_WEIGHTS[event.type] === undefined) continue;
    let last = sessions[sessions.length - 1];
    const same = last && (event.sessionId !== null && last.id !== null ? event.sessionId === last.id : event.at - last.end <= SESSION_GAP_MS);
    if (!last || !same) {
      last = { items: [], end: event.at, id: event.sessionId, bought: new Set() };
      sessions.push(last);
    }
    for (const key of event.keys) {
      if (last.items[last.items.length - 1] !== key) last.items.push(key);
      if (event.type === 'purchase') last.bought.add(key);
    }
    last.end = event.at;
  }
  return sessions;
}

/** Everything derived from the events in memory; made anew, never changed. Building costs O(events). */
export class EventMemory {
  private readonly neighbours: SessionNeighbours | null;
  private readonly rules: SequentialRules | null;
  private readonly keys: number[];
  private readonly positions: Map<number, number>;
  private readonly pairs = new Map<number, Map<number, number>>();
  private readonly buyers = new Map<number, number>();
  private readonly people = new Map<number, number>();
  private readonly ranked: ScoredItem[];
  private readonly latest: number;
  private readonly shoppers: number;

  constructor(byPerson: Iterable<readonly RememberedEvent[]>, now: number) {
    const sessions: { items: number[]; end: number }[] = [];
    const popularity = new Map<number, number>();
    const seen = new Map<number, number>();
    let shoppers = 0;
    let latest = 0;
    for (const events of byPerson) {
      const mine = new Set<number>();
      const together = new Map<number, Set<number>>();
      const boughtByMe = new Set<number>();
      for (const event of events) {
        latest = Math.max(latest, event.at);
        const weight = EVENT_WEIGHTS[event.type];
        if (weight === undefined) continue;
        const age = Math.max(0, now - event.at) / DAY_MS;
        for (const key of event.keys) {
          mine.add(key);
          // Half lasts (30 days), half is trend (3 days).
          popularity.set(key, (popularity.get(key) ?? 0) + weight * (2 ** (-age / 30) + 2 ** (-age / 3)));
        }
      }
      for (const session of sessionsOf(events)) {
        sessions.push({ items: session.items.slice(-50), end: session.end });
        const bought = [...session.bought].slice(0, 50);
        for (const a of bought) {
          boughtByMe.add(a);
          for (const b of bought) if (a !== b) together.set(a, (together.get(a) ?? new Set()).add(b));
        }
      }
      for (const key of mine) seen.set(key, (seen.get(key) ?? 0) + 1);
      for (const key of boughtByMe) this.buyers.set(key, (this.buyers.get(key) ?? 0) + 1);
      if (boughtByMe.size > 0) shoppers++;
      for (const [a, others] of together) {
        const row = this.pairs.get(a) ?? new Map<number, number>();
        for (const b of others) row.set(b, (row.get(b) ?? 0) + 1);
        this.pairs.set(a, row);
      }
    }
    this.people = seen;
    this.shoppers = shoppers;
    this.latest = latest;
    this.keys = [...seen.keys()].sort((a, b) => a - b);
    this.positions = new Map(this.keys.map((key, k) => [key, k]));
    this.ranked = [...popularity].map(([key, score]) => ({ key, score })).sort((a, b) => b.score - a.score || a.key - b.key);
    const recent = sessions.filter((s) => s.items.length > 1).sort((a, b) => b.end - a.end).slice(0, 50_000);
    const log = sessionLog(this.keys.length, recent.map((s) => ({ end: s.end, items: s.items.map((key) => this.positions.get(key)!) })));
    this.neighbours = recent.length > 0 ? new SessionNeighbours(log, { candidates: 1000, neighbours: 400, reach: 2, spread: 4, backward: 0.7, ageDays: 30, rarity: 1 }) : null;
    this.rules = recent.length > 0 ? new SequentialRules(log, { reach: 9, decay: 0.3, asked: 2 }) : null;
  }

  session(keys: readonly number[]): Map<number, number> {
    const context = keys.map((key) => this.positions.get(key)).filter((p): p is number => p !== undefined).slice(-20);
    const scores = new Map<number, number>();
    if (context.length === 0 || !this.neighbours || !this.rules) return scores;
    const add = (given: Map<number, number>, weight: number): void => {
      let most = 0;
      for (const v of given.values()) most = Math.max(most, v);
      if (most > 0) for (const [position, v] of given) scores.set(this.keys[position]!, (scores.get(this.keys[position]!) ?? 0) + (weight * v) / most);
    };
    add(this.neighbours.score(context, this.latest), 1);
    add(this.rules.score(context), 0.1);
    return scores;
  }

  together(keys: readonly number[]): Map<number, number> {
    const scores = new Map<number, number>();
    for (const a of keys) {
      const na = this.buyers.get(a) ?? 0;
      for (const [b, both] of this.pairs.get(a) ?? []) {
        const nb = this.buyers.get(b)!;
        if (both < PEOPLE_FOR_A_PAIR) continue;
        // Chance alone is ruled out at p .05, and only attraction counts; strength is n_ab / (n_a^.7 n_b^.3).
        if (both * this.shoppers <= na * nb || logLikelihoodRatio(both, na, nb, this.shoppers) < 3.84) continue;
        scores.set(b, (scores.get(b) ?? 0) + both / (na ** 0.7 * nb ** 0.3));
      }
    }
    for (const key of keys) scores.delete(key);
    return scores;
  }

  popular(): readonly ScoredItem[] {
    return this.ranked;
  }

  support(key: number): number {
    return this.people.get(key) ?? 0;
  }
}
