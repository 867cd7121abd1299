import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabases } from '../../test/support/databases.js';
import { CatalogReader } from '../catalog/catalog.api.js';
import type { Encoder } from '../embedding/embedding.api.js';
import type { ActiveFusion, FusionModel } from '../fusion/fusion.api.js';
import { seededRandom } from '../maths/random.js';
import { DatabaseOutbox } from '../platform/outbox/database-outbox.js';
import {
  type Database,
  loadSettings,
  migrate,
  openDatabase,
  Readiness,
  type Settings,
  SystemClock,
  toVectorText,
} from '../platform/platform.api.js';
import { CatalogueFeed } from './catalogue-feed.js';
import { exactNearest } from './exact-vector-index.js';
import { IndexEngine } from './index-engine.js';
import { Bitset } from './item-set.js';
import { loadKernel } from './kernel/dot-kernel.js';
import { LiveCatalogue } from './live-catalogue.js';
import { PgvectorVectorIndex } from './pgvector-vector-index.js';
import { parseFilter } from './read-filter.js';
import { Retrieval } from './retrieval.service.js';
import { ScanThread } from './scan/scan-thread.js';
import { clusteredVectors, unitNoise, vectorIndexConformance } from './vector-index.conformance.js';

const dimension = 24;
const model = (version: string): FusionModel => ({ version, dimension, encoder: 'e1' }) as FusionModel;
const logger = pino({ level: 'silent' });
const kernel = await loadKernel();

/** A process over a database: its own memory, its own outbox. */
const openProcess = async (database: Database, settings: Settings, live: { model: FusionModel }) => {
  const outbox = new DatabaseOutbox(database, logger);
  await outbox.start();
  const catalogue = new LiveCatalogue(kernel);
  const engine = new IndexEngine(settings, database, logger, new SystemClock());
  const fusion = { current: () => live.model } as ActiveFusion;
  const encoder = { id: 'e1', dimension } as Encoder;
  const feed = new CatalogueFeed(
    catalogue,
    engine,
    new CatalogReader(database),
    fusion,
    database,
    outbox,
    encoder,
    logger,
    'all',
    new Readiness(),
  );
  await feed.load();
  const close = async () => {
    feed.onApplicationShutdown();
    await engine.onApplicationShutdown();
    await outbox.stop();
  };
  return { outbox, catalogue, engine, retrieval: new Retrieval(catalogue, engine, new ScanThread(logger)), close };
};

