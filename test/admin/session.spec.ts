import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

describe.each(testDatabases())('signing in on the admin page, on $name', (database) => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(database);
  });
  afterAll(() => shop?.close());

  const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    fetch(shop.running.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const signIn = async (): Promise<string> => {
    const response = await ask('POST', '/v1/admin/session', {}, { key: testKeys.admin });
    expect(response.status).toBe(201);
    const text = response.headers.get('set-cookie')!;
    expect(text).toMatch(/HttpOnly; SameSite=Strict$/);
    expect(text).toContain('Path=/v1;');
    expect(text).not.toContain(testKeys.admin);
    return text.split(';')[0]!;
  };
  const page = { 'vitrine-admin': '1' };

  it('a session acts as admin for this server’s own pages until it signs out', async () => {
    const cookie = await signIn();
    expect((await ask('GET', '/v1/admin/status', { cookie, ...page })).status).toBe(200);
    expect((await ask('GET', '/v1/admin/status', { cookie, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    expect(await (await ask('GET', '/v1/admin/session', { cookie })).json()).toMatchObject({ signedIn: true });
    const out = await ask('DELETE', '/v1/admin/session', { cookie, ...page });
    expect(out.status).toBe(204);
    expect(out.headers.get('set-cookie')).toContain('1970');
    expect((await ask('GET', '/v1/admin/status', { cookie, ...page })).status).toBe(401);
    expect(await (await ask('GET', '/v1/admin/session', { cookie })).json()).toMatchObject({ signedIn: false });
  });

  it('a cookie alone, or one that another site sends along, is not enough', async () => {
    const cookie = await signIn();
    expect((await ask('GET', '/v1/admin/status', { cookie })).status).toBe(401);
    expect((await ask('GET', '/v1/admin/status', { cookie, 'sec-fetch-site': 'same-site', ...page })).status).toBe(401);
    expect((await ask('GET', '/v1/admin/status', { cookie, 'sec-fetch-site': 'cross-site', ...page })).status).toBe(
      401,
    );
    const preflight = await ask('OPTIONS', '/v1/admin/status', {
      origin: 'http://localhost:9',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'vitrine-admin',
    });
    expect(preflight.headers.get('access-control-allow-headers') ?? '').not.toContain('vitrine-admin');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('a key that was sent is what counts, whatever the cookie says', async () => {
    const cookie = await signIn();
    const headers = { cookie, ...page, authorization: `Bearer ${testKeys.publishable}` };
    expect((await ask('GET', '/v1/admin/status', headers)).status).toBe(403);
  });

  it('ends with its key', async () => {
    const made = await (
      await ask('POST', '/v1/admin/keys', { authorization: `Bearer ${testKeys.admin}` }, { role: 'admin' })
    ).json();
    const response = await ask('POST', '/v1/admin/session', {}, { key: made.key });
    const cookie = response.headers.get('set-cookie')!.split(';')[0]!;
    expect((await ask('GET', '/v1/admin/status', { cookie, ...page })).status).toBe(200);
    await ask('DELETE', `/v1/admin/keys/${made.id}`, { authorization: `Bearer ${testKeys.admin}` });
    expect((await ask('GET', '/v1/admin/status', { cookie, ...page })).status).toBe(401);
  });

  it('other roles cannot sign in, and guessing is slow', async () => {
    expect((await ask('POST', '/v1/admin/session', {}, { key: testKeys.server })).status).toBe(401);
    const answers: number[] = [];
    for (let tries = 0; tries < 12; tries++)
      answers.push((await ask('POST', '/v1/admin/session', {}, { key: `wrong-${tries}` })).status);
    expect(answers).toContain(429);
    const refused = await ask('POST', '/v1/admin/session', {}, { key: testKeys.admin });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
