import type { ScoredItem } from './active-behaviour.port.js';
import { DEFAULT_TUNING, type MemoryTuning } from './memory-tuning.js';
import { logLikelihoodRatio } from './models/baskets.js';
import { SequentialRules, SessionNeighbours, sessionLog } from './models/session-neighbours.js';

/** One event as memory keeps it. */
export interface RememberedEvent {
  readonly type: string;
  readonly person: string;
  readonly keys: readonly number[];
  readonly session: string | null;
  /** The stars of a rating. */
  readonly value: number | null;
  readonly atMs: number;
}

/** What an event counts towards popularity and interest. */
export const EVENT_WEIGHTS: Readonly<Record<string, number>> = {
  view: 1,
  click: 1,
  wishlist: 2,
  add_to_cart: 3,
  purchase: 5,
  rating: 3,
};
const GOOD_RATING = 4;
const SESSION_GAP_MS = 30 * 60_000;
const DAY_MS = 86_400_000;
const EVENTS_A_PERSON = 300;
/** Sessions that answers are made from, the newest. */
export const MOST_SESSIONS = 50_000;
/** Clicks kept of a session, the last. */
export const MOST_CLICKS = 50;

/** What an event says for its items: 0 for kinds that say nothing and for ratings under 4. */
export const interestOf = (event: Pick<RememberedEvent, 'type' | 'value'>): number =>
  event.type === 'rating' && (event.value ?? 0) < GOOD_RATING ? 0 : (EVENT_WEIGHTS[event.type] ?? 0);

/** Splits a person's events (oldest first) into sessions: by session id where there is one, by half-hour gaps where not. Repeats in a row are one click. */
export function sessionsOf(
  events: readonly Omit<RememberedEvent, 'person'>[],
): { items: number[]; end: number; bought: Set<number> }[] {
  const sessions: { items: number[]; end: number; id: string | null; bought: Set<number> }[] = [];
  for (const event of events) {
    if (interestOf(event) === 0) continue;
    let last = sessions[sessions.length - 1];
    const same =
      last &&
      (event.session !== null && last.id !== null
        ? event.session === last.id
        : event.atMs - last.end <= SESSION_GAP_MS);
    if (!last || !same) {
      last = { items: [], end: event.atMs, id: event.session, bought: new Set() };
      sessions.push(last);
    }
    for (const key of event.keys) {
      if (last.items[last.items.length - 1] !== key) last.items.push(key);
      if (event.type === 'purchase') last.bought.add(key);
    }
    last.end = event.atMs;
  }
  return sessions;
}

/** People whose events are counted, and items that are sorted, between two looks at the clock. */
const PEOPLE_AT_ONCE = 20;
const SORTED_AT_ONCE = 1_000;
const SLICE_MS = 2;
/** Between two slices requests have the thread for so long: a request of several steps would meet a slice at each of them. */
const BETWEEN_SLICES_MS = 8;
const LEAST_MS_BETWEEN = 1_000;
/** So many times as long as it took to derive, it rests: this is the thread that answers. */
const REST_FOR_WORK = 40;

/**
 * The events of a window and what follows from them. Adding is cheap; what is derived (session index, pairs, popularity) is made anew soon after something was
 * added, at most once a second and for at most a fortieth of the time, and in slices of some two milliseconds: whoever asks meanwhile hears what was true
 * before. It does not wait to be asked, so that the same question asked twice in quiet times has the same answer. Memory: 300 events a person.
 */
export class EventMemory {
  private readonly byPerson = new Map<string, RememberedEvent[]>();
  private derived: Derived | null = null;
  private fresh = true;
  private builtAt = 0;
  private isRenewing = false;
  private tookMs = 0;
  private readonly people = new Map<number, Set<string>>();

  constructor(
    private nowMs: number,
    private tuning: MemoryTuning = DEFAULT_TUNING,
  ) {}

  /** From now on what is derived is made with these; what is there is made anew soon. */
  tune(tuning: MemoryTuning): void {
    if (JSON.stringify(tuning) === JSON.stringify(this.tuning)) return;
    this.tuning = tuning;
    this.fresh = false;
    this.renewSoon();
  }

  add(event: RememberedEvent): void {
    this.nowMs = Math.max(this.nowMs, event.atMs);
    const list = this.byPerson.get(event.person);
    if (!list) this.byPerson.set(event.person, [event]);
    else {
      list.push(event);
      if (list.length > 2 * EVENTS_A_PERSON) list.splice(0, EVENTS_A_PERSON);
    }
    if (interestOf(event) > 0)
      for (const key of event.keys) this.people.set(key, (this.people.get(key) ?? new Set()).add(event.person));
    this.fresh = false;
    this.renewSoon();
  }

