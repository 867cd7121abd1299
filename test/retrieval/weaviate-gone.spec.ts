import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FusionModel } from '../../src/fusion/fusion.api.js';
import { seededRandom } from '../../src/maths/random.js';
import {
  type Database,
  loadSettings,
  migrate,
  openDatabase,
  type Settings,
  SystemClock,
} from '../../src/platform/platform.api.js';
import { exactNearest } from '../../src/retrieval/exact-vector-index.js';
import { IndexEngine } from '../../src/retrieval/index-engine.js';
import { loadKernel } from '../../src/retrieval/kernel/dot-kernel.js';
import { LiveCatalogue } from '../../src/retrieval/live-catalogue.js';
import { Retrieval } from '../../src/retrieval/retrieval.service.js';
import { ScanThread } from '../../src/retrieval/scan/scan-thread.js';
import { clusteredVectors } from '../../src/retrieval/vector-index.conformance.js';
import { VectorTable } from '../../src/retrieval/vector-table.js';
import { testDatabases } from '../support/databases.js';

const ITEMS = 25_000;
const dimension = 16;

describe('Weaviate that is not there', () => {
  let database: Database;
  let settings: Settings;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const installation = await testDatabases()[0]!.install();
    ({ remove } = installation);
    // Nobody listens on port 1.
    const env = { ...installation.env, VITRINE_INDEX: 'weaviate', WEAVIATE_URL: 'http://127.0.0.1:1?grpc=1' };
    settings = loadSettings({ env, envFolder: null }).settings;
    database = await openDatabase(settings);
    await migrate(database);
  });
  afterAll(async () => {
    await database.close();
    await remove();
  });

  it('costs no right answer: every item is compared, and the state says why', async () => {
    const kernel = await loadKernel();
    const table = new VectorTable(dimension, 'float32', kernel);
    const random = seededRandom(2);
    clusteredVectors(random, ITEMS, dimension, 30).forEach(
      (vector, key) => void table.put(key, [{ ordinal: 0, vector }]),
    );
    const catalogue = new LiveCatalogue(kernel);
    const model = { version: 'f1' } as FusionModel;
    catalogue.useVectors(model, table);
    const engine = new IndexEngine(settings, database, pino({ level: 'silent' }), new SystemClock());
    await engine.open(model, table);
    const retrieval = new Retrieval(catalogue, engine, new ScanThread(pino({ level: 'silent' })));
    try {
      for (const query of clusteredVectors(random, 5, dimension, 30)) {
        const { candidates } = await retrieval.nearest(query, 10, null);
        expect(candidates).toEqual(exactNearest(table, query, 10, null));
      }
      const until = Date.now() + 10_000;
      while (retrieval.trouble === null && Date.now() < until) await new Promise((wake) => setTimeout(wake, 20));
      expect(retrieval.trouble).toMatch(/Weaviate does not answer/);
      expect(engine.status()).toMatchObject({ configured: 'weaviate', serving: 'weaviate', pending: ITEMS });
      expect(engine.status().degraded).toMatch(/Weaviate does not answer/);
    } finally {
      await engine.onApplicationShutdown();
    }
  });

  it('is refused as a setting without an address, or with one that is none', () => {
    expect(() => loadSettings({ env: { VITRINE_INDEX: 'weaviate' }, envFolder: null })).toThrow(/WEAVIATE_URL/);
    expect(() => loadSettings({ env: { WEAVIATE_URL: 'weaviate:8080' }, envFolder: null })).toThrow(/WEAVIATE_URL/);
  });
});