describe.each(testDatabases())('retrieval on the $name', (testDatabase) => {
  let remove: () => Promise<void>;
  let database: Database;
  let settings: Settings;
  const random = seededRandom(5);

  beforeAll(async () => {
    const installation = await testDatabase.install();
    ({ remove } = installation);
    settings = loadSettings({ env: { ...installation.env, VITRINE_INDEX: 'hnsw' }, envFolder: null }).settings;
    database = await openDatabase(settings);
    await migrate(database);
  });
  afterAll(async () => {
    await database.close();
    await remove();
  });

  const storeVectors = async (
    fusion: string,
    entries: readonly { key: number; vector: Float32Array }[],
    process?: { outbox: DatabaseOutbox },
  ) => {
    const write = async (trx: Database['query']) => {
      await trx
        .deleteFrom('item_vectors')
        .where('fusion', '=', fusion)
        .where(
          'item_key',
          'in',
          entries.map(({ key }) => key),
        )
        .execute();
      await trx
        .insertInto('item_vectors')
        .values(
          entries.map(({ key, vector }) => ({ item_key: key, fusion, gates: '{}', vector: toVectorText(vector) })),
        )
        .execute();
    };
    if (!process) return database.transaction(write);
    return process.outbox.write(async (trx, append) => {
      await write(trx);
      for (const { key } of entries) append({ topic: 'vectors', subject: String(key) });
    });
  };

  const storeItems = async (count: number, prefix: string): Promise<number[]> => {
    const rows = await database.query
      .insertInto('items')
      .values(
        Array.from(
          { length: count },
          (_, i) =>
            ({
              id: `${prefix}${i}`,
              title: `Item ${i}`,
              categories: [],
              tags: [],
              attributes: '{}',
              availability: i % 4 === 3 ? 'out_of_stock' : 'in_stock',
              brand: `b${i % 10}`,
              price_amount: i,
              price_currency: 'EUR',
              content_hash: 'x',
            }) as never,
        ),
      )
      .returning('key')
      .execute();
    return rows.map(({ key }) => key);
  };

  it('answers from a model that became live while the catalogue was read', async () => {
    const keys = await storeItems(40, 'w');
    const before = clusteredVectors(random, keys.length, dimension, 4);
    const after = clusteredVectors(random, keys.length, dimension, 4);
    for (const [fusion, vectors] of [
      ['w1', before],
      ['w2', after],
    ] as const)
      await storeVectors(
        fusion,
        keys.map((key, i) => ({ key, vector: vectors[i]! })),
      );
    let asked = 0;
    const live = {
      // The first reading is what the load goes by.
      get model() {
        return model(asked++ === 0 ? 'w1' : 'w2');
      },
    };
    const { catalogue, retrieval, close } = await openProcess(database, settings, live);
    try {
      expect(catalogue.fusion).toBe('w2');
      expect((await retrieval.nearest(after[7]!, 1, null)).candidates[0]!.key).toBe(keys[7]!);
      expect([...catalogue.vector(keys[7]!)!]).toEqual([...after[7]!]);
    } finally {
      await close();
      await database.query.deleteFrom('items').where('key', 'in', keys).execute();
    }
  });

  it('reads the catalogue with its vectors, follows changes at once, and forgets deleted items in the very next answer', async () => {
    const keys = await storeItems(300, 'a');
    const vectors = clusteredVectors(random, keys.length, dimension, 8);
    await storeVectors(
      'f1',
      keys.map((key, i) => ({ key, vector: vectors[i]! })),
    );
    await database.query
      .insertInto('modality_vectors')
      .values(
        [1, 2].map((ordinal) => ({
          item_key: keys[0]!,
          modality: 'image',
          ordinal,
          encoder: 'e1',
          content_hash: 'h',
          segment: null,
          vector: toVectorText(vectors[ordinal]!),
        })),
      )
      .execute();
    const live = { model: model('f1') };
    const process = await openProcess(database, settings, live);
    try {
      const { catalogue, retrieval, outbox } = process;
      expect(catalogue.size).toBe(300);
      expect([...catalogue.vector(keys[5]!)!]).toEqual([...vectors[5]!]);
      expect(catalogue.pictures(keys[0]!)).toHaveLength(2);
      expect((await retrieval.nearestPictures(vectors[2]!, 3, null))[0]).toMatchObject({ key: keys[0]!, ordinal: 2 });

      const now = new Date();
      const { set } = catalogue.matching(parseFilter({ brand: 'b2', price: { gte: 100 } }), now);
      const expected = keys.filter((_, i) => i % 10 === 2 && i >= 100 && i % 4 !== 3);
      expect([...set.keys()]).toEqual(expected);
      expect(
        (await retrieval.nearest(vectors[0]!, 100, set)).candidates.map(({ key }) => key).sort((a, b) => a - b),
      ).toEqual(expected);

      const changed = unitNoise(random, dimension);
      await storeVectors('f1', [{ key: keys[7]!, vector: changed }], process);
      expect((await retrieval.nearest(changed, 1, null)).candidates[0]!.key).toBe(keys[7]!);
      await outbox.write(async (trx, append) => {
        await trx.deleteFrom('items').where('key', '=', keys[7]!).execute();
        append({ topic: 'item', subject: String(keys[7]!) });
      });
      expect(catalogue.byKey(keys[7]!)).toBeUndefined();
      expect((await retrieval.nearest(changed, 300, null)).candidates.map(({ key }) => key)).not.toContain(keys[7]!);

      // Another model goes live: its vectors replace the others whole.
      const others = clusteredVectors(random, 50, dimension, 2);
      await storeVectors(
        'f2',
        others.map((vector, i) => ({ key: keys[i + 10]!, vector })),
      );
      live.model = model('f2');
      await outbox.write(async (_trx, append) => append({ topic: 'model', subject: 'fusion' }));
      expect(catalogue.fusion).toBe('f2');
      expect(catalogue.withVector().count).toBe(50);
      expect((await retrieval.nearest(others[3]!, 1, null)).candidates[0]!.key).toBe(keys[13]!);
    } finally {
      await process.close();
    }
  });

  it('shows a change to another process within two seconds', async () => {
    if (database.kind === 'embedded') return;
    const live = { model: model('f3') };
    const [key] = await storeItems(1, 'two');
    const one = await openProcess(database, settings, live);
    const other = await openProcess(database, settings, live);
    try {
      const vector = unitNoise(random, dimension);
      await storeVectors('f3', [{ key: key!, vector }], one);
      const until = Date.now() + 2_000;
      while (!other.catalogue.vector(key!) && Date.now() < until) await new Promise((wake) => setTimeout(wake, 20));
      expect((await other.retrieval.nearest(vector, 1, null)).candidates[0]!.key).toBe(key!);
    } finally {
      await one.close();
      await other.close();
    }
  });

  let next = 0;
  vectorIndexConformance(
    `pgvector on the ${testDatabase.name}`,
    async (size) => {
      const fusion = `conformance-${next++}`;
      const index = new PgvectorVectorIndex(database, fusion, size);
      await index.build();
      await database.script(`insert into items (key, id, title, content_hash) overriding system value
        select n, 'c' || n, 'c', 'x' from generate_series(1, 12000) n on conflict do nothing`);
      return {
        index,
        store: (entries) => storeVectors(fusion, entries),
        unstore: async (keys) => {
          await database.query
            .deleteFrom('item_vectors')
            .where('fusion', '=', fusion)
            .where('item_key', 'in', keys)
            .execute();
        },
        dispose: async () => {
          await index.drop();
          await database.query.deleteFrom('item_vectors').where('fusion', '=', fusion).execute();
        },
      };
    },
    { items: 1_500 },
  );
});

