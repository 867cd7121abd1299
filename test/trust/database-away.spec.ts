import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

interface OwnServer {
  url: string;
  pid: number;
  bin: string;
  folder: string;
  stop(): Promise<void>;
}
const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));
const NOBODY = 65534;

const embedded = testDatabases().find(({ kind }) => kind === 'embedded')!;

// A server of its own, for it is taken down in the midst of work.
describe.runIf(testDatabases().some(({ kind }) => kind === 'server'))(
  'a PostgreSQL that goes away and comes back',
  () => {
    let server: OwnServer;
    let again: ChildProcess | undefined;
    let vitrine: RunningVitrine | undefined;
    let remove: () => Promise<void> = async () => undefined;
    afterAll(async () => {
      await vitrine?.end('SIGKILL');
      again?.kill('SIGINT');
      await server?.stop();
      await remove();
    });
    const down = async () => {
      process.kill(again?.pid ?? server.pid, 'SIGQUIT');
      for (let gone = false; !gone; await pause(20)) {
        try {
          process.kill(again?.pid ?? server.pid, 0);
        } catch {
          gone = true;
        }
      }
    };
    const up = async () => {
      const { port } = new URL(server.url);
      again = spawn(
        join(server.bin, 'postgres'),
        ['-D', join(server.folder, 'data'), '-p', port, '-k', server.folder, '-c', 'listen_addresses=127.0.0.1'],
        {
          cwd: server.folder,
          stdio: 'ignore',
          ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
        },
      );
    };

    it('loses nothing acknowledged; writes are told to wait, lists go on, all heals by itself', async () => {
      const { startPostgres } = (await import('../../scripts/lib/postgres.mjs' as string)) as {
        startPostgres(): Promise<OwnServer>;
      };
      server = await startPostgres();
      const folder = await embedded.install();
      remove = folder.remove;
      vitrine = await startVitrine(
        testEnvironment({ ...folder.env, DATABASE_URL: server.url, VITRINE_CONSENT: 'implied' }),
      );
      const acknowledged: string[] = [];
      const put = async (id: string) => {
        const answer = await vitrine!.call<Record<string, unknown>>('PUT', `/v1/items/${id}`, { title: `Lamp ${id}` });
        if (answer.status < 300) acknowledged.push(id);
        return answer;
      };
      for (let n = 0; n < 8; n++) expect((await put(`before${n}`)).status).toBe(201);
      const list = async () =>
        vitrine!.call<{ items: { id: string }[]; code?: string }>('POST', '/v1/recommendations', {
          placement: 'home',
          context: { itemIds: ['before0'] },
        });
      for (let tries = 0; (await list()).body.items.length < 7 && tries < 300; tries++) await pause(100);

      // All the while there is traffic: what is answered with success is kept, and everything else is told to come back.
      let going = true;
      const events = new Set<string>();
      const endings = new Map<string, number>();
      let serial = 0;
      const writer = async (turn: number) => {
        while (going) {
          const id = `w${turn}-${++serial}`;
          const { status, headers } = await vitrine!.call('POST', '/v1/events', {
            id,
            type: 'view',
            userId: `w${turn}`,
            itemId: 'before0',
          });
          if (status === 202) events.add(id);
          const ending = `written ${status}${status === 503 && Number(headers.get('retry-after')) >= 1 ? ', come back' : ''}`;
          endings.set(ending, (endings.get(ending) ?? 0) + 1);
          await pause(5);
        }
      };
      const reader = async () => {
        while (going) {
          const ending = `read ${(await list()).status}`;
          endings.set(ending, (endings.get(ending) ?? 0) + 1);
          await pause(5);
        }
      };
      const traffic = [writer(0), writer(1), writer(2), reader(), reader()];

      for (let round = 0; round < 2; round++) {
        await down();
        // What is logged of it names nobody.
        expect((await vitrine.call('GET', '/v1/users/anna%40example.com/consent')).status).toBe(503);
        expect(vitrine.output()).toMatch(/"route":"\/v1\/users\/:id\/consent","person":"p-/);
        expect(vitrine.output()).not.toMatch(/anna/);
        const refused = await put(`during${round}`);
        expect(refused.status).toBe(503);
        expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
        expect(refused.body.code).toBe('VIT_DATABASE_UNREACHABLE');
        expect(JSON.stringify(refused.body)).not.toMatch(/ECONN|127\.0\.0\.1/);
        const event = { type: 'view', itemId: 'before0', userId: 'u1' };
        expect((await vitrine.call('POST', '/v1/events', event)).status).toBe(503);
        const without = await list();
        expect(without.status, JSON.stringify(without.body)).toBe(200);
        expect(without.body.items.length).toBe(7 + round);
        expect((await vitrine.call('GET', '/v1/popular')).status).toBe(200);
        // Somebody whose past can not be read is served like somebody without one.
        const person = await vitrine.call('POST', '/v1/recommendations', {
          placement: 'home',
          userId: `somebody${round}`,
        });
        expect([200, 503]).toContain(person.status);
        expect((await vitrine.call('GET', '/health/live', undefined, null)).status).toBe(200);
        expect((await vitrine.call('GET', '/health/ready', undefined, null)).status).toBe(503);
        await up();
        for (let tries = 0; (await put(`after${round}`)).status >= 500 && tries < 300; tries++) await pause(100);
        for (
          let tries = 0;
          (await vitrine.call('GET', '/health/ready', undefined, null)).status !== 200 && tries < 300;
          tries++
        )
          await pause(100);
        // What is written now shows in lists again: notifications and polling found their way back.
        const expected = 8 + round;
        for (let tries = 0; (await list()).body.items.length < expected && tries < 300; tries++) await pause(100);
        expect((await list()).body.items.length).toBe(expected);
      }
      going = false;
      await Promise.all(traffic);
      expect([...endings.keys()].sort()).toEqual(['read 200', 'written 202', 'written 503, come back']);
      const lost: string[] = [];
      let doubled = 0;
      for (let turn = 0; turn < 3; turn++) {
        const { body } = await vitrine.call<{ sections: { events: { id: string }[] } }>(
          'GET',
          `/v1/users/w${turn}/export`,
        );
        const stored = body.sections.events.map(({ id }) => id);
        doubled += stored.length - new Set(stored).size;
        lost.push(...[...events].filter((id) => id.startsWith(`w${turn}-`) && !stored.includes(id)));
      }
      for (const id of acknowledged) if ((await vitrine.call('GET', `/v1/items/${id}`)).status !== 200) lost.push(id);
      noteTrust({
        what: 'PostgreSQL taken away and given back',
        faults: 2,
        requests: [...endings.values()].reduce((sum, count) => sum + count, 0),
        acknowledged: acknowledged.length + events.size,
        lost: lost.length,
        doubled,
      });
      expect(lost).toEqual([]);
      expect(doubled).toBe(0);
      expect((await vitrine.call('GET', '/v1/admin/status', undefined, testKeys.admin)).status).toBe(200);
      expect((await vitrine.end()).code).toBe(0);
    }, 240_000);
  },
);
