import { EventMemory, type MemoryTuning } from '../behaviour/behaviour.api.js';
import type { TrainingEvents, TrainingInput } from './training-data.js';

const DAY_MS = 86_400_000;
const SESSION_GAP_MS = 30 * 60_000;
const HALF_LIFE_DAYS = 30;
const HISTORY = 200;
const PRODUCT_PAGES_A_PERSON = 3;
/** Weights as `EVENT_WEIGHTS` gives them, back to a kind of event; from a cart on, it is about buying. */
const KIND_OF = new Map([
  [1, 'view'],
  [2, 'wishlist'],
  [3, 'add_to_cart'],
  [5, 'purchase'],
]);
const CART = 3;
const PURCHASE = 5;

/** A moment of the held-back part as a call for a list: what was on the page, what was known of the person, what they went on to. Items are positions. */
export interface Situation {
  placement: 'home' | 'product' | 'cart';
  person: number;
  /** Weight by item: kind of event · 2^(−age / 30 days), newest first. */
  past: ReadonlyMap<number, number>;
  /** The present session up to here, oldest first. */
  session: readonly number[];
  /** What is on the page, or in the cart. */
  context: readonly number[];
  wanted: ReadonlySet<number>;
  /** Not proposed: what is on the page, and what was met before where something new is wanted. */
  hidden: ReadonlySet<number>;
}

interface Doing {
  item: number;
  at: number;
  weight: number;
}

/** Everything that all people did, by person and in order of time. */
const byPerson = (events: TrainingEvents, people: number): Doing[][] => {
  const all: Doing[][] = Array.from({ length: people }, () => []);
  const order = Int32Array.from({ length: events.at.length }, (_, e) => e).sort(
    (a, b) => events.at[a]! - events.at[b]! || a - b,
  );
  for (const e of order)
    all[events.person[e]!]!.push({ item: events.item[e]!, at: events.at[e]!, weight: events.weight[e]! });
  return all;
};

/** Start of a part for each person: one time for all where the split is by time, else the person's own first event of it. */
export const startsOf = (part: TrainingEvents, people: number, split: string): Float64Array => {
  const starts = new Float64Array(people).fill(Number.POSITIVE_INFINITY);
  const first = part.at.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  if (split === 'by time') return starts.fill(first);
  part.at.forEach((at, e) => {
    starts[part.person[e]!] = Math.min(starts[part.person[e]!]!, at);
  });
  return starts;
};

/** What everybody did before each one's `starts`, as the memory that serving asks: popularity, sessions, what is bought together. */
export function memoryBefore(input: TrainingInput, starts: Float64Array, tuning: MemoryTuning): EventMemory {
  const order = Int32Array.from({ length: input.events.at.length }, (_, e) => e).sort(
    (a, b) => input.events.at[a]! - input.events.at[b]! || a - b,
  );
  const { person, item, at, weight } = input.events;
  const memory = new EventMemory(0, tuning);
  for (const e of order) {
    if (at[e]! >= starts[person[e]!]!) continue;
    memory.add({
      type: KIND_OF.get(weight[e]!) ?? 'view',
      person: String(person[e]!),
      keys: [item[e]!],
      session: null,
      value: null,
      atMs: at[e]!,
    });
  }
  return memory;
}

const pastOf = (before: readonly Doing[]): Map<number, number> => {
  const newest = before.at(-1)?.at ?? 0;
  const past = new Map<number, number>();
  for (const { item, at, weight } of before.slice(-HISTORY).reverse())
    past.set(item, (past.get(item) ?? 0) + weight * 2 ** ((at - newest) / (HALF_LIFE_DAYS * DAY_MS)));
  return past;
};

const sessionBefore = (before: readonly Doing[], now: number): number[] => {
  const session: number[] = [];
  let next = now;
  for (const { item, at } of before.toReversed()) {
    if (next - at > SESSION_GAP_MS) break;
    next = at;
    if (!session.includes(item)) session.push(item);
  }
  return session.slice(0, 50).reverse();
};

/**
 * Situations of the part that begins at `starts` and ends at `ends`: a home page before the person's first step in it, product pages on the way (what was looked at, and what
 * came next in the same sitting), carts (the first thing put in, and what was added to it). Wanted is only what the person had not met before.
 */
export function situationsOf(input: TrainingInput, starts: Float64Array, ends: Float64Array): Situation[] {
  const found: Situation[] = [];
  byPerson(input.events, input.people).forEach((doings, person) => {
    const from = doings.findIndex(({ at }) => at >= starts[person]!);
    if (from < 0) return;
    const until = doings.findIndex(({ at }) => at >= ends[person]!);
    const inside = doings.slice(from, until < 0 ? doings.length : until);
    if (inside.length === 0) return;
    const past = pastOf(doings.slice(0, from));
    const add = (
      placement: Situation['placement'],
      known: ReadonlyMap<number, number>,
      session: readonly number[],
      context: readonly number[],
      later: readonly Doing[],
    ): void => {
      // Looking at a thing before is no reason not to want it in the cart.
      const hidden = new Set([...context, ...(placement === 'cart' ? [] : known.keys())]);
      const wanted = new Set(later.map(({ item }) => item).filter((item) => !hidden.has(item)));
      if (wanted.size > 0) found.push({ placement, person, past: known, session, context, wanted, hidden });
    };
    add('home', past, [], [], inside);
    let pages = 0;
    for (let k = 0; k + 1 < inside.length && pages < PRODUCT_PAGES_A_PERSON; k++) {
      const here = inside[k]!;
      const sitting = sittingAfter(inside, k);
      if (sitting.length === 0) continue;
      const before = doings.slice(0, from + k);
      add('product', pastOf(before), sessionBefore(before, here.at), [here.item], sitting);
      if (sitting.some(({ item }) => item !== here.item)) pages++;
    }
    const first = inside.findIndex(({ weight }) => weight >= CART);
    if (first < 0) return;
    const rest = sittingAfter(inside, first).filter(({ weight }) => weight === CART || weight === PURCHASE);
    const before = doings.slice(0, from + first);
    add('cart', pastOf(before), sessionBefore(before, inside[first]!.at), [inside[first]!.item], rest);
  });
  return found;
}

/** What follows `inside[k]` without a pause of half an hour. */
const sittingAfter = (inside: readonly Doing[], k: number): Doing[] => {
  const rest: Doing[] = [];
  let last = inside[k]!.at;
  for (const doing of inside.slice(k + 1)) {
    if (doing.at - last > SESSION_GAP_MS) break;
    last = doing.at;
    rest.push(doing);
  }
  return rest;
};
