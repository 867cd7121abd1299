import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const DISK_MB = 160;
const LEFT_BYTES = 300_000;
const NOBODY = 65_534;

// The tables lie on a small disk of their own, in memory: only who may mount one can try.
describe.runIf(process.getuid?.() === 0).each(testDatabases().filter(({ kind }) => kind === 'server'))(
  'a disk that is full under the $name',
  (database) => {
    let vitrine: RunningVitrine | undefined;
    let installation: TestInstallation | undefined;
    let mounted = false;
    const disk = mkdtempSync(join(tmpdir(), 'vitrine-disk-'));
    const name = `small_${randomBytes(4).toString('hex')}`;
    const onServer = async (...statements: string[]) => {
      const client = new pg.Client({ connectionString: process.env.VITRINE_TEST_DATABASE_URL! });
      await client.connect();
      try {
        for (const statement of statements) await client.query(statement);
      } finally {
        await client.end();
      }
    };
    afterAll(async () => {
      await vitrine?.end('SIGKILL');
      if (mounted) await onServer(`drop database if exists ${name} with (force)`, `drop tablespace if exists ${name}`);
      await installation?.remove();
      spawnSync('umount', [disk]);
      rmSync(disk, { recursive: true, force: true });
    });

    it('is told to whoever writes; lists go on, and nothing acknowledged is lost', async (test) => {
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m,mode=755`, 'tmpfs', disk]).status !== 0)
        return test.skip('no disk can be mounted here');
      mounted = true;
      const space = join(disk, 'space');
      mkdirSync(space, { mode: 0o700 });
      chownSync(space, NOBODY, NOBODY);
      installation = await database.install();
      await onServer(`create tablespace ${name} location '${space}'`, `create database ${name} tablespace ${name}`);
      const address = new URL(installation.env.DATABASE_URL!);
      address.pathname = `/${name}`;
      const env = testEnvironment({
        ...installation.env,
        DATABASE_URL: address.toString(),
        VITRINE_CONSENT: 'implied',
        LOG_LEVEL: 'fatal',
      });
      vitrine = await startVitrine(env);
      const { call } = vitrine;
      const events = new Set<string>();
      let serial = 0;
      let refused = 0;
      const write = async (): Promise<void> => {
        const n = ++serial;
        const lines = Array.from({ length: 50 }, (_, k) =>
          JSON.stringify({
            id: `e${n}-${k}`,
            type: 'search',
            userId: 'u1',
            query: randomBytes(400).toString('base64'),
          }),
        );
        const single = await call('POST', '/v1/events', { id: `s${n}`, type: 'view', userId: 'u1', itemId: 'i1' });
        const item = await call('PUT', `/v1/items/i${n}`, {
          title: `Lamp ${n}`,
          description: randomBytes(3_000).toString('base64'),
        });
        const batch = await call('POST', '/v1/events/batch', lines.join('\n'));
        if (single.status < 300) events.add(`s${n}`);
        if (batch.status === 200 && (batch.body.rejected as unknown[]).length === 0)
          for (let k = 0; k < 50; k++) events.add(`e${n}-${k}`);
        for (const { status, body, headers } of [single, item, batch]) {
          if (status < 300) continue;
          refused++;
          expect({ status, code: body.code }).toEqual({ status: 503, code: 'VIT_DISK_FULL' });
          expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        }
      };
      for (let n = 0; n < 3; n++) await write();
      expect(refused).toBe(0);
      const ballast = join(disk, 'ballast');
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
      for (let n = 0; n < 200 && refused < 6; n++) await write();
      expect(refused).toBeGreaterThanOrEqual(6);
      expect((await call('GET', '/health/live', undefined, null)).status).toBe(200);
      expect((await call('POST', '/v1/recommendations', { placement: 'home' })).status).toBe(200);
      expect((await call('GET', '/v1/items/i1')).status).toBe(200);

      rmSync(ballast);
      const before = refused;
      for (let n = 0; n < 3; n++) await write();
      expect(refused).toBe(before);
      const { body } = await call<{ sections: { events: { id: string }[] } }>('GET', '/v1/users/u1/export');
      const stored = body.sections.events.map(({ id }) => id);
      const kept = new Set(stored);
      const lost = [...events].filter((id) => !kept.has(id));
      noteTrust({
        what: 'a full disk under PostgreSQL',
        faults: 1,
        requests: 3 * serial,
        acknowledged: events.size,
        lost: lost.length,
        doubled: stored.length - kept.size,
      });
      expect(lost).toEqual([]);
      expect(stored.length).toBe(kept.size);
    }, 400_000);
  },
);
