import sharp from 'sharp';
import { seededRandom } from '../../src/maths/random.js';
import { makeInstall, type Started, serverKey, startProduct } from '../lib/made-install.js';
import { itemId } from '../lib/made-shop.js';

interface Listed {
  items: { id: string; reasons?: { source: string }[] }[];
}

/** What was waited for: times in ms, and in how many cases the very next answer had it. */
interface Waited {
  times: number[];
  atOnce: number;
}

const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 5;

/**
 * How soon the shop knows: from a visitor's event to a changed answer, from a new item with a photograph to the first list it is in, from a change of stock or
 * a deletion to a list without it; on one process, and on PostgreSQL also between two processes, one written to and the other asked. Beside each, a call that waits for nothing.
 *
 * `--items` (20,000), `--databases` (embedded,postgresql), `--times` each is tried (50)
 */
export const run = async (options: Record<string, string>) => {
  const items = Number(options.items ?? 20_000);
  const times = Number(options.times ?? 50);
  const rows: Record<string, string | number>[] = [];
  for (const database of (options.databases ?? 'embedded,postgresql').split(',') as ('embedded' | 'postgresql')[]) {
    const install = await makeInstall(database, { items, visitors: 200, eventsAVisitor: 20 });
    const products: Started[] = [];
    try {
      const one = await startProduct(install.env);
      products.push(one);
      await one.indexed();
      await settle(one.url);
      rows.push(...(await measure(one.url, one.url, items, times, database)));
      if (database === 'postgresql') {
        const other = await startProduct(install.env);
        products.push(other);
        await other.indexed();
        rows.push(...(await measure(one.url, other.url, items, times, 'postgresql, asked of another process')));
      }
    } finally {
      for (const product of products) await product.stop();
      await install.remove();
    }
  }
  return { items, times, rows };
};

/** @param told the process that is written to @param asked the process that answers */
const measure = async (told: string, asked: string, items: number, times: number, database: string) => {
  const random = seededRandom(23);
  const run = `${Date.now()}-${random.below(1e6)}`;
  const idle: number[] = [];
  const event: Waited = { times: [], atOnce: 0 };
  const created: Waited = { times: [], atOnce: 0 };
  const acknowledged: number[] = [];
  const soldOut: Waited = { times: [], atOnce: 0 };
  const deleted: Waited = { times: [], atOnce: 0 };
  for (let n = 0; n < times; n++) {
    const visitorId = `fresh-${run}-${n}`;
    const home = { placement: 'home', visitorId, limit: 12 };
    await recommend(asked, home);
    const began = performance.now();
    const before = (await recommend(asked, home)).items.map(({ id }) => id).join();
    idle.push(performance.now() - began);
    const viewed = itemId(random.below(items));
    await until(
      event,
      () => call(told, 'POST', '/v1/events', { type: 'view', visitorId, itemId: viewed }),
      async () => (await recommend(asked, home)).items.map(({ id }) => id).join() !== before,
    );

    const id = `new-${run}-${n}`;
    const data = await picture(n, random.below(1e6));
    const similar = { placement: 'search', limit: 12, context: { images: [{ data }] } };
    const listed = async () => (await recommend(asked, similar)).items.some((item) => item.id === id);
    await until(
      created,
      async () => {
        const from = performance.now();
        await call(told, 'PUT', `/v1/items/${id}`, { id, title: `A new thing, number ${n}`, images: [{ data }] });
        acknowledged.push(performance.now() - from);
      },
      listed,
    );
    await until(
      soldOut,
      () => call(told, 'PATCH', `/v1/items/${id}`, { availability: 'out_of_stock' }),
      async () => !(await listed()),
    );
    await call(told, 'PATCH', `/v1/items/${id}`, { availability: 'in_stock' });
    while (!(await listed())) await pause();
    await until(
      deleted,
      () => call(told, 'DELETE', `/v1/items/${id}`),
      async () => !(await listed()),
    );
  }
  const row = (what: string, values: readonly number[], atOnce?: number) => ({
    database,
    what,
    'p50 ms': quantile(values, 0.5),
    'p90 ms': quantile(values, 0.9),
    'p99 ms': quantile(values, 0.99),
    'in the very next answer': atOnce === undefined ? '' : `${atOnce} of ${values.length}`,
  });
  return [
    row('an answer that waits for nothing', idle),
    row('event, to a changed answer', event.times, event.atOnce),
    row('new item with a photograph, to its acknowledgement', acknowledged),
    row('new item with a photograph, to the first list it is in', created.times, created.atOnce),
    row('sold out, to a list without it', soldOut.times, soldOut.atOnce),
    row('deleted, to a list without it', deleted.times, deleted.atOnce),
  ];
};

/** The catalogue was put in behind the product's back: its first own item makes the default fusion's means anew, over everything. */
const settle = async (url: string): Promise<void> => {
  const id = 'settling';
  const data = await picture(1, 1);
  await call(url, 'PUT', `/v1/items/${id}`, { id, title: 'The first own item', images: [{ data }] });
  const similar = { placement: 'search', limit: 12, context: { images: [{ data }] } };
  for (let looks = 0; looks < 600; looks++) {
    const { items } = await recommend(url, similar);
    if (items.some((item) => item.id === id && item.reasons?.some(({ source }) => source === 'context.image'))) return;
    await new Promise((wake) => setTimeout(wake, 500));
  }
  throw new Error('the first own item was not to be found by its picture within five minutes');
};

/** Does a thing and asks until it shows; the time from its start to the end of the answer that showed it. */
const until = async (waited: Waited, act: () => Promise<unknown>, shown: () => Promise<boolean>): Promise<void> => {
  const began = performance.now();
  await act();
  for (let look = 1; ; look++) {
    if (await shown()) {
      waited.times.push(performance.now() - began);
      if (look === 1) waited.atOnce++;
      return;
    }
    if (performance.now() - began > PATIENCE_MS) throw new Error(`nothing changed within ${PATIENCE_MS} ms`);
    await pause();
  }
};

const pause = (): Promise<void> => new Promise((wake) => setTimeout(wake, LOOK_EVERY_MS));

const call = async (url: string, method: string, path: string, body?: object): Promise<unknown> => {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${serverKey}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body ? JSON.stringify(body) : null,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  return text ? JSON.parse(text) : null;
};

const recommend = (url: string, body: object): Promise<Listed> =>
  call(url, 'POST', '/v1/recommendations', body) as Promise<Listed>;

/** A picture that no other item has. */
const picture = async (n: number, seed: number): Promise<string> => {
  const colour = (part: number) =>
    `rgb(${(seed * (part + 3)) % 256},${(n * 37 + part * 91) % 256},${(seed >> 4) % 256})`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320"><rect width="320" height="320" fill="${colour(1)}"/><circle cx="${80 + (seed % 160)}" cy="${80 + (n % 7) * 20}" r="${30 + (seed % 50)}" fill="${colour(2)}"/></svg>`;
  return (await sharp(Buffer.from(svg)).jpeg().toBuffer()).toString('base64');
};

const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1));
};
