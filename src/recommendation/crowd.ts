import { Injectable } from '@nestjs/common';
import { ActiveBehaviour } from '../behaviour/behaviour.api.js';
import { type Bitset, LiveCatalogue } from '../retrieval/retrieval.api.js';
import { arrivalDay, NEW_DAYS, NewArrivals } from './new-arrivals.js';
import type { Question } from './question.js';

/** Scores of the sources that ask no questions, by item key. */
export type Tables = Record<'behaviour' | 'session' | 'together' | 'popular' | 'new', ReadonlyMap<number, number>>;

const DAY_MS = 86_400_000;
/** When more of the catalogue than this is new, being new means nothing. */
const MOST_NEW_SHARE = 0.2;
const MOST_POPULAR = 500;
const MOST_PLACED = 1_000;

/** What others do: behaviour folded in from the visitor's past, sessions, baskets, popularity; and what is new. */
@Injectable()
export class Crowd {
  private placed: { of: readonly { key: number }[]; places: ReadonlyMap<number, number> } | null = null;

  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly behaviour: ActiveBehaviour,
    private readonly arrivals: NewArrivals,
  ) {}

  /** From memory alone. */
  tables({ request, now, visitor, context, allowed, behaviour: model }: Question): Tables {
    const { past } = visitor;
    const weighted = [...past.liked].flatMap(([id, weight]) => {
      const item = this.catalogue.byId(id);
      return item ? [{ key: item.key, weight }] : [];
    });
    const session = [...new Set([...keysOf(this.catalogue, past.session), ...context.keys])];
    const basket = [
      ...new Set([...context.keys, ...(request.placement === 'cart' ? keysOf(this.catalogue, past.cart) : [])]),
    ];
    const popular = new Map<number, number>();
    for (const { key, score } of this.behaviour.popular(now)) {
      if (!allowed.has(key)) continue;
      popular.set(key, score);
      if (popular.size >= MOST_POPULAR) break;
    }
    return {
      behaviour: model && weighted.length > 0 ? model.scores(weighted) : new Map(),
      session: session.length > 0 ? this.behaviour.session(session) : new Map(),
      together: basket.length > 0 ? this.behaviour.together(basket) : new Map(),
      popular,
      new: this.newest(now, allowed),
    };
  }

  /** Distinct people who engaged with an item in the window in memory. */
  people(key: number): number {
    return this.behaviour.support(key);
  }

  /** Days of arrival of what is new; nothing when so much is that being new means nothing. */
  private newest(now: Date, allowed: Bitset): Map<number, number> {
    const today = Math.floor(now.getTime() / DAY_MS);
    const fresh = new Map<number, number>();
    for (const key of this.arrivals.newest()) {
      const item = this.catalogue.byKey(key);
      if (!item || !allowed.has(key)) continue;
      const day = arrivalDay(item);
      if (today - day > NEW_DAYS) break;
      fresh.set(key, day);
    }
    return fresh.size > MOST_NEW_SHARE * this.catalogue.size ? new Map() : fresh;
  }

  /** How much more popular an item is than what the visitor usually takes, by rank, 0 to 1 (calibration after Steck 2018, in one step). */
  tooPopular({ visitor, now }: Question, tables: Tables, keys: readonly number[]): Float64Array {
    const place = this.placesOf(this.behaviour.popular(now));
    const level = (key: number): number =>
      2 ** (-(place.get(key) ?? Number.POSITIVE_INFINITY) / Math.max(4, place.size / 10));
    let sum = 0;
    let weights = 0;
    for (const [id, weight] of visitor.past.liked) {
      const item = this.catalogue.byId(id);
      if (!item) continue;
      sum += weight * level(item.key);
      weights += weight;
    }
    const usual = weights > 0 ? sum / weights : 1;
    const values = new Float64Array(keys.length);
    for (let at = 0; at < values.length; at++)
      if (tables.popular.has(keys[at]!)) values[at] = Math.max(0, level(keys[at]!) - usual);
    return values;
  }

  /** Places of the most popular, the same as long as the list is. */
  private placesOf(popular: readonly { key: number }[]): ReadonlyMap<number, number> {
    if (this.placed?.of !== popular)
      this.placed = { of: popular, places: new Map(popular.slice(0, MOST_PLACED).map(({ key }, at) => [key, at])) };
    return this.placed.places;
  }
}

/** Keys of the items with these ids; unknown ones are left out. */
export const keysOf = (catalogue: LiveCatalogue, ids: Iterable<string>): number[] =>
  [...ids].flatMap((id) => catalogue.byId(id)?.key ?? []);
