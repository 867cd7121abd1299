import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { TransformersEncoder } from '../../src/embedding/transformers-encoder.js';
import { seededRandom } from '../../src/maths/random.js';
import { type Load, postLoad } from '../lib/load.js';
import { checkout, makeInstall, type Started, serverKey, startProduct } from '../lib/made-install.js';
import { anew, madePictures } from '../lib/made-pictures.js';
import { filters, itemId, visitorId } from '../lib/made-shop.js';

/** Items on pages: the n-th most popular is looked at 1 / (n + 50) as often. */
const POPULAR_FROM = 50;

/**
 * Full recommendations over HTTP: visitors with a past, the item on the page with its picture, a filter, reasons – under concurrent load while
 * events stream in – against a Nest route that says the same bytes, in one run on one machine, the load generator included.
 *
 * `--items` (100,000), `--databases` (embedded,postgresql), `--seconds` of each load (10), `--visitors`, `--among` (so many of them are about at the time: all), `--connections`, `--index`, `--keep FOLDER` (the embedded
 * shop is kept there for the next run), `--prepare` (fills and indexes it, and measures nothing), `--profile FOLDER` (a processor profile of the product),
 * `--dist FOLDER` (another build), `--brief` (saturation and half of it, little else), `--warm` (seconds of load before anything is measured: twice `--seconds`)
 */
export const run = async (options: Record<string, string>) => {
  const items = Number(options.items ?? 100_000);
  const visitors = Number(options.visitors ?? 2_000);
  const among = Number(options.among ?? visitors);
  const seconds = Number(options.seconds ?? 10);
  const connections = Number(options.connections ?? 16);
  const rows: Record<string, string | number>[] = [];
  const databases: Record<string, unknown> = {};
  for (const database of (options.databases ?? 'embedded,postgresql').split(',') as ('embedded' | 'postgresql')[]) {
    const install = await makeInstall(
      database,
      { items, visitors, eventsAVisitor: 20 },
      { VITRINE_INDEX: options.index ?? 'hnsw' },
      options.keep,
    );
    let product: Started | null = null;
    try {
      product = await startProduct(
        install.env,
        options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [],
        options.dist,
      );
      const indexedSeconds = await product.indexed();
      if (options.prepare) {
        await snapshotOf(install.env.VITRINE_DATA_DIR!);
        databases[database] = { fillSeconds: round(install.fillSeconds), indexedSeconds: round(indexedSeconds) };
        continue;
      }
      const recommend = `${product.url}/v1/recommendations`;
      const random = seededRandom(5);
      const imageIds = await upload(product.url, 20);
      const popular = (): number =>
        Math.min(items - 1, Math.floor(POPULAR_FROM * ((items / POPULAR_FROM + 1) ** random.next() - 1)));
      let asked = 0;
      const bodies =
        (images: (item: string) => object, shares = Object.keys(filters), which = popular, isKnown = true) =>
        (): string => {
          // Numbers are scattered over the catalogue, so that the popular are of all kinds.
          const item = itemId((which() * 7_919) % items);
          return JSON.stringify({
            placement: 'product',
            visitorId: isKnown ? visitorId(random.below(among)) : undefined,
            context: { itemIds: [item], images: [images(item)] },
            filter: filters[shares[asked++ % shares.length]!],
            limit: 12,
            explain: true,
          });
        };
      const ofItems = bodies((item) => ({ itemId: item, index: 0 }));
      const bare = await startBare(await sample(recommend, ofItems()));
      const events = streamEvents(product.url, items, visitors);
      try {
        await postLoad(recommend, serverKey, ofItems, { seconds: Number(options.warm ?? 2 * seconds), connections });
        await postLoad(bare.url, serverKey, ofItems, { seconds: 2, connections });
        const add = (what: string, load: Load, ceiling?: Load, processorMs?: number): void => {
          rows.push({
            database,
            what,
            'requests/s': Math.round(load.requestsPerSecond),
            'against bare': ceiling ? Number((load.requestsPerSecond / ceiling.requestsPerSecond).toFixed(3)) : '',
            'p50 ms': round(load.p50Ms),
            'p90 ms': round(load.p90Ms),
            'p99 ms': round(load.p99Ms),
            'processor ms a request': processorMs ?? '',
            failed: load.failed,
          });
        };
        // Taking turns, so that what else the machine does hits both.
        const ceilings = [await postLoad(bare.url, serverKey, ofItems, { seconds: seconds / 2, connections })];
        const before = product.processorSeconds();
        const full = await postLoad(recommend, serverKey, ofItems, { seconds, connections });
        const processorMs = round(
          ((product.processorSeconds() - before) * 1_000) / Math.max(1, full.requestsPerSecond * seconds),
        );
        ceilings.push(await postLoad(bare.url, serverKey, ofItems, { seconds: seconds / 2, connections }));
        const ceiling = {
          ...ceilings[0]!,
          requestsPerSecond: ceilings.reduce((sum, { requestsPerSecond }) => sum + requestsPerSecond / 2, 0),
        };
        add('a bare Nest route with the same bytes', ceiling);
        add('history, item with its picture, filters from 90 to .1 %', full, ceiling, processorMs);
        const half = await postLoad(recommend, serverKey, ofItems, {
          seconds,
          connections,
          rate: Math.max(10, Math.round(full.requestsPerSecond / 2)),
        });
        add('the same at half of saturation', half);
        const uniform = bodies(
          (item) => ({ itemId: item, index: 0 }),
          Object.keys(filters),
          () => random.below(items),
        );
        add(
          'every item looked at as often as any other',
          await postLoad(recommend, serverKey, uniform, { seconds: seconds / 2, connections }),
          ceiling,
        );
        if (options.brief) continue;
        const uploads = bodies(() => ({ imageId: imageIds[random.below(imageIds.length)]! }));
        add(
          'with an uploaded picture (imageId)',
          await postLoad(recommend, serverKey, uploads, { seconds: seconds / 2, connections }),
          ceiling,
        );
        for (const share of Object.keys(filters))
          add(
            `filter that passes ${share} alone`,
            await postLoad(
              recommend,
              serverKey,
              bodies((item) => ({ itemId: item, index: 0 }), [share]),
              { seconds: seconds / 2, connections },
            ),
            ceiling,
          );
        const pictures = await madePictures(100, 600);
        const alone = await encoderAlone(pictures, seconds / 2);
        let shown = 0;
        const photographed = bodies(() => {
          const bytes = anew(pictures[shown % pictures.length]!, shown++);
          return { data: bytes.toString('base64') };
        });
        const fresh = await postLoad(recommend, serverKey, photographed, { seconds: seconds / 2, connections });
        add('with the bytes of a new photograph (600 × 600)', fresh, ceiling);
        rows.at(-1)!['of the encoder alone'] = Number((fresh.requestsPerSecond / alone).toFixed(2));
        const anonymous = bodies((item) => ({ itemId: item, index: 0 }), Object.keys(filters), popular, false);
        add(
          'nobody known, item with its picture',
          await postLoad(recommend, serverKey, anonymous, { seconds: seconds / 2, connections }),
          ceiling,
        );
      } finally {
        const streamed = await events.stop();
        await bare.stop();
        databases[database] = {
          fillSeconds: round(install.fillSeconds),
          readySeconds: round(product.readySeconds),
          indexedSeconds: round(indexedSeconds),
          memoryMB: Math.round(product.memory() / 2 ** 20),
          ...streamed,
        };
      }
    } finally {
      await product?.stop();
      await install.remove();
    }
  }
  return { items, visitors, among, connections, seconds, databases, rows };
};