  popular(): readonly ScoredItem[] {
    return this.read().ranked;
  }

  /** Distinct people who engaged with the item. */
  support(key: number): number {
    return this.people.get(key)?.size ?? 0;
  }

  session(keys: readonly number[]): Map<number, number> {
    return this.read().session(keys);
  }

  /** Pairs that at least `leastPeople` distinct people bought in one session. */
  together(keys: readonly number[], leastPeople: number): Map<number, number> {
    return this.read().together(keys, leastPeople);
  }

  private read(): Derived {
    if (!this.derived) this.step(this.begin(), Number.POSITIVE_INFINITY);
    return this.derived!;
  }

  /** Makes what is derived anew as soon as it may be; nothing is derived before the first question. */
  private renewSoon(): void {
    if (!this.derived || this.isRenewing) return;
    this.isRenewing = true;
    const wait = this.builtAt + Math.max(LEAST_MS_BETWEEN, REST_FOR_WORK * this.tookMs) - performance.now();
    const start = () => this.goOn(this.begin());
    if (wait <= 0) setImmediate(start);
    else setTimeout(start, wait).unref();
  }

  private begin(): Generator<void, Derived> {
    this.fresh = true;
    this.tookMs = 0;
    return derive(this.byPerson, this.nowMs, this.tuning);
  }

  private goOn(steps: Generator<void, Derived>): void {
    if (!this.step(steps, SLICE_MS)) {
      setTimeout(() => this.goOn(steps), BETWEEN_SLICES_MS).unref();
      return;
    }
    this.isRenewing = false;
    if (!this.fresh) this.renewSoon();
  }

  /** Goes on for so long; gives whether all is derived. */
  private step(steps: Generator<void, Derived>, forMs: number): boolean {
    const from = performance.now();
    for (;;) {
      const { done, value } = steps.next();
      const now = performance.now();
      if (done) {
        this.derived = value;
        this.builtAt = now;
      }
      if (!done && now - from < forMs) continue;
      this.tookMs += now - from;
      return done === true;
    }
  }
}

/** Makes what is derived, with a pause wherever one may be taken. */
function* derive(
  byPerson: ReadonlyMap<string, readonly RememberedEvent[]>,
  nowMs: number,
  tuning: MemoryTuning,
): Generator<void, Derived> {
  const derived = new Derived(nowMs, tuning);
  let at = 0;
  for (const events of [...byPerson.values()]) {
    derived.take(events);
    if (++at % PEOPLE_AT_ONCE === 0) yield;
  }
  yield* derived.rank();
  yield* derived.index();
  return derived;
}

/** Everything derived from events; made whole by `derive`, then never changed. Building costs O(events). */
class Derived {
  ranked: readonly ScoredItem[] = [];
  private neighbours: SessionNeighbours | null = null;
  private rules: SequentialRules | null = null;
  /** Items of the sessions, ascending, and where each stands among them, from 1; 0: it is in none. */
  private keys = new Int32Array(0);
  private places = new Int32Array(0);
  private readonly sessions: { items: number[]; end: number }[] = [];
  private readonly popularity = new Map<number, number>();
  private readonly pairs = new Map<number, Map<number, number>>();
  private readonly buyers = new Map<number, number>();
  private shoppers = 0;

  constructor(
    private readonly nowMs: number,
    private readonly tuning: MemoryTuning,
  ) {}

  /** Counts one person's events. */
  take(given: readonly RememberedEvent[]): void {
    const events = [...given].sort((a, b) => a.atMs - b.atMs).slice(-EVENTS_A_PERSON);
    this.countPopularity(events, this.popularity);
    const mine = sessionsOf(events);
    for (const s of mine)
      if (s.items.length > 1) this.sessions.push({ items: s.items.slice(-MOST_CLICKS), end: s.end });
    this.countPairs(mine.map((s) => s.bought));
  }

  *rank(): Generator<void> {
    const entries = Array.from(this.popularity, ([key, score]) => ({ key, score }));
    this.popularity.clear();
    yield;
    this.ranked = yield* sortedInSlices(entries, (a, b) => b.score - a.score || a.key - b.key);
  }

