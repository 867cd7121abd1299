import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadSettings, migrate, openDatabase, packageRoot } from '../../src/platform/platform.api.js';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const ITEMS = 30;
const EVENTS = 200;
const LONG = process.env.VITRINE_TEST_SUITE === 'trust';
/** The first schema that held a whole shop. */
const FIRST = 5;

/** What a shop of that time held, written as its tables were then. */
const contents = `
  insert into items (id, title, description, categories, price_amount, price_currency, content_hash, published_at)
    select 'i' || n, 'Lamp ' || n, 'It gives light.', array['Home > Lamps'], n, 'EUR', n::text, now() from generate_series(1, ${ITEMS}) n;
  insert into reviews (item_key, id, text, rating, content_hash) select key, 'r1', 'Bright as day, ' || id, 5, 'h' from items;
  insert into events (id, type, user_id, item_ids, at)
    select 'e' || n, 'view', 'u' || n % 4, array['i' || 1 + n % ${ITEMS}], now() - n * interval '1 minute' from generate_series(1, ${EVENTS}) n;
  insert into consents (kind, id, personalization, training, at) values ('user', 'u1', false, false, now() - interval '1 day');
  insert into placements (name, settings) values ('home', '{"limit": 7}');
  insert into rules (id, kind, placement, item_ids, position) values ('rule1', 'pin', 'home', array['i9'], 1);`;

describe.each(testDatabases())('a shop of an earlier release, on the $name', (database) => {
  let installation: TestInstallation | undefined;
  let vitrine: RunningVitrine | undefined;
  let folder: string | undefined;
  afterEach(async () => {
    await vitrine?.end('SIGKILL');
    await installation?.remove();
    if (folder) await rm(folder, { recursive: true });
  });

  const all = readdir(join(packageRoot, 'migrations')).then((files) =>
    files.filter((file) => file.endsWith('.sql')).sort(),
  );
  const open = async (last: number) => {
    installation = await database.install();
    const files = await all;
    folder = await mkdtemp(join(tmpdir(), 'vitrine-migrations-'));
    for (const file of files.filter((name) => Number(name.slice(0, 4)) <= last))
      await cp(join(packageRoot, 'migrations', file), join(folder, file));
    const env = testEnvironment({ ...installation.env, VITRINE_CONSENT: 'implied' });
    const then = await openDatabase(loadSettings({ env, envFolder: null }).settings);
    expect(await migrate(then, folder)).toHaveLength(last);
    await then.script(contents);
    await then.close();

    vitrine = await startVitrine(env);
    const items = await vitrine.call<{ items: { id: string; price: { amount: number } }[] }>(
      'GET',
      '/v1/items?limit=100',
    );
    expect(items.body.items.map(({ id }) => id).sort()).toEqual(
      Array.from({ length: ITEMS }, (_, n) => `i${n + 1}`).sort(),
    );
    const events = new Set<string>();
    for (let user = 0; user < 4; user++) {
      const { body } = await vitrine.call<{ sections: { events: { id: string }[] } }>(
        'GET',
        `/v1/users/u${user}/export`,
      );
      for (const { id } of body.sections.events) events.add(id);
    }
    expect(events.size).toBe(EVENTS);
    expect((await vitrine.call('GET', '/v1/items/i3/reviews')).body).toMatchObject({
      reviews: [{ id: 'r1', rating: 5 }],
    });
    expect((await vitrine.call('GET', '/v1/users/u1/consent')).body).toMatchObject({ personalization: false });
    // It is a shop like any other: what it held is embedded and recommended, its rules hold, and it takes new things.
    const home = async () =>
      (
        await vitrine!.call<{ items: { id: string; placedBy: string }[]; personalized: boolean }>(
          'POST',
          '/v1/recommendations',
          {
            placement: 'home',
            userId: 'u2',
          },
        )
      ).body;
    for (let tries = 0; (await home()).items.length < 7 && tries < 300; tries++)
      await new Promise((wake) => setTimeout(wake, 100));
    expect((await home()).items).toHaveLength(7);
    expect((await home()).items[0]).toMatchObject({ id: 'i9', placedBy: 'rule' });
    expect((await vitrine.call('PUT', '/v1/items/new', { title: 'Chair' })).status).toBe(201);
    expect((await vitrine.call('GET', '/v1/admin/status', undefined, testKeys.admin)).status).toBe(200);
    expect((await vitrine.end()).code).toBe(0);
    noteTrust({
      what: `a database of schema ${last} opened by schema ${files.length} on the ${database.name}`,
      faults: 1,
      acknowledged: 2 * ITEMS + EVENTS,
    });
  };

  it('is brought forward whole, and served', () => open(FIRST), 120_000);

  it.runIf(LONG)(
    'is, from every schema since',
    async () => {
      for (let last = FIRST + 1; last < (await all).length; last++) {
        await open(last);
        await installation!.remove();
        await rm(folder!, { recursive: true });
        folder = undefined;
      }
    },
    900_000,
  );
});
