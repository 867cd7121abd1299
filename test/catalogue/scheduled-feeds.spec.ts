import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeedBook } from '../../src/connect/feeds/feed-book.js';
import { FeedJobs } from '../../src/connect/feeds/feed-jobs.js';
import { FeedRunner } from '../../src/connect/feeds/feed-runner.js';
import { DATABASE, type Database } from '../../src/platform/platform.api.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

interface Feed {
  id: string;
  state: string;
  items: number;
  paused: boolean;
  nextRunAt: string | null;
  lastRun: {
    outcome: string;
    message: string | null;
    importId: string | null;
    accepted: number;
    rejected: number;
    discontinued: number;
  } | null;
  code?: string;
  detail?: string;
}

/** What the address of a feed answers next, and what it was asked. */
interface Address {
  body: string | Buffer;
  etag?: string;
  /** Bytes after which the connection is cut. */
  cutAfter?: number;
  /** Where it sends those who ask. */
  location?: string;
  asked: { ifNoneMatch?: string; status: number; authorization?: string; token?: string }[];
}

const csv = (ids: readonly string[], more = ''): string =>
  `id,title,price,availability${more}\n${ids.map((id) => `${id},Thing ${id},5 EUR,in_stock\n`).join('')}`;

describe.each(testDatabases())('a feed that is polled, on the $name', (database) => {
  let shop: OpenShop;
  let server: Server;
  let base = '';
  const addresses = new Map<string, Address>();
  const admin = { authorization: `Bearer ${testKeys.admin}` };
  const call = <T = Feed>(method: string, path: string, body?: unknown) =>
    shop.call<T>(method, `/v1/admin/feeds${path}`, body, admin);
  const address = (name: string, body: string | Buffer, etag?: string): Address => {
    const one: Address = { body, etag, asked: [] };
    addresses.set(`/${name}`, one);
    return one;
  };
  const availability = async (id: string) =>
    (await shop.call<{ availability: string }>('GET', `/v1/items/${id}`)).body.availability;
  /** Waits until the feed has run after `before` and rests. */
  const rested = async (id: string, before: string | null = null): Promise<Feed & { lastRun: object }> => {
    for (let tries = 0; tries < 300; tries++) {
      const { body } = await call<Feed & { lastRun: { finishedAt: string } | null }>('GET', `/${id}`);
      if (body.state !== 'running' && body.lastRun && body.lastRun.finishedAt !== before) return body as never;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${id} did not run`);
  };
  const runNow = async (id: string, body?: unknown) => {
    const before = (await call<{ lastRun: { finishedAt: string } | null }>('GET', `/${id}`)).body.lastRun;
    expect((await call('POST', `/${id}/run`, body ?? {})).status).toBe(202);
    return (await rested(id, before?.finishedAt ?? null)) as Feed & { lastRun: NonNullable<Feed['lastRun']> };
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      const one = addresses.get(request.url!);
      if (!one) return void response.writeHead(404).end();
      const ifNoneMatch = request.headers['if-none-match'];
      const status = one.etag && ifNoneMatch === one.etag ? 304 : 200;
      const { authorization, 'x-token': token } = request.headers as { authorization?: string; 'x-token'?: string };
      one.asked.push({
        ifNoneMatch,
        status,
        ...(authorization === undefined ? {} : { authorization }),
        ...(token === undefined ? {} : { token }),
      });
      if (one.location) return void response.writeHead(302, { location: one.location }).end();
      const bytes = Buffer.from(one.body);
      const headers = { 'content-length': String(bytes.length), ...(one.etag ? { etag: one.etag } : {}) };
      if (status === 304) return void response.writeHead(304, { etag: one.etag! }).end();
      response.writeHead(200, headers);
      if (one.cutAfter === undefined) return void response.end(bytes);
      response.write(bytes.subarray(0, one.cutAfter), () => setTimeout(() => response.destroy(), 50));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    shop = await openShop(database, { VITRINE_ALLOW_PRIVATE_URLS: 'true' });
  });
  afterAll(async () => {
    await shop?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is taken in at once, asked by its ETag, and what vanishes from it is discontinued until it comes back', async () => {
    const source = address('one.csv', csv(['a1', 'a2', 'a3', 'a4']), '"v1"');
    const made = await call('POST', '', { url: `${base}/one.csv`, everyMinutes: 30 });
    expect(made.status).toBe(201);
    const { id } = made.body;
    const first = await rested(id);
    expect(first).toMatchObject({ items: 4, lastRun: { outcome: 'done', accepted: 4, discontinued: 0 } });
    const minutes = (Date.parse(first.nextRunAt!) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(29);
    expect(minutes).toBeLessThan(31);

    const again = await runNow(id);
    expect(again.lastRun.outcome).toBe('unchanged');
    expect(source.asked.map(({ status }) => status)).toEqual([200, 304]);

    Object.assign(source, { body: csv(['a1', 'a2', 'a4', 'a5']), etag: '"v2"' });
    const changed = await runNow(id);
    expect(changed).toMatchObject({ items: 4, lastRun: { outcome: 'done', accepted: 1, discontinued: 1 } });
    expect(await availability('a3')).toBe('discontinued');
    expect(await availability('a1')).toBe('in_stock');

    Object.assign(source, { body: csv(['a1', 'a2', 'a3', 'a4', 'a5']), etag: '"v3"' });
    expect(await runNow(id)).toMatchObject({ items: 5, lastRun: { accepted: 1, discontinued: 0 } });
    expect(await availability('a3')).toBe('in_stock');
    const imports = await shop.call<{ imports: { source: string; state: string }[] }>(
      'GET',
      '/v1/admin/imports',
      undefined,
      admin,
    );
    expect(imports.body.imports.filter(({ source: from }) => from === `${base}/one.csv`)).toHaveLength(3);
  });

  it('that comes half empty discontinues nothing, says so, and is accepted once by a person', async () => {
    const source = address('half.csv', csv(['b1', 'b2', 'b3', 'b4', 'b5']), '"v1"');
    await call('PUT', '/half', { url: `${base}/half.csv`, everyMinutes: 5 });
    await rested('half');
    Object.assign(source, { body: csv(['b1', 'b2']), etag: '"v2"' });
    const doubted = await runNow('half');
    expect(doubted.lastRun).toMatchObject({ outcome: 'suspicious', discontinued: 0 });
    expect(doubted.lastRun.message).toMatch(/2 of the 5 .* accept/);
    expect(await availability('b5')).toBe('in_stock');
    // Still doubted, and asked without the ETag of the doubtful answer.
    expect((await runNow('half')).lastRun.outcome).toBe('suspicious');
    expect(source.asked.at(-1)).toEqual({ ifNoneMatch: undefined, status: 200 });
    const accepted = await runNow('half', { accept: true });
    expect(accepted).toMatchObject({ items: 2, lastRun: { outcome: 'done', discontinued: 3 } });
    expect(await availability('b5')).toBe('discontinued');
    expect((await runNow('half')).lastRun.outcome).toBe('unchanged');
  });

  it.each(['plain', 'gzip', 'xml without its end'])('that was cut short discontinues nothing: %s', async (how) => {
    const name = `cut-${how.replace(/ /g, '-')}`;
    const ids = Array.from({ length: 40 }, (_, index) => `${name}-${index}`);
    const xml = (all: readonly string[]) =>
      `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>${all
        .map((id) => `<item><g:id>${id}</g:id><g:title>Thing ${id}</g:title></item>`)
        .join('')}</channel></rss>`;
    const whole = how.startsWith('xml') ? xml(ids) : csv(ids);
    const source = address(name, how === 'gzip' ? gzipSync(whole) : whole);
    await call('PUT', `/${name}`, { url: `${base}/${name}` });
    expect(await rested(name)).toMatchObject({ items: 40, lastRun: { outcome: 'done' } });
    // Well over half of it comes, so that only the cut itself speaks against it.
    if (how === 'plain') source.cutAfter = Math.floor(whole.length * 0.8);
    else if (how === 'gzip') source.body = gzipSync(whole).subarray(0, -12);
    else source.body = xml(ids).slice(0, Math.floor(whole.length * 0.8));
    const { lastRun } = await runNow(name);
    expect(lastRun).toMatchObject({ outcome: 'suspicious', discontinued: 0 });
    expect(lastRun.message).toMatch(/broke off|without being closed/);
    expect(await availability(ids.at(-1)!)).toBe('in_stock');
  });

  it('keeps an item whose row is refused, and one that another feed still gives', async () => {
    const source = address('rows.csv', csv(['c1', 'c2', 'c3']));
    address('other.csv', csv(['c3']));
    await call('PUT', '/rows', { url: `${base}/rows.csv` });
    await call('PUT', '/other', { url: `${base}/other.csv` });
    await Promise.all([rested('rows'), rested('other')]);
    source.body = `${csv(['c1'])}c2,Thing c2,5 EUR,sold to a friend\n`;
    expect((await runNow('rows')).lastRun).toMatchObject({ outcome: 'done', rejected: 1, discontinued: 0 });
    expect(await availability('c2')).toBe('in_stock');
    expect(await availability('c3')).toBe('in_stock');
  });

  it('is paused, polled by hand, gone on with, polled by one process only, and forgotten', async () => {
    const source = address('paused.csv', csv(['d1']));
    await call('PUT', '/paused', { url: `${base}/paused.csv`, paused: true });
    expect((await call('GET', '/paused')).body).toMatchObject({ state: 'paused', nextRunAt: null, lastRun: null });
    const jobs = shop.running.app.get(FeedJobs);
    await jobs.tick();
    expect(source.asked).toHaveLength(0);
    expect(await runNow('paused')).toMatchObject({ paused: true, nextRunAt: null, lastRun: { accepted: 1 } });

    // The next turn: due, found by the tick, and taken by one of two that come for it.
    await call('PATCH', '/paused', { paused: false });
    await rested('paused', (await call<{ lastRun: { finishedAt: string } }>('GET', '/paused')).body.lastRun.finishedAt);
    const runner = shop.running.app.get(FeedRunner);
    expect((await runner.run('paused')).is).toBe('skipped');
    const asked = source.asked.length;
    await shop.running.app.get(FeedBook).due('paused', false);
    const both = await Promise.all([runner.run('paused'), runner.run('paused')]);
    expect(both.map(({ is }) => is).sort()).toEqual(['done', 'skipped']);
    expect(source.asked).toHaveLength(asked + 1);
    expect((await call('DELETE', '/paused')).status).toBe(204);
    expect((await call('DELETE', '/paused')).status).toBe(404);
    expect(await availability('d1')).toBe('in_stock');
  });

  it('behind a password is asked with it, shows it to nobody, and tells it to no other host', async () => {
    const feed = address('secret.csv', csv(['S1']));
    const secrets = { password: 'hunter two', token: 't0ken-of-mine' };
    const url = `${base.replace('//', '//shop:hunter%20two@')}/secret.csv`;
    const put = await call<Feed & { url: string; headers: object }>('PUT', '/secret', {
      url,
      headers: { 'X-Token': secrets.token },
      everyMinutes: 600,
    });
    expect(put.body).toMatchObject({
      url: `${base}/secret.csv`,
      headers: { authorization: '********', 'x-token': '********' },
    });
    const first = await rested('secret');
    const basic = `Basic ${Buffer.from('shop:hunter two').toString('base64')}`;
    expect(feed.asked).toEqual([{ status: 200, authorization: basic, token: secrets.token }]);
    // Sent back as it was shown, it is what it was; a mask over nothing is refused.
    const again = await call('PATCH', '/secret', { headers: { authorization: '********' }, everyMinutes: 601 });
    expect(again.status).toBe(200);
    // Asked differently, it is asked at once.
    await rested('secret', (first.lastRun as unknown as { finishedAt: string }).finishedAt);
    expect(feed.asked.at(-1)).toEqual({ status: 200, authorization: basic });
    expect((await call('PATCH', '/secret', { headers: { cookie: '********' } })).status).toBe(400);
    expect((await call('PATCH', '/secret', { headers: { host: 'other' } })).status).toBe(400);
    // The same machine by another name is another host.
    const elsewhere = address('elsewhere.csv', csv(['S1']));
    feed.location = `${base.replace('127.0.0.1', 'localhost')}/elsewhere.csv`;
    await runNow('secret');
    expect(elsewhere.asked).toEqual([{ status: 200 }]);
    const told = [await call('GET', ''), await call('GET', '/secret')].map(({ body }) => JSON.stringify(body)).join();
    const audit = await shop.call('GET', '/v1/admin/audit?limit=100', undefined, admin);
    const imports = await shop.call('GET', '/v1/admin/imports', undefined, admin);
    for (const text of [told, JSON.stringify(audit.body), JSON.stringify(imports.body)])
      for (const secret of [...Object.values(secrets), 'hunter', basic.slice(6)]) expect(text).not.toContain(secret);
  });

  it('that cannot be had says why and comes again; an address that may not be asked is refused', async () => {
    await call('PUT', '/gone', { url: `${base}/nowhere.csv`, everyMinutes: 600 });
    const failed = await rested('gone');
    expect(failed.lastRun).toMatchObject({ outcome: 'failed' });
    expect(failed.lastRun.message).toMatch(/404/);
    // Sooner than its turn in ten hours.
    expect(Date.parse(failed.nextRunAt!) - Date.now()).toBeLessThan(10 * 60_000);
    expect((await call('POST', '', { url: 'file:///etc/passwd' })).status).toBe(400);
    expect((await call('POST', '', { url: `${base}/a.csv`, everyMinutes: 0 })).status).toBe(400);
    expect((await call('POST', '/nobody/run')).status).toBe(404);
  });

  it('beyond the most a shop may have is refused, and hides none that is there', async () => {
    const database = shop.running.app.get<Database>(DATABASE);
    await database.run(
      `insert into feeds (id, url, currency, mapping, every_minutes, vanished, paused, created_at)
       select 'many-' || n, 'https://shop.example/' || n, 'EUR', '{}', 60, 'keep', true, '2000-01-01' from generate_series(1, 500) n`,
      [],
    );
    const { status, body } = await call<{ errors?: { message: string }[] }>('POST', '', { url: `${base}/one-more` });
    expect(status).toBe(400);
    expect(body.errors?.[0]?.message).toContain('500 feeds');
    expect((await call('PATCH', '/many-7', { name: 'still mine' })).status).toBe(200);
    await database.run("delete from feeds where id like 'many-%'", []);
  });
});
