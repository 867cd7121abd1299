import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';

const USER = 'anna.schmidt@example.com';
const VISITOR = 'anna.schmidt-browser';
const AUTHOR = 'Anna Schmidt';
const WORDS = 'gift for anna.schmidt';
/** However it is written: also with `%40` or in another case. */
const NAMED = /anna.{0,3}schmidt/i;

describe.each(testDatabases())('the log on the $name', (database) => {
  let installation: TestInstallation | undefined;
  let vitrine: RunningVitrine | undefined;
  afterEach(async () => {
    await vitrine?.end('SIGKILL');
    await installation?.remove();
  });

  it('names nobody at its most talkative, whatever was asked and however it failed', async () => {
    installation = await database.install();
    vitrine = await startVitrine(
      testEnvironment({ ...installation.env, VITRINE_CONSENT: 'implied', LOG_LEVEL: 'trace' }),
    );
    const { call } = vitrine;
    const user = encodeURIComponent(USER);
    const everything = async (): Promise<number[]> => {
      const statuses: number[] = [];
      const ask = async (method: string, path: string, body?: unknown, key?: string) =>
        statuses.push((await call(method, path, body, key)).status);
      await ask('PUT', '/v1/items/a', { title: 'Lamp' });
      await ask('PUT', '/v1/items/a/reviews/r', { text: 'Fine', author: AUTHOR });
      await ask('PUT', `/v1/users/${user}/consent`, { personalization: true });
      await ask('POST', '/v1/events', { type: 'search', userId: USER, visitorId: VISITOR, query: WORDS });
      await ask('POST', '/v1/events/batch', JSON.stringify({ type: 'view', userId: USER, itemId: 'a', at: AUTHOR }));
      await ask('POST', '/v1/events', { type: 'nonsense', userId: USER });
      await ask('POST', '/v1/users/merge', { userId: USER, visitorId: VISITOR });
      await ask('POST', '/v1/recommendations', { placement: 'home', userId: USER, context: { text: WORDS } });
      await ask('POST', '/v1/search', { text: WORDS });
      await ask('GET', `/v1/users/${user}/export`);
      await ask('GET', `/v1/admin/people?id=${user}`, undefined, testKeys.admin);
      await ask('GET', `/v1/users/${user}/nothing`);
      await ask('POST', `/v1/users/${user}/consent`, {});
      await ask('PUT', `/v1/users/${user}/consent`, { personalization: USER });
      await ask('DELETE', `/v1/users/${user}`);
      await ask('DELETE', `/v1/visitors/${VISITOR}`);
      return statuses;
    };
    const statuses = await everything();
    expect(statuses.every((status) => status < 500)).toBe(true);
    expect(statuses.filter((status) => status < 300).length).toBeGreaterThanOrEqual(10);

    if (database.kind === 'server') {
      // A database that refuses rows quotes them: in its detail, and with this function in its very message.
      const client = new pg.Client({ connectionString: installation.env.DATABASE_URL! });
      await client.connect();
      await client.query(`
        create function refuse() returns trigger language plpgsql as $$ begin
          raise exception 'value "%" is out of reach', new using detail = 'Failing row contains ' || new; end $$;
        create trigger refused before insert or update on events for each row execute function refuse();
        create trigger refused before insert or update on consents for each row execute function refuse();
        create trigger refused before insert or update on impressions for each row execute function refuse();
        alter table visitors add constraint nobody check (id = 'x') not valid`);
      const refused = await everything();
      expect(refused.filter((status) => status === 500).length).toBeGreaterThanOrEqual(3);
      await client.end();
      for (let tries = 0; !vitrine.output().includes('impressions could not be written') && tries < 200; tries++)
        await new Promise((wake) => setTimeout(wake, 100));
      expect(vitrine.output()).toContain('"route":"/v1/users/:id/consent","person":"p-');
      expect(vitrine.output()).toContain('impressions could not be written');
    }
    const told = vitrine.output();
    await vitrine.end();
    expect(
      told.split('\n').filter((line) => NAMED.test(decodeURIComponent(line.replace(/%(?![0-9a-f]{2})/gi, '%25')))),
    ).toEqual([]);
  }, 400_000);
});
