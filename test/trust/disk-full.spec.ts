import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { type RunningVitrine, startVitrine, testEnvironment } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const DISK_MB = 320;
const LEFT_BYTES = 1_000_000;
/** Refusals after which the disk counts as full. */
const REFUSALS = 6;

// A small disk of its own, in memory: only who may mount one can try.
describe.runIf(process.getuid?.() === 0)('a disk that is full', () => {
  let vitrine: RunningVitrine | undefined;
  const disk = mkdtempSync(join(tmpdir(), 'vitrine-disk-'));
  afterAll(async () => {
    await vitrine?.end('SIGKILL');
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  it('is told to whoever writes; what was acknowledged stays, lists go on, and so does all else when there is room', async (test) => {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', disk]).status !== 0)
      return test.skip('no disk can be mounted here');
    const env = testEnvironment({
      VITRINE_DATA_DIR: join(disk, 'data'),
      VITRINE_CONSENT: 'implied',
      LOG_LEVEL: 'fatal',
    });
    vitrine = await startVitrine(env);
    const items = new Set<string>();
    const events = new Set<string>();
    let serial = 0;
    let refused = 0;
    const write = async (): Promise<void> => {
      const n = ++serial;
      const noise = { raw: { width: 200, height: 200, channels: 3 as const } };
      const picture = await sharp(randomBytes(200 * 200 * 3), noise)
        .png()
        .toBuffer();
      const images = [{ data: picture.toString('base64') }];
      const item = await vitrine!.call('PUT', `/v1/items/i${n}`, { title: `Lamp ${n}`, images });
      if (item.status < 300) items.add(`i${n}`);
      const event = await vitrine!.call('POST', '/v1/events', {
        id: `e${n}`,
        type: 'view',
        userId: 'u1',
        itemId: 'i1',
      });
      if (event.status < 300) events.add(`e${n}`);
      for (const { status, body, headers } of [item, event]) {
        if (status < 300) continue;
        refused++;
        expect({ status, code: body.code }).toEqual({ status: 503, code: 'VIT_DISK_FULL' });
        expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      }
    };
    for (let n = 0; n < 3; n++) await write();
    expect([items.size, events.size, refused]).toEqual([3, 3, 0]);

    const ballast = join(disk, 'ballast');
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
    for (let n = 0; n < 80 && refused < REFUSALS; n++) await write();
    expect(refused).toBeGreaterThanOrEqual(REFUSALS);
    expect((await vitrine.call('GET', '/health/live', undefined, null)).status).toBe(200);
    expect((await vitrine.call('POST', '/v1/recommendations', { placement: 'home' })).status).toBe(200);
    expect((await vitrine.call('GET', '/v1/items/i1')).status).toBe(200);

    rmSync(ballast);
    const before = refused;
    for (let n = 0; n < 3; n++) await write();
    expect(refused).toBe(before);
    // Not even a sudden end brings to light that something had not been kept.
    await vitrine.end('SIGKILL');
    vitrine = await startVitrine(env);
    const lost: string[] = [];
    for (const id of items) if ((await vitrine.call('GET', `/v1/items/${id}`)).status !== 200) lost.push(id);
    const { body } = await vitrine.call<{ sections: { events: { id: string }[] } }>('GET', '/v1/users/u1/export');
    const stored = body.sections.events.map(({ id }) => id);
    lost.push(...[...events].filter((id) => !stored.includes(id)));
    const doubled = stored.length - new Set(stored).size;
    noteTrust({
      what: 'a full disk under the embedded database',
      faults: 1,
      requests: 2 * serial,
      acknowledged: items.size + events.size,
      lost: lost.length,
      doubled,
    });
    expect({ lost, doubled }).toEqual({ lost: [], doubled: 0 });
  }, 400_000);
});
