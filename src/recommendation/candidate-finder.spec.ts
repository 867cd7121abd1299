import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { ItemRecord } from '../catalog/catalog.api.js';
import type { FusionModel } from '../fusion/fusion.api.js';
import { type Database, loadSettings, SystemClock } from '../platform/platform.api.js';
import {
  everything,
  IndexEngine,
  LiveCatalogue,
  Retrieval,
  ScanThread,
  VectorTable,
} from '../retrieval/retrieval.api.js';
import { CandidateFinder } from './candidate-finder.js';
import type { NewArrivals } from './new-arrivals.js';
import { pictureProbe, probeOf } from './probe.js';

const now = new Date('2026-03-01T00:00:00Z');
const logger = pino({ level: 'silent' });
/** One more than single pictures are searched of: they can only order what the fused vectors propose. */
const ITEMS = 20_001;

/** At `angle` from the first axis, the rest of it along another axis, the same for all that are given the same. */
const at = (angle: number, axis: number, dimension = 16): Float32Array => {
  const vector = new Float32Array(dimension);
  vector[0] = Math.cos(angle);
  vector[1 + (axis % (dimension - 1))] = Math.sin(angle);
  return vector;
};

const record = (key: number): ItemRecord =>
  ({
    key,
    id: `p${key}`,
    groupId: null,
    title: `Product ${key}`,
    categories: [],
    tags: [],
    attributes: {},
    availability: 'in_stock',
    publishedAt: null,
    createdAt: now,
    pictures: [],
    price: null,
  }) as unknown as ItemRecord;

/** Items whose fused vectors stand the further from the first axis the higher their key. */
const openFinder = () => {
  const catalogue = new LiveCatalogue();
  const fused = new VectorTable(16, 'float32');
  for (let key = 0; key < ITEMS; key++) {
    catalogue.put(record(key));
    fused.put(key, [{ ordinal: 0, vector: at(0.01 + key * 5e-5, key) }]);
  }
  catalogue.useVectors({ version: 'f', dimension: 16, encoder: 'e' } as FusionModel, fused);
  const engine = new IndexEngine(
    loadSettings({ env: { VITRINE_INDEX: 'exact' }, envFolder: null }).settings,
    {} as Database,
    logger,
    new SystemClock(),
  );
  const arrivals = { newest: () => [] } as unknown as NewArrivals;
  const finder = new CandidateFinder(
    new Retrieval(catalogue, engine, new ScanThread(logger)),
    catalogue,
    arrivals,
    logger,
  );
  const find = (probe: Parameters<CandidateFinder['find']>[0][number]) =>
    finder.find([probe], [], [], catalogue.matching(everything, now).set, 12, { filter: everything, now });
  return { catalogue, find };
};

describe('what is proposed in a catalogue too large to search its single pictures', () => {
  const { find } = openFinder();
  const model = { project: (_: string, vector: Float32Array) => vector, centre: () => null };

  it('is more for a picture, which orders it anew, than for an item, whose vector says it all', async () => {
    const item = await find(probeOf({ source: 'context.item', fused: at(0, 0) }));
    const picture = await find(pictureProbe('context.image', undefined, at(0, 0), model));
    expect(item.keys).toHaveLength(40);
    // The hundredth by the fused vectors may well be the first by its picture.
    expect(picture.keys).toContain(99);
    expect(picture.keys.length).toBeLessThan(150);
  });
});
