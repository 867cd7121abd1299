import type { EventInput } from '../../interactions/interactions.api.js';
import { type Random, seededRandom } from '../../maths/maths.api.js';
import type { DemoTastes } from './demo-tastes.js';

/** What the simulation reads of a product of the catalogue. */
export interface DemoItem {
  id: string;
  categories?: readonly string[];
  price?: { amount: number; currency: string };
  availability?: string;
}

export interface SimulationOptions {
  tastes: DemoTastes;
  /** Products; each needs its entry in `tastes.items`. */
  items: readonly DemoItem[];
  /** How many shoppers; 400 unless told. */
  shoppers?: number;
  seed: number;
  /** All events lie in the 90 days before it. */
  now: Date;
}

/** A simulated shopper's own weights on the dimensions of `tastes`, of length 1. */
export type ShopperLikes = Readonly<Record<string, number>>;

const DAYS = 90;
const DAY_MS = 86_400_000;
/** How much a shopper's second archetype counts beside the first, and how far anybody strays from a type. */
const SECOND_TYPE = 0.35;
const STRAY = 0.25;
/** Spread of the part of an item's appeal that everybody shares; with it a few items are seen far more than others. */
const POPULARITY_SPREAD = 0.9;
/** How strongly looking follows liking: odds of exp(SHARPNESS) for one unit of appeal. */
const SHARPNESS = 2.2;
/** Share of looks that stay with what the shopper came for. */
const ON_ERRAND = 0.7;

const shopperSeed = (seed: number, shopper: number): number =>
  (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(shopper + 1, 0xc2b2ae35)) >>> 0;

/** An index drawn with odds proportional to `exp(appeal)`. Cost O(n). */
function drawByAppeal(appeals: readonly number[], random: Random): number {
  const highest = Math.max(...appeals);
  const odds = appeals.map((appeal) => Math.exp(appeal - highest));
  let left = random.next() * odds.reduce((sum, odd) => sum + odd, 0);
  for (let i = 0; i < odds.length; i++) {
    left -= odds[i]!;
    if (left < 0) return i;
  }
  return odds.length - 1;
}

/** What shopper number `shopper` (from 0) likes: mostly one archetype, a second one beside it, and a little of their own. */
export function likesOf(tastes: DemoTastes, shopper: number, seed: number): ShopperLikes {
  const random = seededRandom(shopperSeed(seed, shopper));
  const shares = tastes.archetypes.map((archetype) => Math.log(archetype.share));
  const first = tastes.archetypes[drawByAppeal(shares, random)]!;
  const second = tastes.archetypes[drawByAppeal(shares, random)]!;
  const raw = tastes.dimensions.map(
    ({ name }) => (first.likes[name] ?? 0) + SECOND_TYPE * (second.likes[name] ?? 0) + STRAY * random.normal(),
  );
  const length = Math.sqrt(raw.reduce((sum, value) => sum + value * value, 0)) || 1;
  return Object.fromEntries(tastes.dimensions.map(({ name }, i) => [name, raw[i]! / length]));
}

/** How much a shopper takes to an item, by hidden attributes alone: Σ likes · attributes, about −2 to 2. */
export function appealOf(tastes: DemoTastes, likes: ShopperLikes, itemId: string): number {
  const attributes = tastes.items[itemId];
  if (attributes === undefined)
    throw new RangeError(
      `tastes.json says nothing of the item ${itemId}; every item of the demo shop needs its line there`,
    );
  return tastes.dimensions.reduce((sum, { name }) => sum + (likes[name] ?? 0) * (attributes[name] ?? 0), 0);
}

interface Shelf {
  items: readonly DemoItem[];
  popularity: readonly number[];
  tastes: DemoTastes;
}

/** One shopper's doings, in order of time. */
class Shopper {
  readonly userId: string;
  readonly events: EventInput[] = [];
  private readonly random: Random;
  private readonly liking: readonly number[];
  private readonly appeal: readonly number[];
  private readonly bought = new Set<number>();

  constructor(
    private readonly shelf: Shelf,
    number: number,
    seed: number,
  ) {
    this.userId = `demo-shopper-${String(number + 1).padStart(3, '0')}`;
    this.random = seededRandom(shopperSeed(seed + 1, number));
    const likes = likesOf(shelf.tastes, number, seed);
    this.liking = shelf.items.map((item) => appealOf(shelf.tastes, likes, item.id));
    this.appeal = this.liking.map((liking, i) => SHARPNESS * liking + shelf.popularity[i]!);
  }

