import type { ItemRecord } from '../../src/catalog/catalog.api.js';
import type { FusionModel } from '../../src/fusion/fusion.api.js';
import { seededRandom } from '../../src/maths/random.js';
import { loadKernel } from '../../src/retrieval/kernel/dot-kernel.js';
import { LiveCatalogue } from '../../src/retrieval/live-catalogue.js';
import { parseFilter } from '../../src/retrieval/read-filter.js';
import { VectorTable } from '../../src/retrieval/vector-table.js';

/** The live catalogue: what an item costs in memory, and what a filter and a change cost in time. `--items`, `--dimension`, `--pictures`. */
export const run = async (options: Record<string, string>) => {
  const items = Number(options.items ?? 100_000);
  const dimension = Number(options.dimension ?? 256);
  const pictures = Number(options.pictures ?? 1);
  const random = seededRandom(4);
  const kernel = await loadKernel();
  const catalogue = new LiveCatalogue(kernel);
  const rss = process.memoryUsage().rss;
  for (let key = 1; key <= items; key++) catalogue.put(record(key, random.next()));
  globalThis.gc?.();
  const heapAnItem = Math.round((process.memoryUsage().rss - rss) / items);
  const table = new VectorTable(dimension, 'float32', kernel);
  const vector = Float32Array.from({ length: dimension }, () => 1 / Math.sqrt(dimension));
  for (let key = 1; key <= items; key++) {
    table.put(key, [{ ordinal: 0, vector }]);
    catalogue.putParts('text', key, [{ ordinal: 0, vector }]);
    catalogue.putParts(
      'image',
      key,
      Array.from({ length: pictures }, (_, at) => ({ ordinal: at + 1, vector })),
    );
  }
  catalogue.useVectors({ version: 'bench' } as FusionModel, table);
  const bytes = Object.fromEntries(
    Object.entries(catalogue.vectorBytes()).map(([name, size]) => [name, Math.round(size / items)]),
  );

  const now = new Date('2026-06-01T00:00:00Z');
  const filters = [
    { brand: 'brand 7' },
    { price: { lte: 80 } },
    { category: { under: 'Top 3' } },
    { 'attributes.colour': { in: ['red', 'green'] } },
    { category: { under: 'Top 1' }, price: { gte: 20, lt: 60 }, brand: { ne: 'brand 7' } },
    { or: [{ tags: 'tag 5' }, { not: { availability: 'in_stock' } }, { publishedAt: { gt: '2026-01-01T00:00:00Z' } }] },
    { id: { in: Array.from({ length: 100 }, (_, i) => `product-${i * 7}`) } },
  ];
  catalogue.recommendable(now);
  const rows: Record<string, string | number>[] = [];
  for (const json of filters) {
    const filter = parseFilter(json);
    const first = timed(() => catalogue.matching(filter, now));
    const again = Array.from({ length: 200 }, () => timed(() => catalogue.matching(filter, now))).sort((a, b) => a - b);
    // The fields are indexed by now; another filter over them is new to the catalogue.
    const fresh = Array.from({ length: 50 }, (_, at) => {
      const other = parseFilter({ and: [json, { id: { ne: `never ${at}` } }] });
      return timed(() => catalogue.matching(other, now));
    }).sort((a, b) => a - b);
    rows.push({
      filter: JSON.stringify(json).slice(0, 70),
      passing: catalogue.matching(filter, now).set.count,
      'first ms (indexes its fields)': first,
      'new filter p50 ms': fresh[25]!,
      'asked before p50 ms': again[100]!,
      'asked before p99 ms': again[198]!,
    });
  }
  const changes = Array.from({ length: 2_000 }, (_, at) =>
    timed(() => catalogue.put(record(1 + ((at * 37) % items), random.next()))),
  ).sort((a, b) => a - b);
  return {
    items,
    dimension,
    pictures,
    heapAnItem,
    vectorBytesAnItem: bytes,
    changeP50Ms: changes[1_000],
    changeP99Ms: changes[1_980],
    rows,
  };
};

const timed = (work: () => unknown): number => {
  const from = performance.now();
  work();
  return Number((performance.now() - from).toFixed(4));
};

const record = (key: number, chance: number): ItemRecord => ({
  key,
  id: `product-${key}`,
  groupId: key % 3 === 0 ? `group-${Math.floor(key / 9)}` : null,
  title: `A product of the shop with a title of usual length, number ${key}`,
  description: null,
  url: `https://shop.example/products/product-${key}`,
  categories: [`Top ${key % 10} > Middle ${key % 70}`],
  brand: `brand ${key % 500}`,
  sku: `SKU-${key}`,
  price: { amount: Math.round(chance * 10_000) / 100, currency: 'EUR' },
  availability: key % 20 === 0 ? 'out_of_stock' : 'in_stock',
  tags: [`tag ${key % 40}`],
  attributes: { colour: ['red', 'green', 'blue', 'black'][key % 4]!, size: key % 12 },
  publishedAt: key % 5 === 0 ? new Date(Date.UTC(2025, key % 12, 1)) : null,
  language: 'en',
  createdAt: new Date(Date.UTC(2025, 0, 1)),
  video: null,
  image: `/v1/pictures/${key.toString(16).padStart(64, '0')}`,
  pictures: [{ ordinal: 1, contentHash: key.toString(16).padStart(64, '0'), alt: null, state: 'ready' }],
  reviewCount: 3,
});
