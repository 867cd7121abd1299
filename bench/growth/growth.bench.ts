import { seededRandom } from '../../src/maths/random.js';
import { postLoad } from '../lib/load.js';
import { makeInstall, serverKey, startProduct } from '../lib/made-install.js';
import { filters, itemId, visitorId } from '../lib/made-shop.js';
import { fitExponent } from './fit-exponent.js';

interface Point {
  items: number;
  visitors: number;
  events: number;
  p50Ms: number;
  processorMs: number;
  memoryMB: number;
  readySeconds: number;
  indexedSeconds: number;
}

const EVENTS_A_VISITOR = 20;

/**
 * Time of a request, processor time of a request, memory and start, against the number of items and against the number of visitors and their
 * events: measured at a few sizes over HTTP, one call after another, and the exponents fitted to them.
 *
 * `--items` (5000,20000,80000), `--visitors` (500,2000,8000), `--seconds` (3), `--database` (postgresql)
 */
export const run = async (options: Record<string, string>) => {
  const numbers = (text: string): number[] => text.split(',').map(Number);
  const sizes = numbers(options.items ?? '5000,20000,80000');
  const crowds = numbers(options.visitors ?? '500,2000,8000');
  const seconds = Number(options.seconds ?? 3);
  const database = (options.database ?? 'postgresql') as 'embedded' | 'postgresql';
  const byItems: Point[] = [];
  for (const items of sizes) byItems.push(await measure(database, items, crowds[0]!, seconds));
  const byVisitors: Point[] = [byItems[0]!];
  for (const visitors of crowds.slice(1)) byVisitors.push(await measure(database, sizes[0]!, visitors, seconds));
  const measures = ['p50Ms', 'processorMs', 'memoryMB', 'readySeconds'] as const;
  const exponents = (points: readonly Point[], of: 'items' | 'events') =>
    Object.fromEntries(
      measures.map((measure) => [
        measure,
        Number(fitExponent(points.map((point) => [point[of], point[measure]] as const)).toFixed(3)),
      ]),
    );
  return {
    database,
    seconds,
    exponentsByItems: exponents(byItems, 'items'),
    exponentsByEvents: exponents(byVisitors, 'events'),
    rows: [
      ...byItems.map((point) => ({ against: 'items', ...point })),
      ...byVisitors.map((point) => ({ against: 'events', ...point })),
      { against: 'items: exponent', ...exponents(byItems, 'items') },
      { against: 'events: exponent', ...exponents(byVisitors, 'events') },
    ],
  };
};

const measure = async (
  database: 'embedded' | 'postgresql',
  items: number,
  visitors: number,
  seconds: number,
): Promise<Point> => {
  const install = await makeInstall(database, { items, visitors, eventsAVisitor: EVENTS_A_VISITOR });
  try {
    const product = await startProduct(install.env);
    try {
      const indexedSeconds = await product.indexed();
      const random = seededRandom(5);
      const shares = Object.keys(filters);
      const bodies = Array.from({ length: 500 }, (_, at) => {
        const item = itemId(random.below(items));
        return JSON.stringify({
          placement: 'product',
          visitorId: visitorId(random.below(visitors)),
          context: { itemIds: [item], images: [{ itemId: item, index: 0 }] },
          filter: filters[shares[at % shares.length]!],
        });
      });
      const url = `${product.url}/v1/recommendations`;
      await postLoad(url, serverKey, bodies, { seconds, connections: 1 });
      const before = product.processorSeconds();
      const load = await postLoad(url, serverKey, bodies, { seconds, connections: 1 });
      const used = product.processorSeconds() - before;
      return {
        items,
        visitors,
        events: visitors * EVENTS_A_VISITOR,
        p50Ms: Number(load.p50Ms.toFixed(3)),
        processorMs: Number(((used * 1_000) / Math.max(1, load.requestsPerSecond * seconds)).toFixed(3)),
        memoryMB: Math.round(product.memory() / 2 ** 20),
        readySeconds: Number(product.readySeconds.toFixed(2)),
        indexedSeconds: Number(indexedSeconds.toFixed(2)),
      };
    } finally {
      await product.stop();
    }
  } finally {
    await install.remove();
  }
};
