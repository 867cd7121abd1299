import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import type { ItemRecord } from '../catalog/catalog.api.js';
import type { FusionModel } from '../fusion/fusion.api.js';
import { seededRandom } from '../maths/random.js';
import { everything } from './filter.js';
import type { IndexEngine } from './index-engine.js';
import { LiveCatalogue } from './live-catalogue.js';
import { NearMemory } from './near-memory.js';
import { parseFilter } from './read-filter.js';
import { Retrieval } from './retrieval.service.js';
import { ScanThread } from './scan/scan-thread.js';
import { unitNoise } from './vector-index.conformance.js';
import { VectorTable } from './vector-table.js';

const DIMENSION = 16;
const noon = new Date('2026-03-01T12:00:00Z');
const noIndex = { over: () => null, answered: () => undefined, name: 'none' } as unknown as IndexEngine;

/** A catalogue of `count` items whose prices are spread from 0 to 99, scanned exactly. */
const open = (count: number) => {
  const random = seededRandom(3);
  const catalogue = new LiveCatalogue();
  const table = new VectorTable(DIMENSION, 'float32');
  catalogue.useVectors({ version: 'f1' } as FusionModel, table);
  const put = (key: number, more: Partial<ItemRecord> = {}): void =>
    catalogue.put({
      ...{ key, id: `p${key}`, groupId: null, title: 'A thing', categories: [], brand: null, sku: null },
      ...{ price: { amount: key % 100, currency: 'EUR' }, availability: 'in_stock', tags: [], attributes: {} },
      ...{ publishedAt: null, language: null, createdAt: noon, image: null, pictures: [], reviewCount: 0 },
      ...more,
    } as unknown as ItemRecord);
  const putVector = (key: number, vector = unitNoise(random, DIMENSION)): void =>
    table.put(key, [{ ordinal: 0, vector }]);
  for (let key = 0; key < count; key++) {
    put(key);
    putVector(key);
  }
  return {
    random,
    catalogue,
    table,
    put,
    putVector,
    retrieval: new Retrieval(catalogue, noIndex, new ScanThread(pino({ level: 'silent' }))),
  };
};

/** Whole scans: those over more than a handful of keys. */
const countScans = (table: VectorTable) => {
  const spy = vi.spyOn(table, 'nearest');
  return () => spy.mock.calls.filter(([, , allowed]) => (allowed?.count ?? Number.POSITIVE_INFINITY) > 256).length;
};

describe('questions asked again', () => {
  it('are answered as a search would, whoever asks, while items come, change, sell out and go', async () => {
    const { random, catalogue, table, put, putVector, retrieval } = open(3_000);
    const questions = Array.from({ length: 6 }, () => unitNoise(random, DIMENSION));
    const filters = [everything, ...[{ lt: 90 }, { lt: 50 }, { lt: 25 }].map((price) => parseFilter({ price }))];
    const scans = countScans(table);
    let asked = 0;
    for (let round = 0; round < 120; round++) {
      for (let change = random.below(4); change > 0; change--) {
        const key = random.below(3_100);
        if (random.next() < 0.2) catalogue.remove(key);
        else if (random.next() < 0.3) put(key, { availability: 'out_of_stock' });
        else {
          put(key, { price: { amount: random.below(100), currency: 'EUR' } });
          // Some move right beside a question.
          putVector(key, random.next() < 0.5 ? questions[random.below(6)]!.slice() : undefined);
        }
      }
      const filter = filters[random.below(filters.length)]!;
      const allowed = catalogue.matching(filter, noon).set;
      for (let i = 0; i < 20; i++) allowed.delete(random.below(3_000));
      const some = questions.slice(0, 1 + random.below(6));
      const { candidates } = await retrieval.nearestAmong(some, 20, { allowed, filter, now: noon });
      expect(candidates).toEqual(
        some.map((query) => table.nearest(query, 20, allowed).map(({ key, score }) => ({ key, score }))),
      );
      asked += some.length;
    }
    // Those of the check are scans as well: nearly all others were remembered.
    expect(scans() - asked).toBeLessThan(asked / 3);
  });

  it('are scanned once for everybody, and for broad filters too', async () => {
    const { random, catalogue, table, retrieval } = open(2_000);
    const scans = countScans(table);
    const question = unitNoise(random, DIMENSION);
    for (const price of [99, 90, 80, 70]) {
      const filter = parseFilter({ price: { lt: price } });
      const allowed = catalogue.matching(filter, noon).set.removeAll([1, 2, price]);
      await retrieval.nearestAmong([question], 20, { allowed, filter, now: noon });
    }
    expect(scans()).toBe(1);
  });

  it('reach those to whom nearly all of a list was shown', async () => {
    const { random, catalogue, table, retrieval } = open(2_000);
    const question = unitNoise(random, DIMENSION);
    const allowed = catalogue.matching(everything, noon).set;
    for (const { key } of table.nearest(question, 500, null)) allowed.delete(key);
    const { candidates } = await retrieval.nearestAmong([question], 20, { allowed, filter: everything, now: noon });
    expect(candidates[0]).toEqual(table.nearest(question, 20, allowed).map(({ key, score }) => ({ key, score })));
  });

  it('see an item whose hour has come, without anybody writing anything', async () => {
    const { random, catalogue, put, putVector, retrieval } = open(2_000);
    const question = unitNoise(random, DIMENSION);
    const later = new Date(noon.getTime() + 60_000);
    put(77, { publishedAt: new Date(noon.getTime() + 30_000) });
    putVector(77, question.slice());
    const first = async (now: Date) => {
      const allowed = catalogue.matching(everything, now).set;
      return (await retrieval.nearestAmong([question], 5, { allowed, filter: everything, now })).candidates[0]![0]!.key;
    };
    expect(await first(noon)).not.toBe(77);
    expect(await first(later)).toBe(77);
  });

  it('are forgotten when more changed than is worth looking at, and when memory is full', () => {
    const { random, catalogue, table, putVector } = open(2_000);
    const memory = new NearMemory(catalogue.changes, 10_000);
    const all = catalogue.matching(everything, noon).set;
    const [question, ...others] = Array.from({ length: 30 }, () => unitNoise(random, DIMENSION));
    const store = (query: Float32Array) =>
      memory.store(table, 'all', query, table.nearest(query, 40, all), 40, memory.positions(table));
    store(question!);
    for (let key = 0; key < 256; key++) putVector(key);
    expect(memory.recall(table, 'all', question!, 20, all)).not.toBeNull();
    putVector(300);
    expect(memory.recall(table, 'all', question!, 20, all)).toBeNull();
    store(question!);
    others.forEach(store);
    expect(memory.size).toBeLessThan(15);
    expect(memory.recall(table, 'all', question!, 20, all)).toBeNull();
  });
});
