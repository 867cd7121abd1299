import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../../test/support/databases.js';
import { type Database, loadSettings, migrate, openDatabase, SystemClock } from '../platform/platform.api.js';
import { QualityService } from './quality.service.js';

describe.each(testDatabases())('the quality report on the $name', (given) => {
  let database: Database;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const installation = await given.install();
    remove = installation.remove;
    database = await openDatabase(loadSettings({ env: installation.env, envFolder: null }).settings);
    await migrate(database);
  });
  afterAll(async () => {
    await database.close();
    await remove();
  });
  const report = async () => {
    const { findings } = await new QualityService(database, new SystemClock()).report();
    return new Map(findings.map((finding) => [finding.code, finding]));
  };

  it('says nothing about an empty shop', async () => {
    expect((await report()).size).toBe(0);
  });

  it('names what is seen more or less than its share, bought reviews, the same pictures and robots', async () => {
    await database.script(`
      insert into items (id, title, description, brand, categories, price_amount, price_currency, content_hash)
        select 'i' || n, 'Thing ' || n, repeat('words ', 20), case when n <= 10 then 'Loud' else 'Quiet' end, array['Home > Lamps'], n, 'EUR', n::text from generate_series(1, 100) n;
      insert into impressions (request_id, placement, user_id, model, items, at)
        select 'r' || n, 'home', case when n % 2 = 0 then 'u' || n end, '{}', (select jsonb_agg(jsonb_build_object('id', 'i' || k)) from generate_series(1, 10) k), now() from generate_series(1, 600) n;
      insert into events (id, type, request_id, user_id, item_ids, at) select 'c' || n, 'click', 'r' || n, 'u' || n, array['i1'], now() - n * interval '1 hour' from generate_series(2, 600, 2) n;
      insert into reviews (item_key, id, text, rating, author, created_at, content_hash)
        select key, 'r' || key, 'Review number ' || key || ' of this thing', 5, 'Busy', now(), 'h' from items where key <= 60;
      insert into events (id, type, visitor_id, item_ids, at) select 'b' || n, 'view', 'robot', array['i1'], now() from generate_series(1, 200) n;
      insert into modality_vectors (item_key, modality, ordinal, encoder, content_hash, vector) select key, 'image', 0, 'e', 'h' || key, (case when key <= 2 then '[1,0,0]' else '[0,' || key || ',' || 200 - key || ']' end)::vector from items where key <= 3;
    `);
    const found = await report();
    const uneven = new Map(found.get('exposure_uneven')!.examples.map(({ id, detail }) => [id, detail]));
    expect(uneven.get('brand: Loud')).toBe('10 % of the catalogue, 100 % of what was shown');
    expect(uneven.get('brand: Quiet')).toBe('90 % of the catalogue, 0 % of what was shown');
    expect(uneven.has('category: Home')).toBe(false);
    expect(found.get('ratings_skewed')!.examples[0]!.detail).toBe('100 % of 60 ratings are 5');
    expect(found.get('visitors_underserved')!.examples.map(({ id }) => id)).toEqual(['nobody known']);
    expect(found.get('review_burst')!.examples[0]).toMatchObject({ id: 'Busy' });
    expect(found.get('picture_similar')!.examples).toEqual([{ id: 'i2', detail: 'i1 looks the same' }]);
    expect(found.get('events_bursting')!.examples.map(({ id }) => id)).toEqual(['robot']);
  });

  it('names a modality that counts differently, is missing, or lies elsewhere than with the model before', async () => {
    expect((await report()).has('modality_drift')).toBe(false);
    await database.script(`
      delete from modality_vectors;
      insert into models (kind, version, state, promoted_at) values ('fusion', 'f1', 'retired', now() - interval '2 days'), ('fusion', 'f2', 'live', now() - interval '1 day'),
        ('encoder', 'e1', 'retired', now() - interval '9 days'), ('encoder', 'e2', 'live', now() - interval '8 days');
      insert into item_vectors (item_key, fusion, gates, vector) select key, 'f1', '{"image": 0.6, "text": 0.4}', '[1,0]' from items;
      insert into item_vectors (item_key, fusion, gates, vector) select key, 'f2', '{"image": 0.3, "text": 0.45, "review": 0.25}', '[1,0]' from items;
      insert into modality_vectors (item_key, modality, ordinal, encoder, content_hash, vector, stored_at)
        select key, 'text', 0, 'e1', 'h', '[1,0]'::vector, now() - interval '9 days' from items;
      insert into modality_vectors (item_key, modality, ordinal, encoder, content_hash, vector, stored_at)
        select key, 'text', 0, 'e2', 'h', (case when key % 2 = 0 then '[1,0]' else '[0,1]' end)::vector, now() - interval '8 days' from items where key <= 50;
      insert into modality_vectors (item_key, modality, ordinal, encoder, content_hash, vector, stored_at)
        select key, 'image', 0, 'e2', 'h', (case when key <= 60 then '[1,0]' else '[0.5,0.8]' end)::vector, case when key <= 60 then now() - interval '8 days' else now() end from items;
    `);
    expect((await report()).get('modality_drift')!.examples).toEqual([
      { id: 'image', detail: '100 % of items have it with encoder e2, 0 % with e1' },
      {
        id: 'image',
        detail: '40 vectors since the live model was made lie elsewhere than the 60 before (cosine of the means 0.53)',
      },
      { id: 'image', detail: 'weighs 30 % with f2, 60 % with f1' },
      { id: 'review', detail: 'weighs 25 % with f2, 0 % with f1' },
      { id: 'text', detail: '50 % of items have it with encoder e2, 100 % with e1' },
      { id: 'text', detail: 'its vectors lie further apart with encoder e2 than with e1 (0.71 against 1.00)' },
    ]);
  });
});
