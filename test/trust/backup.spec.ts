import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import {
  type RunningVitrine,
  runVitrine,
  startVitrine,
  testEnvironment,
  testKeys,
} from '../support/running-vitrine.js';

interface Exported {
  sections: Record<string, { id: string }[]>;
}
interface Restored {
  rows: Record<string, number>;
  pictures: number;
  erasedPeople: number;
  former: string | null;
}

const databases = testDatabases();

describe.each(databases)('a backup of the $name', (database) => {
  const opened: TestInstallation[] = [];
  let vitrine: RunningVitrine | undefined;
  afterAll(async () => {
    await vitrine?.end('SIGKILL');
    for (const installation of opened) await installation.remove();
  });
  const install = async (which = database) => {
    const installation = await which.install();
    opened.push(installation);
    return testEnvironment({ ...installation.env, VITRINE_CONSENT: 'implied' });
  };
  const exported = async (path: string): Promise<string[]> =>
    ((await vitrine!.call<Exported>('GET', `${path}/export`)).body.sections.events ?? []).map(({ id }) => id).sort();

  it('is made while serving, and brings everything back but those who were erased since', async () => {
    const env = await install();
    vitrine = await startVitrine(env);
    const picture = (
      await sharp({ create: { width: 32, height: 24, channels: 3, background: 'teal' } })
        .png()
        .toBuffer()
    ).toString('base64');
    for (let n = 0; n < 20; n++) {
      const item = {
        title: `Chair ${n}`,
        attributes: { legs: 4, _cost: n },
        price: { amount: 10.25 + n, currency: 'EUR' },
      };
      await vitrine.call(
        'PUT',
        `/v1/items/c${n}`,
        n === 0 ? { ...item, images: [{ data: picture, alt: 'teal' }] } : item,
      );
    }
    await vitrine.call('PUT', '/v1/items/c1/reviews/r1', {
      text: 'It stands; "quoted"\nand\t\\ broken lines.',
      rating: 5,
    });
    for (const person of [{ userId: 'stays' }, { userId: 'goes' }, { visitorId: 'browser' }])
      for (let n = 0; n < 3; n++)
        await vitrine.call('POST', '/v1/events', {
          id: `${Object.values(person)[0]}-${n}`,
          type: 'view',
          itemId: `c${n}`,
          ...person,
        });
    // The browser belongs to whoever goes.
    await vitrine.call('POST', '/v1/users/merge', { visitorId: 'browser', userId: 'goes' });
    const before = (await vitrine.call('GET', '/v1/items/c0')).body;
    const src = (before.images as { src: string }[])[0]!.src;

    let going = true;
    const meanwhile: number[] = [];
    const writer = (async () => {
      for (let n = 0; going; n++)
        meanwhile.push(
          (await vitrine!.call('POST', '/v1/events', { id: `w${n}`, type: 'click', userId: 'busy', itemId: 'c1' }))
            .status,
        );
    })();
    const file = join(env.VITRINE_DATA_DIR!, 'wanted', 'shop.tar.gz');
    const made = await runVitrine(['backup', file, '--json'], env);
    going = false;
    await writer;
    expect(made.code, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ file, pictures: 1, missing: 0, rows: { items: 20, reviews: 1 } });
    expect(new Set(meanwhile)).toEqual(new Set([202]));
    expect((await runVitrine(['backup', file], env)).code).toBe(1);

    const viaApi = await vitrine.call<{ id: string }>('POST', '/v1/admin/backups', {}, testKeys.admin);
    expect(viaApi.status).toBe(201);
    const listed = await vitrine.call<{ backups: { id: string }[] }>(
      'GET',
      '/v1/admin/backups',
      undefined,
      testKeys.admin,
    );
    expect(listed.body.backups.map(({ id }) => id)).toEqual([viaApi.body.id]);
    expect(
      (await vitrine.call('DELETE', `/v1/admin/backups/${viaApi.body.id}`, undefined, testKeys.admin)).status,
    ).toBe(204);

    const receipt = await vitrine.call<{ receiptId: string }>('DELETE', '/v1/users/goes');
    await vitrine.call('DELETE', '/v1/items/c0');
    if (database.kind === 'embedded') {
      const beside = await runVitrine(['restore', file, '--replace'], env);
      expect(beside.code).toBe(2);
    }
    expect((await vitrine.end()).code).toBe(0);

    const careful = await runVitrine(['restore', file], env);
    expect(careful.code).toBe(1);
    expect(careful.stderr).toMatch(/--replace/);
    const restored = await runVitrine(['restore', file, '--replace', '--json'], env);
    expect(restored.code, restored.stderr).toBe(0);
    const report = JSON.parse(restored.stdout) as Restored;
    expect(report).toMatchObject({ erasedPeople: 1, pictures: 1 });
    expect(report.rows.items).toBe(20);
    expect(report.former === null).toBe(database.kind === 'server');

    vitrine = await startVitrine(env);
    const { status: _status, ...back } = (await vitrine.call('GET', '/v1/items/c0')).body;
    const { status: _before, ...was } = before;
    expect(back).toEqual(was);
    expect((await fetch(vitrine.url + src)).status).toBe(200);
    expect(
      (await vitrine.call<{ reviews: { text: string }[] }>('GET', '/v1/items/c1/reviews')).body.reviews[0]!.text,
    ).toContain('\n');
    expect(await exported('/v1/users/stays')).toEqual(['stays-0', 'stays-1', 'stays-2']);
    expect(await exported('/v1/users/goes')).toEqual([]);
    expect(await exported('/v1/visitors/browser')).toEqual([]);
    expect((await vitrine.call('GET', `/v1/erasures/${receipt.body.receiptId}`)).body).toMatchObject({
      verified: true,
    });
    expect((await vitrine.call('PUT', '/v1/items/new', { title: 'New chair' })).status).toBe(201);
    expect((await vitrine.call('DELETE', '/v1/users/stays')).body).toMatchObject({ verified: true });
    await vitrine.end();

    // On the other database, in an empty folder, with the list of erasures alone.
    for (const other of databases.filter((each) => each.kind !== database.kind)) {
      const there = await install(other);
      const moved = await runVitrine(
        ['restore', file, '--erasures', join(env.VITRINE_DATA_DIR!, 'erasures.ndjson'), '--json'],
        there,
      );
      expect(moved.code, moved.stderr).toBe(0);
      expect(JSON.parse(moved.stdout)).toMatchObject({ erasedPeople: 2 });
      vitrine = await startVitrine(there);
      expect((await vitrine.call('GET', '/v1/items/c0')).body).toMatchObject(was);
      expect(await exported('/v1/users/goes')).toEqual([]);
      expect(await exported('/v1/users/stays')).toEqual([]);
      await vitrine.end();
    }
  }, 240_000);

  it('that is damaged or none at all is refused, and nothing is changed', async () => {
    const env = await install();
    const file = join(env.VITRINE_DATA_DIR!, 'broken.tar.gz');
    await writeFile(file, 'no archive');
    for (const name of [file, `${file}.missing`]) {
      const { code, stderr } = await runVitrine(['restore', name], env);
      expect(code).toBe(1);
      expect(stderr).toMatch(/no backup of Vitrine|There is no file/);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });
});
