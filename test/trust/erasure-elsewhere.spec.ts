import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const PEOPLE = 30;

describe.each(testDatabases().filter(({ kind }) => kind === 'server'))('two processes on the $name', (database) => {
  let installation: TestInstallation | undefined;
  const running: RunningVitrine[] = [];
  afterAll(async () => {
    for (const vitrine of running) await vitrine.end('SIGKILL');
    await installation?.remove();
  });

  it('write nothing about a person whom the other one has erased, however shortly before they were served', async () => {
    installation = await database.install();
    const env = testEnvironment({ ...installation.env, VITRINE_CONSENT: 'implied' });
    running.push(await startVitrine(env));
    running.push(await startVitrine(env, ['serve']));
    const [first, second] = running as [RunningVitrine, RunningVitrine];
    for (let n = 0; n < 3; n++)
      expect((await first.call('PUT', `/v1/items/p${n}`, { title: `Lamp ${n}` })).status).toBe(201);
    const stays = async (person: string) =>
      (await second.call('POST', '/v1/recommendations', { placement: 'home', userId: person })).status;
    await first.call('POST', '/v1/users/merge', { visitorId: 'browser', userId: 'gone0' });
    for (let n = 0; n < PEOPLE; n++) {
      expect(await stays(`gone${n}`)).toBe(200);
      if (n === 0)
        expect(
          (await second.call('POST', '/v1/recommendations', { placement: 'home', visitorId: 'browser' })).status,
        ).toBe(200);
      if (n % 3 === 0) expect(await stays(`stays${n}`)).toBe(200);
      // At different moments of the half second after which the second one writes.
      await new Promise((wake) => setTimeout(wake, (n * 37) % 400));
      expect((await first.call('DELETE', `/v1/users/gone${n}`)).status).toBe(200);
    }
    await new Promise((wake) => setTimeout(wake, 2_000));
    const client = new pg.Client({ connectionString: installation.env.DATABASE_URL! });
    await client.connect();
    const { rows } = await client.query<{ user_id: string | null; visitor_id: string | null }>(
      'select distinct user_id, visitor_id from impressions',
    );
    await client.end();
    const people = rows.map((row) => row.user_id ?? row.visitor_id);
    expect(people.filter((person) => person === 'browser' || person?.startsWith('gone'))).toEqual([]);
    expect(people.filter((person) => person?.startsWith('stays')).length).toBe(PEOPLE / 3);
    noteTrust({
      what: 'people erased while another process was about to write of them',
      requests: PEOPLE * 2,
      acknowledged: PEOPLE,
    });
  }, 400_000);
});
