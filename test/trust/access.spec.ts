import { randomUUID } from 'node:crypto';
import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { type Operation, type Role, readOpenApi } from '../support/openapi.js';
import { testKeys } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const roles: readonly Role[] = ['none', 'publishable', 'server', 'admin'];

interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

// Who may call is judged before anything of a database is asked: one of them suffices.
describe('nobody gets in who may not', () => {
  let shop: OpenShop;
  let operations: Operation[];
  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!, { LOG_LEVEL: 'fatal', VITRINE_CONSENT: 'implied' });
    operations = (await readOpenApi(shop.running.url!)).operations;
  });
  afterAll(() => shop?.close());

  /** Sends a request whose body is announced and never comes: whoever waits for it, hangs. */
  const announce = (operation: Operation, headers: Record<string, string>): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const type = Object.keys(operation.bodies)[0];
      const sent = rawRequest(
        shop.running.url + operation.path.replace(/\{\w+\}/g, 'x1'),
        {
          method: operation.method,
          headers: {
            ...headers,
            ...(type === undefined ? {} : { 'content-type': 'application/x-wrong', 'content-length': '1000' }),
          },
          timeout: 5_000,
        },
        (response) => {
          let body = '';
          response.on('data', (chunk) => (body += chunk));
          response.on('end', () => {
            sent.destroy();
            resolve({ status: response.statusCode!, headers: response.headers, body });
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error('no answer before the body')));
      sent.on('error', reject);
      sent.flushHeaders();
      if (type === undefined) sent.end();
    });
  const expectRefusal = (answer: Answered, status: number, what: string): void => {
    expect(answer.status, what).toBe(status);
    expect(answer.headers['content-type'], what).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(answer.body) as Record<string, unknown>;
    expect(problem, what).toMatchObject({ status, code: expect.stringMatching(/^VIT_ACCESS_/) });
    expect(problem.requestId, what).toEqual(answer.headers['x-request-id']);
  };

  it('asks every call of the document for its role, from the headers alone', async () => {
    expect(operations.length).toBeGreaterThan(70);
    let tried = 0;
    for (const operation of operations) {
      const what = `${operation.method} ${operation.path}`;
      expect(roles, what).toContain(operation.role);
      if (operation.path.startsWith('/v1/admin/') && operation.path !== '/v1/admin/session')
        expect(operation.role, what).toBe('admin');
      if (operation.role === 'none') {
        expect(what).toMatch(/ (\/health\/(live|ready)|\/v1\/pictures\/\{hash\}|\/v1\/admin\/session)$/);
        continue;
      }
      expectRefusal(await announce(operation, {}), 401, `${what} without a key`);
      // A wrong key spends a small allowance by address; the suite would meet its own throttle, so it tries one form of each.
      expectRefusal(
        await announce(operation, { authorization: 'Basic dGVzdDp0ZXN0' }),
        401,
        `${what} with a wrong form`,
      );
      tried += 2;
      for (const lesser of roles.slice(1, roles.indexOf(operation.role))) {
        const key = testKeys[lesser as 'publishable'];
        expectRefusal(await announce(operation, { authorization: `Bearer ${key}` }), 403, `${what} as ${lesser}`);
        tried++;
      }
    }
    noteTrust({ what: `keys on ${operations.length} operations`, requests: tried, badInputs: tried });
  });

  it('answers wrong keys with 401, and whoever guesses on with 429 and a time to wait', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 90; guess++) {
      const operation = operations[guess % operations.length]!;
      if (operation.role === 'none') continue;
      const answer = await announce(operation, { authorization: `Bearer sk_${randomUUID().replaceAll('-', '')}` });
      statuses.push(answer.status);
      if (answer.status === 429) {
        expectRefusal(answer, 429, 'guessing');
        expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      } else expectRefusal(answer, 401, 'guessing');
    }
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    // A right key from the same address is not held up by somebody's guessing.
    expect((await shop.call('GET', '/v1/items')).status).toBe(200);
  });

  const asPage = { authorization: `Bearer ${testKeys.publishable}` };

  it('throttles a publishable key by key and address, and leaves other keys alone', async () => {
    const made = await shop.call<{ key: string }>('POST', '/v1/admin/keys', { role: 'publishable' }, admin);
    const busy = { authorization: `Bearer ${made.body.key}` };
    let answer = await fetch(`${shop.running.url}/v1/items`, { headers: busy });
    for (let sent = 0; answer.status === 200 && sent < 60; sent++) {
      const many = await Promise.all(
        Array.from({ length: 40 }, () => fetch(`${shop.running.url}/v1/items?limit=1`, { headers: busy })),
      );
      answer = many.find(({ status }) => status !== 200) ?? answer;
    }
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await fetch(`${shop.running.url}/v1/items`, { headers: asPage })).status).toBe(200);
    expect((await shop.call('GET', '/v1/items')).status).toBe(200);
  });

  const admin = { authorization: `Bearer ${testKeys.admin}` };

  it('binds a publishable key to its origins, before and in the call', async () => {
    const made = await shop.call<{ key: string; id: string }>(
      'POST',
      '/v1/admin/keys',
      { role: 'publishable', origins: ['https://shop.example'] },
      admin,
    );
    const key = { authorization: `Bearer ${made.body.key}` };
    const from = (headers: Record<string, string>) =>
      fetch(`${shop.running.url}/v1/items`, { headers: { ...key, ...headers } });
    expect((await from({ origin: 'https://shop.example' })).status).toBe(200);
    expect((await from({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await from({ origin: 'null' })).status).toBe(403);
    expect((await from({ origin: 'https://shop.example.evil.example' })).status).toBe(403);
    expect((await from({})).status).toBe(200);
    expect((await from({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await from({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    const preflight = (origin: string) =>
      fetch(`${shop.running.url}/v1/recommendations`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,vitrine-visitor',
        },
      });
    const allowed = await preflight('https://shop.example');
    expect(allowed.status).toBeLessThan(300);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('vitrine-visitor');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    await shop.call('DELETE', `/v1/admin/keys/${made.body.id}`, undefined, admin);
    expect((await preflight('https://shop.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets a page act for its own visitor alone', async () => {
    const visitor = async () =>
      (await shop.call<{ visitorId: string; token: string }>('POST', '/v1/visitors', {}, asPage)).body;
    const [mine, theirs] = [await visitor(), await visitor()];
    const page = { ...asPage, 'vitrine-visitor': mine.token };
    const paths = ['consent', 'export'].map((what) => ['GET', `/v1/visitors/${theirs.visitorId}/${what}`] as const);
    for (const [method, path] of [...paths, ['DELETE', `/v1/visitors/${theirs.visitorId}`] as const])
      expect((await shop.call(method, path, undefined, page)).status, path).toBe(403);
    expect((await shop.call('GET', `/v1/visitors/${mine.visitorId}/export`, undefined, page)).status).toBe(200);
    expect((await shop.call('GET', `/v1/visitors/${mine.visitorId}/export`, undefined, asPage)).status).toBe(403);
    for (const person of [
      { visitorId: theirs.visitorId },
      { userId: 'u1' },
      { userId: 'u1', visitorId: mine.visitorId },
    ]) {
      const event = { type: 'view', itemId: 'p1', ...person };
      expect((await shop.call('POST', '/v1/events', event, page)).status).toBe(403);
      expect((await shop.call('POST', '/v1/recommendations', { placement: 'home', ...person }, page)).status).toBe(403);
      const batch = await fetch(`${shop.running.url}/v1/events/batch`, {
        method: 'POST',
        headers: { ...page, 'content-type': 'application/x-ndjson' },
        body: JSON.stringify(event),
      });
      expect(await batch.json()).toMatchObject({ accepted: 0, rejected: [{ line: 1 }] });
    }
    const own = { type: 'view', itemId: 'p1', visitorId: mine.visitorId };
    expect((await shop.call('POST', '/v1/events', own, page)).status).toBe(202);
    expect((await shop.call('POST', '/v1/events', own, asPage)).status).toBe(403);
    const tampered = `${mine.token.slice(0, -2)}xx`;
    expect((await shop.call('POST', '/v1/events', own, { ...asPage, 'vitrine-visitor': tampered })).status).toBe(403);
    const debug = { placement: 'home', debug: true };
    expect((await shop.call('POST', '/v1/recommendations', debug, page)).status).toBe(403);
  });

  it('keeps private attributes, stock-keeping numbers and states from pages', async () => {
    const item = { id: 'secretive', title: 'Lamp', sku: 'SKU-77', attributes: { colour: 'red', _margin: 0.4 } };
    await shop.call('PUT', '/v1/items/secretive', item);
    const read = async (headers?: Record<string, string>) =>
      (await shop.call<Record<string, unknown>>('GET', '/v1/items/secretive', undefined, headers)).body;
    expect((await read()).attributes).toEqual({ colour: 'red', _margin: 0.4 });
    const seen = await read(asPage);
    expect(seen.attributes).toEqual({ colour: 'red' });
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['sku']));
    expect(seen.status).toBeUndefined();
    const list = await shop.call('GET', '/v1/items?limit=500', undefined, asPage);
    expect(JSON.stringify(list.body)).not.toMatch(/_margin|SKU-77/);
    for (const filter of [
      { 'attributes._margin': { gt: 0.1 } },
      { or: [{ brand: 'x' }, { not: { 'attributes._margin': { exists: true } } }] },
    ]) {
      const refused = await shop.call('POST', '/v1/recommendations', { placement: 'home', filter }, asPage);
      expect(refused.status).toBe(403);
      expect(refused.body.code).toBe('VIT_ACCESS_ATTRIBUTE');
      expect((await shop.call('POST', '/v1/search', { text: 'lamp', filter }, asPage)).status).toBe(403);
      const query = `/v1/popular?filter=${encodeURIComponent(JSON.stringify(filter))}`;
      expect((await shop.call('GET', query, undefined, asPage)).status).toBe(403);
      expect((await shop.call('POST', '/v1/recommendations', { placement: 'home', filter })).status).toBe(200);
    }
  });

  it('changes keys without a moment in which none works', async () => {
    let current = testKeys.server as string;
    let going = true;
    const statuses = new Map<number, number>();
    const caller = async () => {
      while (going) {
        const { status } = await shop.call('GET', '/v1/items?limit=1', undefined, {
          authorization: `Bearer ${current}`,
        });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const callers = [caller(), caller()];
    const made: string[] = [];
    for (let round = 0; round < 5; round++) {
      const { body } = await shop.call<{ key: string; id: string }>(
        'POST',
        '/v1/admin/keys',
        { role: 'server' },
        admin,
      );
      const former = made.at(-1);
      current = body.key;
      made.push(body.id);
      // The shop's own back end takes the new key up, calls on the way are let through, then the former goes.
      await new Promise((wake) => setTimeout(wake, 100));
      if (former) await shop.call('DELETE', `/v1/admin/keys/${former}`, undefined, admin);
    }
    going = false;
    await Promise.all(callers);
    expect([...statuses.keys()]).toEqual([200]);
    const entries = await shop.call<{ entries: { action: string; subject: string }[] }>(
      'GET',
      '/v1/admin/audit?limit=500',
      undefined,
      admin,
    );
    for (const id of made.slice(0, -1))
      expect(entries.body.entries.filter(({ subject }) => subject === id).map(({ action }) => action)).toEqual([
        'key.revoke',
        'key.create',
      ]);
  });

  it('writes down whatever an admin changed, once', async () => {
    const newest = async () =>
      (
        await shop.call<{ entries: { key: number; action: string; actor: string; subject: string | null }[] }>(
          'GET',
          '/v1/admin/audit?limit=20',
          undefined,
          admin,
        )
      ).body.entries;
    const changes: [string, string, unknown, RegExp][] = [
      ['POST', '/v1/admin/rules', { kind: 'pin', itemIds: ['secretive'], position: 1 }, /^rule\.create$/],
      ['PUT', '/v1/admin/placements/home', { limit: 5 }, /^placement\.put$/],
      ['POST', '/v1/admin/indexes/verify', undefined, /^POST \/v1\/admin\/indexes\/verify$/],
      ['POST', '/v1/admin/embedding', {}, /^POST \/v1\/admin\/embedding$/],
      ['POST', '/v1/admin/training', {}, /training/],
    ];
    for (const [method, path, body, action] of changes) {
      const before = (await newest())[0]?.key ?? 0;
      const { status } = await shop.call(method, path, body, admin);
      expect(status, path).toBeLessThan(300);
      const noted = (await newest()).filter(({ key }) => key > before);
      expect(noted.map((entry) => entry.action)).toEqual([expect.stringMatching(action)]);
      expect(noted[0]!.actor).toMatch(/^fixed-admin-/);
    }
    const before = (await newest())[0]!.key;
    await shop.call('POST', '/v1/admin/rules', { kind: 'nonsense' }, admin);
    expect((await newest())[0]!.key).toBe(before);
  });
});
