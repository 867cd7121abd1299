import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const LOCK_FILE = 'vitrine.lock';
const GOOD = 30;
/** Twice among others, three times by itself; as many again would be no giving up. */
const MOST_DEATHS = 7;

// On a server a dead worker's jobs are taken up after two silent minutes: there the queue itself is tried, with less patience.
describe
  .runIf(process.env.VITRINE_TEST_SUITE === 'trust')
  .each(testDatabases().filter(({ kind }) => kind === 'embedded'))('an item that kills, on the $name', (database) => {
  let installation: TestInstallation | undefined;
  let vitrine: RunningVitrine | undefined;
  let pictures: Server | undefined;
  afterAll(async () => {
    await vitrine?.end('SIGKILL');
    pictures?.close();
    await installation?.remove();
  });

  it('is named and given up after a few deaths; the product starts, serves and embeds all the others', async () => {
    installation = await database.install();
    const env = testEnvironment({ ...installation.env, VITRINE_ALLOW_PRIVATE_URLS: 'true', LOG_LEVEL: 'error' });
    // Also one that has only just begun to start.
    const owner = (): number =>
      (JSON.parse(readFileSync(join(installation!.env.VITRINE_DATA_DIR!, LOCK_FILE), 'utf8')) as { pid: number }).pid;
    const picture = await sharp({ create: { width: 40, height: 40, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    // Whoever asks for this picture dies of it, until the picture is mended.
    let deadly = true;
    pictures = createServer((_request, response) => {
      if (deadly) process.kill(owner(), 'SIGKILL');
      else response.setHeader('content-type', 'image/png').end(picture);
    });
    await new Promise<void>((listening) => pictures!.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/a.png`;

    vitrine = await startVitrine(env);
    const lines = Array.from({ length: GOOD }, (_, n) => JSON.stringify({ id: `good${n}`, title: `Chair ${n}` }));
    lines.splice(5, 0, JSON.stringify({ id: 'killer', title: 'Lamp', images: [{ url }] }));
    // It may be gone before it can say that all of it is stored; the same again makes sure.
    const batch = () =>
      vitrine!.call<{ rejected: unknown[] }>('POST', '/v1/items/batch', lines.join('\n')).catch(() => null);
    await batch();
    let deaths = 0;
    const modality = async (id: string) =>
      (
        await vitrine!.call<{ status: { modalities: { text: string }; problems: { code: string }[] } }>(
          'GET',
          `/v1/items/${id}`,
        )
      ).body.status;
    const settled = async (): Promise<boolean> => {
      for (let n = 0; n < GOOD; n++) if ((await modality(`good${n}`)).modalities.text !== 'ready') return false;
      return (await modality('killer')).problems.some(({ code }) => code === 'VIT_EMBEDDING_GIVEN_UP');
    };
    const end = Date.now() + 800_000;
    for (let over = false; !over && Date.now() < end; ) {
      try {
        over = await settled();
        if (!over) await new Promise((wake) => setTimeout(wake, 200));
      } catch {
        expect(await vitrine.end()).toMatchObject({ signal: 'SIGKILL' });
        expect(++deaths).toBeLessThanOrEqual(MOST_DEATHS);
        for (;;) {
          // Dying before it is ready is a death as well.
          const started = await startVitrine(env).catch((error: Error) => error);
          if (!(started instanceof Error)) {
            vitrine = started;
            break;
          }
          expect(started.message).toContain('SIGKILL');
          expect(++deaths).toBeLessThanOrEqual(MOST_DEATHS);
        }
        if (deaths === 1) await batch();
      }
    }
    expect(await settled()).toBe(true);
    expect(deaths).toBeGreaterThanOrEqual(3);
    const jobs = await vitrine.call<{ failed: { name: string; error: string }[] }>(
      'GET',
      '/v1/admin/jobs',
      undefined,
      testKeys.admin,
    );
    expect(jobs.body.failed).toMatchObject([{ name: 'embedding.item', error: expect.stringContaining('died') }]);
    expect((await modality('killer')).modalities.text).toBe('failed');

    // Another start is not tried by it again, and once it is changed it is an item like others.
    await vitrine.end();
    vitrine = await startVitrine(env);
    await new Promise((wake) => setTimeout(wake, 3_000));
    expect((await vitrine.call('GET', '/health/ready', undefined, null)).status).toBe(200);
    deadly = false;
    await vitrine.call('PUT', '/v1/items/killer', { title: 'A mended lamp', images: [{ url }] });
    for (let tries = 0; (await modality('killer')).modalities.text !== 'ready' && tries < 300; tries++)
      await new Promise((wake) => setTimeout(wake, 100));
    expect(await modality('killer')).toMatchObject({ modalities: { text: 'ready', image: 'ready' }, problems: [] });
    noteTrust({
      what: `an item that kills its process on the ${database.name}`,
      faults: deaths,
      acknowledged: GOOD + 1,
    });
  }, 1_000_000);
});