  *index(): Generator<void> {
    const recent = this.sessions.sort((a, b) => b.end - a.end).slice(0, MOST_SESSIONS);
    this.sessions.length = 0;
    yield;
    const places = new Int32Array(recent.reduce((most, { items }) => Math.max(most, ...items), -1) + 1);
    for (const { items } of recent) for (const key of items) places[key] = 1;
    yield;
    let count = 0;
    for (let key = 0; key < places.length; key++) if (places[key]! > 0) places[key] = ++count;
    this.keys = new Int32Array(count);
    for (let key = 0; key < places.length; key++) if (places[key]! > 0) this.keys[places[key]! - 1] = key;
    this.places = places;
    yield;
    const log = sessionLog(
      this.keys.length,
      recent.map((s) => ({ end: s.end, items: s.items.map((key) => places[key]! - 1) })),
    );
    yield;
    if (recent.length === 0) return;
    this.neighbours = new SessionNeighbours(log, this.tuning.neighbours);
    yield;
    this.rules = new SequentialRules(log, { reach: 9, ...this.tuning.rules });
  }

  /** A person counts once an item, by their strongest act, so that nobody makes an item popular alone. Half lasts (30 days), half is trend (3 days). */
  private countPopularity(events: readonly RememberedEvent[], into: Map<number, number>): void {
    const mine = new Map<number, number>();
    for (const event of events) {
      const age = Math.max(0, this.nowMs - event.atMs) / DAY_MS;
      const score = interestOf(event) * (2 ** (-age / 30) + 2 ** (-age / 3));
      if (score > 0) for (const key of event.keys) mine.set(key, Math.max(mine.get(key) ?? 0, score));
    }
    for (const [key, score] of mine) into.set(key, (into.get(key) ?? 0) + score);
  }

  private countPairs(sessions: readonly ReadonlySet<number>[]): void {
    const together = new Map<number, Set<number>>();
    const bought = new Set<number>();
    for (const session of sessions) {
      const items = [...session].slice(0, 50);
      for (const a of items) {
        bought.add(a);
        for (const b of items) if (a !== b) together.set(a, (together.get(a) ?? new Set()).add(b));
      }
    }
    if (bought.size > 0) this.shoppers++;
    for (const key of bought) this.buyers.set(key, (this.buyers.get(key) ?? 0) + 1);
    for (const [a, others] of together) {
      const row = this.pairs.get(a) ?? new Map<number, number>();
      for (const b of others) row.set(b, (row.get(b) ?? 0) + 1);
      this.pairs.set(a, row);
    }
  }

  session(keys: readonly number[]): Map<number, number> {
    const context = keys
      .map((key) => (this.places[key] ?? 0) - 1)
      .filter((place) => place >= 0)
      .slice(-20);
    const scores = new Map<number, number>();
    if (context.length === 0 || !this.neighbours || !this.rules) return scores;
    const add = (given: Map<number, number>, weight: number): void => {
      let most = 0;
      for (const v of given.values()) most = Math.max(most, v);
      if (most > 0)
        for (const [p, v] of given) scores.set(this.keys[p]!, (scores.get(this.keys[p]!) ?? 0) + (weight * v) / most);
    };
    add(this.neighbours.score(context, this.nowMs), 1);
    const { weights } = this.tuning;
    if (weights.rules > 0) add(this.rules.score(context), weights.rules);
    if (weights.twoSteps > 0) add(this.rules.scoreTwoSteps(context), weights.twoSteps);
    for (const key of keys) scores.delete(key);
    return scores;
  }

  together(keys: readonly number[], leastPeople: number): Map<number, number> {
    const scores = new Map<number, number>();
    const { alpha } = this.tuning.together;
    for (const a of keys) {
      const na = this.buyers.get(a) ?? 0;
      for (const [b, both] of this.pairs.get(a) ?? []) {
        const nb = this.buyers.get(b)!;
        if (both < leastPeople) continue;
        // Among many buyers a pair must be more than chance (likelihood ratio, p .05); among few the number of people is the test.
        const chance =
          this.shoppers >= 50 &&
          (both * this.shoppers <= na * nb || logLikelihoodRatio(both, na, nb, this.shoppers) < 3.84);
        if (!chance) scores.set(b, (scores.get(b) ?? 0) + both / (na ** alpha * nb ** (1 - alpha)));
      }
    }
    for (const key of keys) scores.delete(key);
    return scores;
  }
}

/** Merge sort with pauses. */
function* sortedInSlices<T>(values: readonly T[], compare: (a: T, b: T) => number): Generator<void, T[]> {
  let runs: T[][] = [];
  for (let from = 0; from < values.length; from += SORTED_AT_ONCE) {
    runs.push(values.slice(from, from + SORTED_AT_ONCE).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) longer.push(yield* merged(runs[at]!, runs[at + 1] ?? [], compare));
    runs = longer;
  }
  return runs[0] ?? [];
}

function* merged<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): Generator<void, T[]> {
  const all: T[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    all.push(j >= b.length || (i < a.length && compare(a[i]!, b[j]!) <= 0) ? a[i++]! : b[j++]!);
    if (all.length % SORTED_AT_ONCE === 0) yield;
  }
  return all;
}
