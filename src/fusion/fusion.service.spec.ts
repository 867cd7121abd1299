import { afterEach, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../../test/recommendation/open-shop.js';
import { testDatabases } from '../../test/support/databases.js';
import { DATABASE, type Database, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { ActiveFusion, FusionService, FusionStore, GatedFusionModel } from './fusion.api.js';

describe.each(testDatabases())('fused vectors on the $name', (database) => {
  let shop: OpenShop | undefined;
  afterEach(() => shop?.close());

  const words = ['lamp', 'chair', 'kettle', 'rug', 'clock', 'vase', 'mirror', 'shelf', 'candle', 'basket'];
  const items = words.map((word) => ({ id: word, title: `a ${word}`, description: `A plain ${word} for the home.` }));

  it('get new means when the catalogue has grown, and every item keeps a vector through every switch', async () => {
    shop = await openShop(database);
    const active = shop.running.app.get(ActiveFusion, { strict: false });
    const sql = shop.running.app.get<Database>(DATABASE, { strict: false });
    expect(active.current().version).toMatch(/^default-/);
    const before = active.current().version;
    await shop.fill(items);
    const now = active.current();
    expect(now.version).not.toBe(before);
    expect(now.learned).toBe(false);
    expect(now.centre('text')!.some((value) => value !== 0)).toBe(true);
    const { rows } = await sql.run('select count(*)::int as n from item_vectors where fusion = $1', [now.version]);
    expect(rows[0]!.n).toBe(items.length);
  });

  it('are those of a learned model once it is activated, and of the one before after going back', async () => {
    shop = await openShop(database);
    await shop.fill(items);
    const { app } = shop.running;
    const active = app.get(ActiveFusion, { strict: false });
    const service = app.get(FusionService, { strict: false });
    const store = new FusionStore(
      app.get<Database>(DATABASE, { strict: false }),
      app.get<Outbox>(OUTBOX, { strict: false }),
    );
    const plain = active.current() as GatedFusionModel;
    const turned = plain.fusion.modalities.map((modality) => ({
      ...modality,
      bias: modality.name === 'text' ? 1 : null,
    }));
    await store.register(
      new GatedFusionModel({
        version: 'fusion-test-1',
        learned: true,
        encoder: plain.encoder,
        fusion: { dimension: plain.dimension, modalities: turned },
        weights: [{ modality: 'text', mean: 1, byCategory: {} }],
      }),
      null,
    );
    await service.activate('fusion-test-1');
    const during = await shop.recommend({ placement: 'product', context: { itemIds: ['lamp'] } });
    expect(during.model.fusion).toBe('fusion-test-1');
    expect(during.items[0]!.reasons.map(({ source }) => source)).toContain('context.item');
    await service.activate(plain.version);
    const after = await shop.recommend({ placement: 'product', context: { itemIds: ['lamp'] } });
    expect(after.model.fusion).toBe(plain.version);
    // Asked for all at once they take turns, and the last one stays, with all its vectors.
    await Promise.all(['fusion-test-1', plain.version, 'fusion-test-1'].map((version) => service.activate(version)));
    const last = await shop.recommend({ placement: 'product', context: { itemIds: ['lamp'] } });
    expect(last.model.fusion).toBe('fusion-test-1');
    expect(await store.countFused('fusion-test-1')).toBe(items.length);
    await expect(service.activate('never-heard-of')).rejects.toMatchObject({ code: 'VIT_MODEL_UNKNOWN' });
  });
});