describe('the planner', () => {
  const table = async (count: number) => {
    const random = seededRandom(9);
    const catalogue = new LiveCatalogue(kernel);
    const { VectorTable } = await import('./vector-table.js');
    const vectors = new VectorTable(dimension, 'float32', kernel);
    clusteredVectors(random, count, dimension, 50).forEach(
      (vector, key) => void vectors.put(key, [{ ordinal: 0, vector }]),
    );
    return { catalogue, vectors, random };
  };

  it('gives exactly min(k, allowed) with recall ≥ .99 for any share of allowed items, by the plan that is cheaper', {
    timeout: 180_000,
  }, async () => {
    const { catalogue, vectors, random } = await table(24_000);
    const settings = { index: 'hnsw', dataDir: 'memory:' } as Settings;
    const database = { transaction: async () => undefined } as unknown as Database;
    const engine = new IndexEngine(settings, database, logger, new SystemClock());
    catalogue.useVectors(model('f1'), vectors);
    await engine.open(model('f1'), vectors);
    const retrieval = new Retrieval(catalogue, engine, new ScanThread(logger));
    try {
      while (engine.status().pending > 0) await new Promise((wake) => setTimeout(wake, 100));
      const plans = new Map<number, string>();
      for (const share of [1, 0.7, 0.3, 0.05, 0.001, 0]) {
        let recall = 0;
        for (let i = 0; i < 20; i++) {
          const allowed = share === 1 ? null : Bitset.where(24_000, () => random.next() < share);
          const query = clusteredVectors(random, 1, dimension, 1)[0]!;
          const { candidates, plan } = await retrieval.nearest(query, 10, allowed);
          plans.set(share, plan);
          const truth = exactNearest(vectors, query, 10, allowed);
          expect(candidates).toHaveLength(truth.length);
          const last = truth.at(-1)?.score ?? 0;
          recall +=
            (truth.length === 0 ? 1 : candidates.filter(({ score }) => score >= last - 1e-6).length / truth.length) /
            20;
        }
        expect(recall, `${share}`).toBeGreaterThanOrEqual(0.99);
      }
      expect(plans.get(1)).toBe('graph');
      expect(plans.get(0.001)).toBe('exact');
    } finally {
      await engine.onApplicationShutdown();
    }
  });
});

const turned = (bytes: Buffer, at: number): Buffer => {
  bytes[at]! ^= 1;
  return bytes;
};