/** Waits until the built index has been verified and lies on disk. */
const snapshotOf = async (folder: string): Promise<void> => {
  for (;;) {
    const files = await readdir(join(folder, 'indexes'), { recursive: true }).catch(() => []);
    if (files.some((name) => name.endsWith('header.json') && !name.includes('.part'))) return;
    await new Promise((wake) => setTimeout(wake, 200));
  }
};

const sample = async (url: string, body: string): Promise<string> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  const { items } = JSON.parse(text) as { items?: unknown[] };
  if (response.status !== 200 || items?.length !== 12)
    throw new Error(`not a full answer to measure with: ${text.slice(0, 500)}`);
  return text;
};

const startBare = async (answer: string): Promise<{ url: string; stop(): Promise<void> }> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bare-route.js', import.meta.url))], {
    env: { ...process.env, BARE_ANSWER: answer },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const url = await new Promise<string>((ready, fail) => {
    child.stdout.on('data', (chunk) => {
      const found = /bare ready (\S+)/.exec(String(chunk));
      if (found) ready(found[1]!);
    });
    child.once('exit', (code) => fail(new Error(`the bare route ended with ${code}`)));
  });
  return {
    url: `${url}/v1/recommendations`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};

/** Fifty events a second of the same visitors, one call each; says how many were taken and how long a call took. */
const streamEvents = (url: string, items: number, visitors: number) => {
  const random = seededRandom(8);
  const times: number[] = [];
  let accepted = 0;
  const timer = setInterval(async () => {
    const from = performance.now();
    const response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        type: 'view',
        visitorId: visitorId(random.below(visitors)),
        itemId: itemId(random.below(items)),
      }),
    }).catch(() => null);
    times.push(performance.now() - from);
    if (response?.status === 202) accepted++;
    await response?.arrayBuffer().catch(() => null);
  }, 20);
  return {
    async stop() {
      clearInterval(timer);
      times.sort((a, b) => a - b);
      return {
        eventsAccepted: accepted,
        eventP50Ms: round(times[Math.floor(times.length / 2)] ?? 0),
        eventP99Ms: round(times[Math.floor(times.length * 0.99)] ?? 0),
      };
    },
  };
};

/** Pictures a second, from JPEG to vector, when the encoder has the machine to itself. */
const encoderAlone = async (pictures: readonly Buffer[], seconds: number): Promise<number> => {
  const encoder = await TransformersEncoder.open({
    model: join(checkout, 'models', 'vitrine-clip'),
    limits: { maxBytes: 15 * 1024 * 1024, maxPixels: 40_000_000 },
    cacheDir: '.',
    device: 'cpu',
    first: 'backfill',
  });
  await encoder.images(pictures.slice(0, 8));
  const from = performance.now();
  let done = 0;
  while (performance.now() - from < seconds * 1_000) {
    await encoder.images(Array.from({ length: 16 }, (_, at) => pictures[(done + at) % pictures.length]!));
    done += 16;
  }
  const rate = (done * 1_000) / (performance.now() - from);
  await encoder.close();
  return rate;
};

const upload = async (url: string, count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const picture = await sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        background: { r: (i * 37) % 256, g: (i * 91) % 256, b: (i * 53) % 256 },
      },
    })
      .jpeg()
      .toBuffer();
    const response = await fetch(`${url}/v1/images`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'image/jpeg' },
      body: new Uint8Array(picture),
    });
    if (response.status !== 201)
      throw new Error(`the upload was answered ${response.status}: ${await response.text()}`);
    ids.push(((await response.json()) as { imageId: string }).imageId);
  }
  return ids;
};

const round = (value: number): number => Number(value.toFixed(2));
