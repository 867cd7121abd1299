import { beforeAll, describe, expect, it } from 'vitest';
import { EventInput } from '../../interactions/event.schema.js';
import { type DemoSeeds, readDemoSeeds } from './demo-seeds.js';
import { appealOf, likesOf, simulateShoppers } from './simulate-shoppers.js';

const now = new Date('2026-06-01T12:00:00Z');
const seed = 7;
let seeds: DemoSeeds;
let events: EventInput[];

beforeAll(async () => {
  seeds = await readDemoSeeds();
  events = simulateShoppers({ ...seeds, seed, now });
});

const numberOf = (userId: string): number => Number(userId.replace('demo-shopper-', '')) - 1;

/** Mean over all purchased items of the buyer's appeal, less that buyer's mean over what `standard` names; the buyer's tastes are those of shopper `tasteOf(n)`. */
const advantage = (tasteOf: (shopper: number) => number, standard: (itemId: string) => string[]): number => {
  const differences = events
    .filter((event) => event.type === 'purchase')
    .flatMap((event) => {
      const likes = likesOf(seeds.tastes, tasteOf(numberOf(event.userId!)), seed);
      return event.itemIds!.map((id) => {
        const others = standard(id);
        return (
          appealOf(seeds.tastes, likes, id) -
          others.reduce((sum, other) => sum + appealOf(seeds.tastes, likes, other), 0) / others.length
        );
      });
    });
  return differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
};

describe('simulated shoppers', () => {
  it('do the same for the same seed, and something else for another', () => {
    expect(simulateShoppers({ ...seeds, seed, now })).toEqual(events);
    expect(simulateShoppers({ ...seeds, seed: seed + 1, now })).not.toEqual(events);
  });

  it('do 15 to 25 things each on average, in the last 90 days, oldest first, with consent, and are labelled as simulated', () => {
    const people = new Set(events.map((event) => event.userId));
    expect(people.size).toBe(400);
    expect(events.length / people.size).toBeGreaterThan(15);
    expect(events.length / people.size).toBeLessThan(25);
    for (const event of events) {
      expect(event.userId).toMatch(/^demo-shopper-\d{3}$/);
      expect(event.consent).toEqual({ personalization: true });
      const age = now.getTime() - Date.parse(event.at!);
      expect(age).toBeGreaterThan(0);
      expect(age).toBeLessThan(90 * 86_400_000);
    }
    expect(events.map((event) => event.at)).toEqual(events.map((event) => event.at).sort());
  });

  it('leave events the shop takes, each under an id of its own', () => {
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    expect(events.filter((event) => !EventInput.safeParse(event).success)).toEqual([]);
    const types = new Set(events.map((event) => event.type));
    for (const type of ['view', 'click', 'add_to_cart', 'wishlist', 'purchase', 'rating'])
      expect(types).toContain(type);
  });

  it('buy what they put into the cart before, nothing twice and nothing out of stock', () => {
    const gone = new Set(seeds.items.filter((item) => item.availability === 'out_of_stock').map((item) => item.id));
    expect(gone.size).toBeGreaterThan(0);
    const owned = new Set<string>();
    const carts = new Set<string>();
    for (const event of events) {
      if (event.type === 'add_to_cart') carts.add(`${event.sessionId} ${event.itemId}`);
      if (event.type !== 'purchase') continue;
      for (const id of event.itemIds!) {
        expect(carts).toContain(`${event.sessionId} ${id}`);
        expect(gone).not.toContain(id);
        expect(owned).not.toContain(`${event.userId} ${id}`);
        owned.add(`${event.userId} ${id}`);
      }
    }
    expect(owned.size).toBeGreaterThan(400);
  });

  it('buy by their own hidden tastes: better than the shelf, within a category too, and not by a stranger’s tastes', () => {
    const everything = seeds.items.map((item) => item.id);
    const category = new Map(seeds.items.map((item) => [item.id, item.categories![0]]));
    const sameShelf = (id: string): string[] => everything.filter((other) => category.get(other) === category.get(id));
    const own = advantage(
      (shopper) => shopper,
      () => everything,
    );
    expect(own).toBeGreaterThan(0.5);
    expect(advantage((shopper) => shopper, sameShelf)).toBeGreaterThan(0.2);
    expect(
      advantage(
        (shopper) => (shopper + 137) % 400,
        () => everything,
      ),
    ).toBeLessThan(own / 3);
  });

  it('look at some products far more often than at others', () => {
    const views = new Map(seeds.items.map((item) => [item.id, 0]));
    for (const event of events) if (event.type === 'view') views.set(event.itemId!, views.get(event.itemId!)! + 1);
    const counts = [...views.values()].sort((a, b) => b - a);
    expect(counts[0]!).toBeGreaterThan(2 * counts[Math.floor(counts.length / 2)]!);
    expect(counts.at(-1)!).toBeGreaterThan(0);
  });

  it('refuse a product of which the tastes say nothing, by its id', () => {
    const stranger = { id: 'stranger', categories: ['Elsewhere'] };
    expect(() => simulateShoppers({ tastes: seeds.tastes, items: [stranger], seed, now })).toThrow(/stranger/);
  });
});
