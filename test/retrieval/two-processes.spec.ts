import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment } from '../support/running-vitrine.js';

const servers = testDatabases().filter(({ kind }) => kind === 'server');
const LIMIT_MS = 2_000;

describe.each(servers)('two API processes over one $name', (database) => {
  let installation: TestInstallation;
  let one: RunningVitrine;
  let other: RunningVitrine;
  let client: pg.Client;

  beforeAll(async () => {
    installation = await database.install();
    const env = testEnvironment({ ...installation.env, VITRINE_INDEX: 'exact' });
    one = await startVitrine(env, ['serve']);
    other = await startVitrine(env, ['serve']);
    client = new pg.Client({ connectionString: installation.env.DATABASE_URL });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await Promise.all([one?.end(), other?.end()]);
    await installation?.remove();
  });

  /** Ids that a process recommends out of its own memory. */
  const shown = async (process: RunningVitrine, filter: object): Promise<string[]> => {
    const { body } = await process.call<{ items: { id: string }[] }>('POST', '/v1/recommendations', {
      placement: 'home',
      filter,
      limit: 100,
    });
    return body.items.map(({ id }) => id).sort();
  };

  /** Milliseconds until a process shows exactly these. */
  const until = async (process: RunningVitrine, filter: object, expected: string[]): Promise<number> => {
    const from = performance.now();
    for (;;) {
      const now = await shown(process, filter);
      const ms = performance.now() - from;
      if (JSON.stringify(now) === JSON.stringify(expected)) return ms;
      if (ms > 4 * LIMIT_MS) throw new Error(`after ${Math.round(ms)} ms it shows ${now}, not ${expected}`);
      await new Promise((wake) => setTimeout(wake, 20));
    }
  };

  it('shows the same catalogue in both within two seconds of a new, a changed and a deleted item', async () => {
    const put = (id: string, brand: string) => one.call('PUT', `/v1/items/${id}`, { id, title: `A lamp ${id}`, brand });
    for (const id of ['a', 'b', 'c']) expect((await put(id, 'acme')).status).toBeLessThan(300);
    expect(await shown(one, { brand: 'acme' })).toEqual(['a', 'b', 'c']);
    const times = [await until(other, { brand: 'acme' }, ['a', 'b', 'c'])];
    await put('b', 'other');
    times.push(await until(other, { brand: 'acme' }, ['a', 'c']));
    await other.call('DELETE', '/v1/items/c');
    expect(await shown(other, { brand: 'acme' })).toEqual(['a']);
    times.push(await until(one, { brand: 'acme' }, ['a']));
    expect(Math.max(...times)).toBeLessThan(LIMIT_MS);
  });

  it('does so too when no notification arrives: both look for themselves', async () => {
    // What another process would write, without the word that wakes the others.
    const { rows } = await client.query(
      "insert into items (id, title, brand, content_hash) values ('quiet', 'A quiet lamp', 'quiet', 'x') returning key",
    );
    await client.query("insert into outbox (topic, subject, origin) values ('item', $1, $2)", [
      String(rows[0].key),
      randomUUID(),
    ]);
    const times = await Promise.all([one, other].map((process) => until(process, { brand: 'quiet' }, ['quiet'])));
    expect(Math.max(...times)).toBeLessThan(LIMIT_MS);
  });

  it('does so too when the connections that listen are cut', async () => {
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'vitrine listen' and datname = current_database()",
    );
    expect((await one.call('PUT', '/v1/items/d', { id: 'd', title: 'A lamp d', brand: 'cut' })).status).toBeLessThan(
      300,
    );
    expect(await until(other, { brand: 'cut' }, ['d'])).toBeLessThan(LIMIT_MS);
  });
});