describe('a snapshot of the graph', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-index-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const prepared = async () => {
    const { HnswVectorIndex } = await import('./hnsw/hnsw-vector-index.js');
    const { VectorTable } = await import('./vector-table.js');
    const table = new VectorTable(dimension, 'float32', kernel);
    const entries = clusteredVectors(seededRandom(3), 800, dimension, 8).map((vector, key) => ({ key, vector }));
    const index = await HnswVectorIndex.open(table);
    await index.upsert(entries);
    await index.settled();
    const place = join(folder, 'one');
    await index.save(place, { fusion: 'f1', createdAt: '2026-01-01T00:00:00Z' });
    await index.close();
    return { HnswVectorIndex, table, entries, place };
  };

  it('opens warm, and whatever changed since is put right', async () => {
    const { HnswVectorIndex, table, entries, place } = await prepared();
    const moved = unitNoise(seededRandom(8), dimension);
    table.put(5, [{ ordinal: 0, vector: moved }]);
    table.delete(6);
    table.put(900, [{ ordinal: 0, vector: entries[6]!.vector }]);
    const index = await HnswVectorIndex.open(table, { snapshot: place });
    expect(index.state).toMatchObject({ openedFrom: place, refused: null, fresh: 2 });
    await index.settled();
    expect((await index.nearest(moved, 1, null))[0]!.key).toBe(5);
    expect((await index.nearest(entries[6]!.vector, 1, null))[0]!.key).toBe(900);
    expect((await index.probe(entries[100]!.vector, 1))[0]).toBe(100);
    await index.close();
  });

  it('is refused when it is damaged or of another kind, and the index is built anew', async () => {
    const { HnswVectorIndex, table, entries, place } = await prepared();
    const other = await HnswVectorIndex.open(table, { snapshot: place, parameters: { m: 8 } });
    expect(other.state.refused).toMatch(/m 16, wanted is 8/);
    await other.close();
    await truncate(join(place, 'graph.bin'), 1_000);
    const index = await HnswVectorIndex.open(table, { snapshot: place });
    expect(index.state.openedFrom).toBeNull();
    expect(index.state.refused).toMatch(/damaged: graph\.bin/);
    await index.settled();
    expect((await index.nearest(entries[3]!.vector, 1, null))[0]!.key).toBe(3);
    await index.close();
  });

  it('of another dimension, with a turned bit or an unreadable header is refused by name, and answers stay right', async () => {
    const { HnswVectorIndex, table, entries, place } = await prepared();
    const { VectorTable } = await import('./vector-table.js');
    const wider = new VectorTable(dimension + 8, 'float32', kernel);
    const other = await HnswVectorIndex.open(wider, { snapshot: place });
    expect(other.state.openedFrom).toBeNull();
    expect(other.state.refused).toContain(`dimension ${dimension}, wanted is ${dimension + 8}`);
    await other.close();
    const harms: [string, (bytes: Buffer) => Buffer, RegExp][] = [
      ['graph.bin', (bytes) => turned(bytes, bytes.length >> 1), /damaged: graph\.bin/],
      ['keys.bin', (bytes) => turned(bytes, 40), /damaged: keys\.bin/],
      ['keys.bin', () => Buffer.alloc(0), /damaged: keys\.bin/],
      ['header.json', (bytes) => bytes.subarray(0, 30), /./],
    ];
    for (const [name, harm, message] of harms) {
      const whole = await readFile(join(place, name));
      await writeFile(join(place, name), harm(Buffer.from(whole)));
      const index = await HnswVectorIndex.open(table, { snapshot: place });
      expect(index.state.openedFrom, name).toBeNull();
      expect(index.state.refused, name).toMatch(message);
      // Before and after the graph is built anew.
      expect((await index.nearest(entries[3]!.vector, 1, null))[0]!.key).toBe(3);
      await index.settled();
      expect((await index.nearest(entries[4]!.vector, 1, null))[0]!.key).toBe(4);
      await index.close();
      await writeFile(join(place, name), whole);
    }
    const { listSnapshots } = await import('./hnsw/snapshots.js');
    expect(listSnapshots(folder, 'f1')).toHaveLength(1);
    expect(listSnapshots(folder, 'f2')).toEqual([]);
  });

  it('half-written leaves nothing that is opened', async () => {
    const { listSnapshots, publishSnapshot } = await import('./hnsw/snapshots.js');
    const head = {
      fusion: 'f1',
      createdAt: '2026-01-01T00:00:00Z',
      dimension,
      m: 16,
      efConstruction: 200,
      labels: 0,
      items: 0,
    };
    await expect(
      publishSnapshot(join(folder, 'broken'), head, new Int32Array(), async () =>
        Promise.reject(new Error('disk full')),
      ),
    ).rejects.toThrow('disk full');
    expect(await readdir(folder)).toEqual([]);
    expect(listSnapshots(folder, 'f1')).toEqual([]);
  });

  it('a rebuild takes over without a gap, and drops what was dead', async () => {
    const { HnswVectorIndex, table, entries, place } = await prepared();
    const index = await HnswVectorIndex.open(table, { snapshot: place });
    await index.remove(entries.slice(0, 500).map(({ key }) => key));
    await index.upsert(entries.slice(0, 300));
    await index.settled();
    const rebuilding = index.rebuild();
    await index.upsert([{ key: 700, vector: entries[0]!.vector }]);
    expect((await index.nearest(entries[0]!.vector, 2, null)).map(({ key }) => key)).toEqual([0, 700]);
    expect(await rebuilding).toBe(true);
    expect(index.state.waste).toBeLessThan(0.1);
    await index.settled();
    expect((await index.nearest(entries[0]!.vector, 2, null)).map(({ key }) => key)).toEqual([0, 700]);
    await index.close();
  });
});
