import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemRecord } from '../catalog/catalog.api.js';
import { anyFilter, anyItem } from './filter.conformance.js';
import { compileFilter, type FilterableItem } from './filter.js';
import { LiveCatalogue } from './live-catalogue.js';
import { parseFilter } from './read-filter.js';

const now = new Date('2026-03-01T00:00:00Z');

const record = (key: number, more: Partial<FilterableItem> = {}): ItemRecord =>
  ({
    key,
    id: `p${key}`,
    groupId: null,
    title: `Product ${key}`,
    description: null,
    url: null,
    categories: [],
    brand: null,
    sku: null,
    price: null,
    availability: 'in_stock',
    tags: [],
    attributes: {},
    publishedAt: null,
    language: null,
    createdAt: now,
    video: null,
    image: null,
    pictures: [],
    reviewCount: 0,
    ...more,
  }) as unknown as ItemRecord;

describe('the live catalogue', () => {
  it('gives for any filter exactly the recommendable items that pass it, through any changes', () => {
    const change = fc.record({ key: fc.integer({ min: 0, max: 40 }), item: fc.option(anyItem) });
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            changes: fc.array(change, { maxLength: 12 }),
            filter: anyFilter,
            hours: fc.integer({ min: -9_000, max: 9_000 }),
          }),
          { maxLength: 8 },
        ),
        anyFilter,
        (steps, again) => {
          const catalogue = new LiveCatalogue();
          const held = new Map<number, ItemRecord>();
          for (const { changes, filter, hours } of steps) {
            for (const { key, item } of changes) {
              if (item === null) {
                catalogue.remove(key);
                held.delete(key);
              } else {
                const changed = record(key, { ...item, id: `p${key}` });
                catalogue.put(changed);
                held.set(key, changed);
              }
            }
            const at = new Date(now.getTime() + hours * 3_600_000);
            for (const json of [filter, again]) {
              const holds = compileFilter(parseFilter(json));
              const sold = [...held.values()].filter(
                ({ availability, publishedAt }) =>
                  ['in_stock', 'preorder'].includes(availability) && (publishedAt === null || publishedAt <= at),
              );
              const { set, selectivity } = catalogue.matching(parseFilter(json), at);
              const expected = sold.filter(holds).map(({ key }) => key);
              expect([...set.keys()]).toEqual(expected.sort((a, b) => a - b));
              expect(set.count).toBe(expected.length);
              if (sold.length > 0) expect(selectivity).toBeCloseTo(expected.length / sold.length, 9);
            }
          }
          expect(catalogue.size).toBe(held.size);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('recommends nothing before its hour, and knows the hour when it comes', () => {
    const catalogue = new LiveCatalogue();
    catalogue.put(record(1, { publishedAt: new Date('2026-03-02T00:00:00Z') }));
    catalogue.put(record(2));
    expect([...catalogue.recommendable(now).keys()]).toEqual([2]);
    expect([...catalogue.recommendable(new Date('2026-03-02T00:00:00Z')).keys()]).toEqual([1, 2]);
    expect([...catalogue.recommendable(now).keys()]).toEqual([2]);
  });

  it('takes no answer that was a little slower for a step back in time', () => {
    const catalogue = new LiveCatalogue();
    const hour = new Date('2026-03-02T00:00:00Z');
    catalogue.put(record(1, { publishedAt: hour }));
    catalogue.put(record(2));
    const after = (ms: number) => new Date(hour.getTime() + ms);
    const changed = (work: () => void): boolean => {
      const before = catalogue.changes.position;
      work();
      return catalogue.changes.position !== before || !catalogue.changes.since(before, new Set());
    };
    catalogue.recommendable(after(50));
    expect(changed(() => catalogue.recommendable(after(20)))).toBe(false);
    expect(changed(() => expect([...catalogue.recommendable(after(-20)).keys()]).toEqual([1, 2]))).toBe(false);
    expect(changed(() => catalogue.recommendable(after(60)))).toBe(false);
    // What comes between the two is judged by the earlier one, and known when the later comes again.
    catalogue.recommendable(after(3_600_000));
    expect(changed(() => catalogue.recommendable(after(70)))).toBe(false);
    catalogue.put(record(3, { publishedAt: after(1_000) }));
    expect([...catalogue.recommendable(after(80)).keys()]).toEqual([1, 2]);
    expect([...catalogue.recommendable(after(1_000)).keys()]).toEqual([1, 2, 3]);
    expect([...catalogue.recommendable(after(-3_600_000)).keys()]).toEqual([2]);
  });

  it('knows items by id and key, and products by their variants, through changes', () => {
    const catalogue = new LiveCatalogue();
    catalogue.put(record(1, { groupId: 'g' }));
    catalogue.put(record(2, { groupId: 'g' }));
    catalogue.put(record(3));
    const { group } = catalogue.byId('p1')!;
    expect(catalogue.byKey(2)!.group).toBe(group);
    expect(catalogue.variants(group)).toEqual([1, 2]);
    expect(catalogue.variants(catalogue.byId('p3')!.group)).toEqual([3]);
    catalogue.put(record(2, { groupId: null }));
    expect(catalogue.variants(group)).toEqual([1]);
    catalogue.remove(1);
    expect(catalogue.variants(group)).toEqual([]);
    expect(catalogue.byId('p1')).toBeUndefined();
    expect(catalogue.size).toBe(2);
  });

  it('holds an item’s single vectors close to what they were, and forgets them with the item', () => {
    const catalogue = new LiveCatalogue();
    const vectors = [0, 1, 2].map((seed) => {
      const vector = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i * (seed + 1) + seed));
      const length = Math.hypot(...vector);
      return vector.map((value) => value / length);
    });
    catalogue.put(record(5));
    catalogue.putParts('image', 5, [
      { ordinal: 0, vector: vectors[0]! },
      { ordinal: 1, vector: vectors[1]! },
      { ordinal: 3, vector: vectors[2]! },
    ]);
    const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(catalogue.pictures(5)).toHaveLength(2);
    expect(cosine(catalogue.picture(5, 3)!, vectors[2]!)).toBeGreaterThan(0.999);
    expect(catalogue.picture(5, 2)).toBeUndefined();
    catalogue.remove(5);
    expect(catalogue.pictures(5)).toEqual([]);
  });
});
