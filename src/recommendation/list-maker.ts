import { diversify, type Rankable } from '../maths/diversify.js';
import { seededRandom } from '../maths/random.js';
import type { LiveCatalogue } from '../retrieval/retrieval.api.js';
import type { LiveRule } from './live-rules.js';
import type { Ranked } from './ranking.js';

/** A ranked item in its place. */
export interface PlacedItem extends Ranked {
  placedBy: 'score' | 'diversity' | 'rule' | 'exploration';
  /** Probability with which this item took this place, for estimates from the log. */
  propensity: number;
}

/** Lists shorter than this are not explored. */
const EXPLORED_FROM = 8;
/** Share of lists whose last place is given to a candidate from just behind the list. */
export const EXPLORATION_SHARE = 0.1;
const EXPLORATION_POOL = 20;
const DIVERSITY_POOL = 4;

export interface ListOptions {
  limit: number;
  diversity: number;
  rules: readonly LiveRule[];
  catalogue: LiveCatalogue;
  /** Seed of exploration; null for none. */
  seed: string | null;
}

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
};

/**
 * Makes the list of ranked items (best first, one per product): diversity, then a last place for exploration, then pins. Exactly
 * `min(limit, ranked)` of them.
 *
 * Exploration only ever touches the last place and takes someone from just behind the list, so that scores still fall down
 * the list; the same seed explores the same way.
 */
export const makeList = (ranked: readonly Ranked[], options: ListOptions): PlacedItem[] => {
  const { limit, catalogue } = options;
  const pool = ranked.slice(0, Math.max(DIVERSITY_POOL * limit, 40));
  const list = diversify(
    pool.map(({ key, score }) => new Comparable(key, score, catalogue)),
    limit,
    options.diversity,
  ).map(({ at, moved }): PlacedItem => {
    const entry = placed(pool[at]!, moved ? 'diversity' : 'score');
    const byRule = [...entry.contributions, ...entry.penalties].some(({ source }) => source === 'rule');
    return byRule && !moved ? { ...entry, placedBy: 'rule' } : entry;
  });
  explore(list, ranked, options);
  return pin(list, ranked, options);
};

/** Most candidates never come near a place: their vectors are not looked at. */
class Comparable implements Rankable {
  #vector: Float32Array | null | undefined;

  constructor(
    private readonly key: number,
    readonly score: number,
    private readonly catalogue: LiveCatalogue,
  ) {}

  get vector(): Float32Array | null {
    if (this.#vector === undefined) this.#vector = this.catalogue.vector(this.key) ?? null;
    return this.#vector;
  }
}

const placed = (
  { key, item, score, contributions, penalties }: Ranked,
  placedBy: PlacedItem['placedBy'],
  propensity = 1,
): PlacedItem => ({ key, item, score, contributions, penalties, placedBy, propensity });

const explore = (list: PlacedItem[], ranked: readonly Ranked[], { limit, seed }: ListOptions): void => {
  if (seed === null || list.length < Math.max(limit, EXPLORED_FROM) || ranked.length <= limit) return;
  const taken = new Set(list.map(({ key }) => key));
  const last = list.at(-1)!;
  const behind = ranked.filter(({ key, score }) => !taken.has(key) && score <= last.score).slice(0, EXPLORATION_POOL);
  if (behind.length === 0) return;
  const random = seededRandom(hash(seed));
  if (random.next() >= EXPLORATION_SHARE) {
    last.propensity = 1 - EXPLORATION_SHARE;
    return;
  }
  const chosen = behind[random.below(behind.length)]!;
  list[list.length - 1] = placed(chosen, 'exploration', EXPLORATION_SHARE / behind.length);
};

const pin = (list: PlacedItem[], ranked: readonly Ranked[], { limit, rules }: ListOptions): PlacedItem[] => {
  const pins = rules
    .filter(({ kind }) => kind === 'pin')
    .sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  if (pins.length === 0) return list;
  const pinned = new Map<number, PlacedItem>();
  const groups = new Set<number>();
  for (const rule of pins) {
    const named = new Map(rule.itemIds.map((id, index) => [id, index]));
    const order = (entry: Ranked) => named.get(entry.item.id) ?? named.size;
    const wanted = ranked
      .filter(({ item }) => rule.matches(item))
      .sort((a, b) => order(a) - order(b) || b.score - a.score || a.key - b.key);
    let place = Math.max(1, rule.position) - 1;
    for (const entry of wanted) {
      while (pinned.has(place)) place++;
      if (place >= limit) break;
      if (groups.has(entry.item.group)) continue;
      groups.add(entry.item.group);
      const pin = placed(entry, 'rule');
      const contributions = pin.contributions.some(({ source }) => source === 'rule')
        ? pin.contributions
        : [
            ...pin.contributions,
            {
              source: 'rule' as const,
              amount: Math.max(
                1e-6,
                pin.contributions.reduce((sum, { amount }) => sum + amount, 0),
              ),
            },
          ];
      pinned.set(place, { ...pin, contributions });
    }
  }
  const others = list.filter(({ item }) => !groups.has(item.group));
  const length = Math.min(limit, ranked.length);
  const result: PlacedItem[] = [];
  for (let place = 0; result.length < length; place++) {
    const next = pinned.get(place) ?? others.shift();
    if (next) {
      pinned.delete(place);
      result.push(next);
    } else if (pinned.size > 0) {
      const [first] = [...pinned.keys()].sort((a, b) => a - b);
      result.push(pinned.get(first!)!);
      pinned.delete(first!);
    } else break;
  }
  return result;
};
