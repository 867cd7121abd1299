import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../../test/support/databases.js';
import { seededRandom } from '../maths/random.js';
import {
  type Database,
  loadSettings,
  migrate,
  openDatabase,
  type Settings,
  SystemClock,
} from '../platform/platform.api.js';
import { exactNearest } from './exact-vector-index.js';
import type { HnswVectorIndex } from './hnsw/hnsw-vector-index.js';
import { IndexEngine } from './index-engine.js';
import { loadKernel } from './kernel/dot-kernel.js';
import { clusteredVectors } from './vector-index.conformance.js';
import { VectorTable } from './vector-table.js';

const dimension = 32;
const items = 12_000;
const model = { version: 'f1' };

describe('an index that is being built', () => {
  let settings: Settings;
  let database: Database;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const installation = await testDatabases()[0]!.install();
    remove = installation.remove;
    ({ settings } = loadSettings({ env: installation.env, envFolder: null }));
    database = await openDatabase(settings);
    await migrate(database);
  });
  afterAll(async () => {
    await database?.close();
    await remove?.();
  });

  it('is kept now and then: a start after a kill goes on from there, and finds what a whole one finds', {
    timeout: 120_000,
  }, async () => {
    const table = new VectorTable(dimension, 'float32', await loadKernel());
    clusteredVectors(seededRandom(4), items, dimension, 60).forEach((vector, key) => {
      table.put(key, [{ ordinal: 0, vector }]);
    });
    const open = () => new IndexEngine(settings, database, pino({ level: 'silent' }), new SystemClock());
    const folder = join(settings.dataDir, 'indexes', 'hnsw');
    const kept = async () => (await readdir(folder).catch(() => [])).filter((name) => !name.endsWith('.part'));

    const first = open();
    first.keptWhileBuiltMs = 50;
    await first.open(model, table);
    await expect.poll(async () => (await kept()).length, { timeout: 60_000, interval: 10 }).toBeGreaterThan(0);
    expect(first.status().pending).toBeGreaterThan(0);
    // As a kill would: nothing is written on the way out.
    await (first.index as HnswVectorIndex).close();

    const second = open();
    await second.open(model, table);
    expect(second.status()).toMatchObject({ warmStart: true, refusedSnapshot: null });
    expect(second.status().pending).toBeGreaterThan(0);
    expect(second.status().pending).toBeLessThan(items);
    const graph = second.index as HnswVectorIndex;
    await graph.settled();
    for (let key = 0; key < items; key += 997) {
      const query = table.get(key)!;
      const found = (await graph.nearest(query, 10, null)).map((one) => one.key);
      expect(found).toEqual(exactNearest(table, query, 10, null).map((one) => one.key));
    }
    await second.onApplicationShutdown();
  });
});
