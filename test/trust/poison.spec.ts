import { afterEach, describe, expect, it } from 'vitest';
import { IMAGE_STORE, type ImageStore } from '../../src/catalog/catalog.api.js';
import { DATABASE, type Database, JOB_QUEUE, type JobQueue } from '../../src/platform/platform.api.js';
import { type OpenShop, openShop, pictureOf } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const admin = { authorization: `Bearer ${testKeys.admin}` };
const GOOD = 40;
/** As many at once as both loops of the embedding take, and more. */
const POISON = 40;

interface Jobs {
  counts: Record<string, { waiting: number; active: number; failed: number }>;
  failed: { id: string; name: string; error: string | null }[];
}

describe.each(testDatabases())('jobs that can not succeed, on the $name', (database) => {
  let shop: OpenShop | undefined;
  afterEach(() => shop?.close());

  it('hold up no others, are kept as failed with their reason, and succeed once the cause is mended', async () => {
    shop = await openShop(database, { LOG_LEVEL: 'fatal' });
    const { app } = shop.running;
    const queue = app.get<JobQueue>(JOB_QUEUE);
    const store = app.get<ImageStore>(IMAGE_STORE);
    const bytes = Buffer.from(await pictureOf('circle', 'teal'), 'base64');
    await shop.fill([
      { id: 'sick', title: 'Lamp', images: [{ data: bytes.toString('base64') }] },
      { id: 'well', title: 'Table lamp' },
    ]);
    // Its picture is gone from the disk, and what was known of it forgotten.
    const { hash } = await store.put(bytes);
    await store.remove(hash);
    await app.get<Database>(DATABASE).run('delete from vector_cache');
    const { rows } = await app.get<Database>(DATABASE).run("select key from items where id = 'sick'");
    const itemKey = Number(rows[0]!.key);
    await queue.sendMany(
      'embedding.item',
      Array.from({ length: POISON }, (_, n) => ({ itemKey: n % 2 === 0 ? itemKey : ({} as number) })),
      { retries: 0, priority: 10 },
    );
    // Made after them, and found nonetheless.
    await shop.fill(Array.from({ length: GOOD }, (_, n) => ({ id: `good${n}`, title: `Chair ${n}` })));
    const jobs = async () => (await shop!.call<Jobs>('GET', '/v1/admin/jobs', undefined, admin)).body;
    for (let tries = 0; (await jobs()).counts['embedding.item']!.failed < POISON && tries < 300; tries++)
      await new Promise((wake) => setTimeout(wake, 100));
    const { counts, failed } = await jobs();
    expect(counts['embedding.item']!.failed).toBe(POISON);
    expect(failed.every(({ error }) => error !== null && error.length > 0)).toBe(true);
    expect((await shop.call('GET', '/health/ready')).status).toBe(200);

    await store.put(bytes);
    const mended = failed.find(({ error }) => error?.includes(hash));
    expect(mended).toBeDefined();
    expect(
      (await shop.call('POST', `/v1/admin/jobs/${mended!.id}/retry`, { name: mended!.name }, admin)).status,
    ).toBeLessThan(300);
    for (let tries = 0; (await jobs()).counts['embedding.item']!.failed >= POISON && tries < 300; tries++)
      await new Promise((wake) => setTimeout(wake, 100));
    expect((await jobs()).counts['embedding.item']!.failed).toBe(POISON - 1);
    noteTrust({ what: `jobs that can not succeed on the ${database.name}`, faults: POISON, acknowledged: GOOD });
  }, 120_000);
});