  /** One visit to the shop: an errand, some looks, perhaps a purchase, perhaps a verdict some days later. */
  visit(sessionId: string, start: number, end: number): void {
    const errand = this.drawErrand();
    const cart: number[] = [];
    const seen = new Set<number>();
    let at = start;
    const note = (event: Omit<EventInput, 'id' | 'userId' | 'sessionId' | 'at' | 'consent'>): void => {
      at += 8_000 + this.random.below(90_000);
      this.write({ ...event, sessionId }, at);
    };
    const looks = 3 + this.random.below(3);
    for (let look = 0; look < looks; look++) {
      const i = this.drawItem(errand, seen);
      if (i === null) break;
      seen.add(i);
      const itemId = this.shelf.items[i]!.id;
      if (this.random.next() < 0.25) note({ type: 'click', itemId });
      note({ type: 'view', itemId });
      const wish = this.liking[i]! + 0.5 * this.random.normal();
      if (wish > 0.8 && this.random.next() < 0.3) note({ type: 'wishlist', itemId });
      if (wish > 1.05 && this.shelf.items[i]!.availability !== 'out_of_stock') {
        note({ type: 'add_to_cart', itemId, quantity: 1 });
        if (this.random.next() < 0.1) note({ type: 'remove_from_cart', itemId });
        else cart.push(i);
      }
    }
    if (cart.length > 0 && this.random.next() < 0.65) {
      note({ type: 'purchase', itemIds: cart.map((i) => this.shelf.items[i]!.id), value: this.total(cart) });
      for (const i of cart) this.bought.add(i);
      this.rate(cart, at, end);
    }
  }

  private rate(cart: readonly number[], boughtAt: number, end: number): void {
    for (const i of cart) {
      const at = boughtAt + (2 + this.random.below(10)) * DAY_MS + this.random.below(DAY_MS / 2);
      const stars = Math.min(5, Math.max(1, Math.round(3.6 + this.liking[i]! + 0.8 * this.random.normal())));
      if (this.random.next() < 0.2 && at < end)
        this.write({ type: 'rating', itemId: this.shelf.items[i]!.id, value: stars }, at);
    }
  }

  private total(cart: readonly number[]): number {
    return Math.round(cart.reduce((sum, i) => sum + (this.shelf.items[i]!.price?.amount ?? 0), 0) * 100) / 100;
  }

  /** What the shopper came for: a category, the likelier the more its best items appeal. */
  private drawErrand(): string {
    const best = new Map<string, number[]>();
    this.shelf.items.forEach((item, i) => {
      const category = item.categories?.[0] ?? '';
      best.set(category, [...(best.get(category) ?? []), this.appeal[i]!]);
    });
    const categories = [...best.keys()];
    const appeals = categories.map((category) => {
      const top = best
        .get(category)!
        .sort((a, b) => b - a)
        .slice(0, 4);
      return top.reduce((sum, appeal) => sum + appeal, 0) / top.length;
    });
    return categories[drawByAppeal(appeals, this.random)]!;
  }

  /** The next item to look at; null when everything has been seen. Nothing twice in a visit, nothing already bought. */
  private drawItem(errand: string, seen: ReadonlySet<number>): number | null {
    const open = this.shelf.items.map((_, i) => i).filter((i) => !seen.has(i) && !this.bought.has(i));
    const near = open.filter((i) => this.shelf.items[i]!.categories?.[0] === errand);
    const among = near.length > 0 && this.random.next() < ON_ERRAND ? near : open;
    if (among.length === 0) return null;
    return among[
      drawByAppeal(
        among.map((i) => this.appeal[i]!),
        this.random,
      )
    ]!;
  }

  private write(event: Omit<EventInput, 'id' | 'userId' | 'at' | 'consent'>, at: number): void {
    this.events.push({
      id: `${this.userId}-event-${String(this.events.length + 1).padStart(3, '0')}`,
      ...event,
      userId: this.userId,
      at: new Date(at).toISOString(),
      consent: { personalization: true },
    });
  }
}

/**
 * The doings of simulated shoppers, oldest first, in the shape of the events batch: some 15 to 25 events each (views, clicks, wish lists,
 * carts, purchases, a few ratings) in two to four visits within the 90 days before `now`, all with consent. They are made up and say so in
 * their ids (`demo-shopper-017`). What shoppers look at and buy follows the hidden attributes of `tastes`, a popularity that all share, and chance;
 * no encoder has a part in it. The same options give the same events; another `now` moves only the times. Cost O(shoppers · items).
 */
export function simulateShoppers({ tastes, items, shoppers = 400, seed, now }: SimulationOptions): EventInput[] {
  if (items.length === 0) return [];
  const crowd = seededRandom(seed);
  const shelf: Shelf = { tastes, items, popularity: items.map(() => POPULARITY_SPREAD * crowd.normal()) };
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const events: EventInput[] = [];
  for (let number = 0; number < shoppers; number++) {
    const shopper = new Shopper(shelf, number, seed);
    const visits = 2 + crowd.below(3);
    const starts = Array.from(
      { length: visits },
      () => today - (1 + crowd.below(DAYS - 2)) * DAY_MS + (7 + 14 * crowd.next()) * 3_600_000,
    );
    starts.sort((a, b) => a - b);
    for (const [visit, start] of starts.entries()) shopper.visit(`${shopper.userId}-visit-${visit + 1}`, start, today);
    events.push(...shopper.events);
  }
  return events.sort((a, b) => a.at!.localeCompare(b.at!) || a.id!.localeCompare(b.id!));
}
