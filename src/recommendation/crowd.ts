import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ActiveBehaviour, type ScoredItem } from '../behaviour/behaviour.api.js';
import { type Bitset, type Filter, filterText, LiveCatalogue } from '../retrieval/retrieval.api.js';
import { arrivalDay, NEW_DAYS, NewArrivals } from './new-arrivals.js';
import { pastKeys } from './past-keys.js';
import type { Question } from './question.js';

/** Scores of the sources that ask no questions, by item key. */
export type Tables = Record<'behaviour' | 'session' | 'together' | 'popular' | 'new', ReadonlyMap<number, number>>;

/** Places in a list of the popular: of its first, from 0, and by key of all, from 1. */
interface Places {
  of: readonly { key: number }[];
  first: ReadonlyMap<number, number>;
  orders: Int32Array;
}

const DAY_MS = 86_400_000;
/** When more of the catalogue than this is new, being new means nothing. */
const MOST_NEW_SHARE = 0.2;
const MOST_POPULAR = 200;
/** So many more are remembered of a filter, since some are not for everybody. */
const POPULAR_TO_SPARE = 200;
const FILTERS_REMEMBERED = 64;
const MOST_PLACED = 1_000;

/** The most popular under one filter. */
interface PopularBy {
  of: readonly ScoredItem[];
  position: number;
  /** Places in `of`, ascending. */
  orders: readonly number[];
  /** Nothing else of `of` passes. */
  isWhole: boolean;
  /** The first of them, as an answer to whoever may see them all. */
  first: ReadonlyMap<number, number>;
}

/** What others do: behaviour folded in from the visitor's past, sessions, baskets, popularity; and what is new. */
@Injectable()
export class Crowd {
  private placed: Places | null = null;
  private readonly popularOfFilters = new LRUCache<string, PopularBy>({ max: FILTERS_REMEMBERED });

  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly behaviour: ActiveBehaviour,
    private readonly arrivals: NewArrivals,
  ) {}

  /** From memory alone. */
  tables(question: Question): Tables {
    const { request, now, visitor, context, allowed, behaviour: model } = question;
    const { past } = visitor;
    const { liked, session: seen } = pastKeys(past, this.catalogue);
    const session = [...new Set([...seen, ...context.keys])];
    const basket = [
      ...new Set([...context.keys, ...(request.placement === 'cart' ? keysOf(this.catalogue, past.cart) : [])]),
    ];
    return {
      behaviour: model && liked.length > 0 ? model.scores(liked) : new Map(),
      session: session.length > 0 ? this.behaviour.session(session) : new Map(),
      together: basket.length > 0 ? this.behaviour.together(basket) : new Map(),
      popular: this.popularOf(question),
      new: this.newest(now, allowed),
    };
  }

  /** The most popular of what is allowed, best first. */
  private popularOf({ filter, allowed, now }: Question): ReadonlyMap<number, number> {
    const all = this.behaviour.popular(now);
    const { orders, isWhole, first } = this.popularBy(filter, all, now);
    if (isAllIn(first, allowed)) return first;
    const popular = new Map<number, number>();
    for (let at = 0; at < orders.length && popular.size < MOST_POPULAR; at++) {
      const { key, score } = all[orders[at]!]!;
      if (allowed.has(key)) popular.set(key, score);
    }
    if (isWhole || popular.size >= MOST_POPULAR) return popular;
    // So much of it is not for this visitor that what is remembered does not reach.
    for (const { key, score } of all) {
      if (popular.size >= MOST_POPULAR) break;
      if (allowed.has(key)) popular.set(key, score);
    }
    return popular;
  }

  /**
   * Places in `all` of the most popular that pass a filter, remembered until popularity or the catalogue changes. Few of many are looked up instead of waited for. Cost when they
   * are not remembered: the smaller of what passes and what is popular.
   */
  private popularBy(filter: Filter, all: readonly ScoredItem[], now: Date): PopularBy {
    const name = filterText(filter);
    const { position } = this.catalogue.changes;
    const known = this.popularOfFilters.get(name);
    if (known?.of === all && known.position === position) return known;
    const { set } = this.catalogue.matching(filter, now);
    const orders: number[] = [];
    const most = MOST_POPULAR + POPULAR_TO_SPARE;
    if (set.count * 4 < all.length) {
      const places = this.placesOf(all).orders;
      set.each((key) => {
        const order = places[key] ?? 0;
        if (order > 0) orders.push(order - 1);
      });
      orders.sort((a, b) => a - b);
    } else for (let at = 0; at < all.length && orders.length < most; at++) if (set.has(all[at]!.key)) orders.push(at);
    const first = new Map(orders.slice(0, MOST_POPULAR).map((order) => [all[order]!.key, all[order]!.score]));
    const found = { of: all, position, orders: orders.slice(0, most), isWhole: orders.length < most, first };
    this.popularOfFilters.set(name, found);
    return found;
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
  tooPopular({ visitor, now }: Question, tables: Tables, positions: ReadonlyMap<number, number>): Float64Array {
    const place = this.placesOf(this.behaviour.popular(now)).first;
    const level = (key: number): number =>
      2 ** (-(place.get(key) ?? Number.POSITIVE_INFINITY) / Math.max(4, place.size / 10));
    let sum = 0;
    let weights = 0;
    for (const { key, weight } of pastKeys(visitor.past, this.catalogue).liked) {
      sum += weight * level(key);
      weights += weight;
    }
    const usual = weights > 0 ? sum / weights : 1;
    const values = new Float64Array(positions.size);
    for (const key of tables.popular.keys()) {
      const at = positions.get(key);
      if (at !== undefined) values[at] = Math.max(0, level(key) - usual);
    }
    return values;
  }

  /** Where the popular stand, the same as long as the list is. */
  private placesOf(popular: readonly { key: number }[]): Places {
    if (this.placed?.of === popular) return this.placed;
    const orders = new Int32Array(popular.reduce((most, { key }) => Math.max(most, key + 1), 0));
    popular.forEach(({ key }, at) => {
      orders[key] = at + 1;
    });
    const first = new Map(popular.slice(0, MOST_PLACED).map(({ key }, at) => [key, at]));
    this.placed = { of: popular, first, orders };
    return this.placed;
  }
}

const isAllIn = (table: ReadonlyMap<number, number>, allowed: Bitset): boolean => {
  for (const key of table.keys()) if (!allowed.has(key)) return false;
  return true;
};

/** Keys of the items with these ids; unknown ones are left out. */
export const keysOf = (catalogue: LiveCatalogue, ids: Iterable<string>): number[] =>
  [...ids].flatMap((id) => catalogue.byId(id)?.key ?? []);
