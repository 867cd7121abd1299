import { postLoad } from '../lib/load.js';
import { makeInstall, type Started, serverKey, startProduct } from '../lib/made-install.js';
import { anew, madePictures } from '../lib/made-pictures.js';
import { itemId } from '../lib/made-shop.js';

const LINES = 50;
/** Precision of the loop's clock, which the product's metrics count in. */
const RESOLUTION_MS = 10;
const admin = { authorization: 'Bearer bench-admin-key-0123456789' };

/**
 * A shop's first hour: items with a photograph each come in and are embedded, fused and indexed by the one process that answers HTTP. How long its event
 * loop is held up meanwhile, and how long a product page waits.
 *
 * `--items` (10,000), `--side` of a photograph in pixels (600), `--database` (embedded), `--rate` of pages a second (10), `--profile FOLDER` (a processor profile of the product)
 */
export const run = async (options: Record<string, string>) => {
  const items = Number(options.items ?? 10_000);
  const database = (options.database ?? 'embedded') as 'embedded' | 'postgresql';
  const pictures = await madePictures(100, Number(options.side ?? 600));
  const install = await makeInstall(database, { items: 0, visitors: 0, eventsAVisitor: 0 });
  try {
    const product = await startProduct(
      install.env,
      options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [],
    );
    try {
      await loopDelay(product);
      const began = performance.now();
      const importing = importItems(product, items, pictures);
      let isDone = false;
      const done = importing
        .then(() => settled(product))
        .finally(() => {
          isDone = true;
        });
      const waits: { p50: number; p99: number; failed: number }[] = [];
      let asked = 0;
      while (!isDone) {
        const load = await postLoad(
          `${product.url}/v1/recommendations`,
          serverKey,
          () => JSON.stringify({ placement: 'product', context: { itemIds: [itemId(asked++ % items)] } }),
          { seconds: 10, connections: 8, rate: Number(options.rate ?? 10) },
        );
        waits.push({ p50: load.p50Ms, p99: load.p99Ms, failed: load.failed });
      }
      await done;
      const seconds = (performance.now() - began) / 1_000;
      const delay = await loopDelay(product);
      const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
      return {
        items,
        database,
        rows: [
          {
            items,
            database,
            'embedded and indexed after s': Number(seconds.toFixed(1)),
            'items/s': Number((items / seconds).toFixed(1)),
            'loop delay beyond the resolution, p50 ms': delay.p50,
            'p99 ms': delay.p99,
            'longest ms': delay.max,
            'a product page, p50 ms': Number(middle(waits.map(({ p50 }) => p50)).toFixed(1)),
            'p99 ms of the middle ten seconds': Number(middle(waits.map(({ p99 }) => p99)).toFixed(1)),
            'p99 ms of the worst': Number(Math.max(...waits.map(({ p99 }) => p99)).toFixed(1)),
            failed: waits.reduce((sum, { failed }) => sum + failed, 0),
            'memory MB': Math.round(product.memory() / 2 ** 20),
          },
        ],
      };
    } finally {
      await product.stop();
    }
  } finally {
    await install.remove();
  }
};

const importItems = async (product: Started, items: number, pictures: readonly Buffer[]): Promise<void> => {
  for (let from = 0; from < items; from += LINES) {
    const lines = Array.from({ length: Math.min(LINES, items - from) }, (_, at) => {
      const number = from + at;
      return JSON.stringify({
        id: itemId(number),
        title: `A product of the shop with a title of usual length, number ${number}`,
        categories: [`Top ${number % 10}`],
        images: [{ data: anew(pictures[number % pictures.length]!, number).toString('base64') }],
      });
    });
    const response = await fetch(`${product.url}/v1/items/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    const text = await response.text();
    const { accepted } = JSON.parse(text) as { accepted?: number };
    if (accepted !== lines.length) throw new Error(`a batch was not taken whole: ${text.slice(0, 500)}`);
  }
};

/** Waits until every item has vectors and the index holds them all. */
const settled = async (product: Started): Promise<void> => {
  for (;;) {
    const response = await fetch(`${product.url}/v1/admin/status`, { headers: admin });
    const { catalogue } = (await response.json()) as { catalogue: { waiting: number } };
    if (catalogue.waiting === 0) break;
    await new Promise((wake) => setTimeout(wake, 500));
  }
  await product.indexed();
};

/** Delay of the product's event loop since this was last asked, in milliseconds beyond the clock's resolution. */
const loopDelay = async (product: Started): Promise<{ p50: number; p99: number; max: number }> => {
  const text = await (await fetch(`${product.url}/metrics`, { headers: admin })).text();
  const read = (name: string): number => {
    const found = new RegExp(`^vitrine_nodejs_eventloop_lag_${name}_seconds ([\\d.e+-]+)$`, 'm').exec(text);
    if (!found) throw new Error(`the product tells no event loop delay: ${text.slice(0, 300)}`);
    return Number(Math.max(0, Number(found[1]) * 1_000 - RESOLUTION_MS).toFixed(1));
  };
  return { p50: read('p50'), p99: read('p99'), max: read('max') };
};
