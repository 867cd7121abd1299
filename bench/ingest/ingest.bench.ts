import { seededRandom } from '../../src/maths/random.js';
import { makeInstall, serverKey, startProduct } from '../lib/made-install.js';
import { itemId } from '../lib/made-shop.js';

const BODIES = 8;

/**
 * `POST /v1/events/batch` for as long as told: how many events a second are acknowledged, which means committed, by the one process that also
 * trains and serves, the load generator included. Events have no ids of their own, so each is new.
 *
 * `--databases` (postgresql,embedded; `postgresql-synced` waits for its disk at every commit), `--seconds` (20), `--lines` of a batch (5,000), `--connections` (4), `--visitors` (10,000), `--profile` folder
 */
export const run = async (options: Record<string, string>) => {
  const seconds = Number(options.seconds ?? 20);
  const lines = Number(options.lines ?? 5_000);
  const connections = Number(options.connections ?? 4);
  const visitors = Number(options.visitors ?? 10_000);
  const items = 2_000;
  const rows: Record<string, string | number>[] = [];
  for (const database of (options.databases ?? 'postgresql,embedded').split(',')) {
    const install = await makeInstall(
      database === 'embedded' ? 'embedded' : 'postgresql',
      { items, visitors: 100, eventsAVisitor: 2 },
      {},
      undefined,
      database === 'postgresql-synced' ? ['fsync=on'] : [],
    );
    const flags = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${options.profile}`] : [];
    const product = await startProduct(install.env, flags);
    try {
      await product.indexed();
      const bodies = batches(lines, visitors, items);
      await load(product.url, bodies, 3, connections);
      const processorBefore = product.processorSeconds();
      const { events, took, times } = await load(product.url, bodies, seconds, connections);
      times.sort((a, b) => a - b);
      rows.push({
        database,
        'events/s': Math.round(events / took),
        events,
        seconds: Number(took.toFixed(1)),
        'batch p50 ms': Math.round(times[Math.floor(times.length / 2)] ?? 0),
        'batch p99 ms': Math.round(times[Math.floor(times.length * 0.99)] ?? 0),
        'processor µs an event': Math.round(((product.processorSeconds() - processorBefore) * 1e6) / events),
        'memory MB': Math.round(product.memory() / 2 ** 20),
      });
    } finally {
      await product.stop();
      await install.remove();
    }
  }
  return { lines, connections, visitors, rows };
};

const batches = (lines: number, visitors: number, items: number): string[] => {
  const random = seededRandom(3);
  const types = ['view', 'view', 'view', 'click', 'add_to_cart', 'purchase'];
  return Array.from({ length: BODIES }, () =>
    Array.from({ length: lines }, () => {
      const visitor = random.below(visitors);
      return `${JSON.stringify({
        type: types[random.below(types.length)],
        visitorId: `ingest-${visitor}`,
        sessionId: `session-${visitor}-${random.below(20)}`,
        itemId: itemId(random.below(items)),
        at: new Date(Date.now() - random.below(86_400_000)).toISOString(),
      })}\n`;
    }).join(''),
  );
};

/** Posts batches over so many connections until the time is up; what was acknowledged counts. */
const load = async (
  url: string,
  bodies: readonly string[],
  seconds: number,
  connections: number,
): Promise<{ events: number; took: number; times: number[] }> => {
  const times: number[] = [];
  let events = 0;
  let next = 0;
  const began = performance.now();
  const until = began + seconds * 1_000;
  const post = async (): Promise<void> => {
    while (performance.now() < until) {
      const sent = performance.now();
      const response = await fetch(`${url}/v1/events/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'application/x-ndjson' },
        body: bodies[next++ % bodies.length],
      });
      const answer = (await response.json()) as { accepted: number; rejected: unknown[] };
      if (!response.ok || answer.rejected.length > 0) throw new Error(`${response.status}: ${JSON.stringify(answer)}`);
      events += answer.accepted;
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: connections }, post));
  return { events, took: (performance.now() - began) / 1_000, times };
};
