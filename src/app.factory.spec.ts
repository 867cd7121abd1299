import { randomUUID } from 'node:crypto';
import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../test/support/databases.js';
import { testEnvironment, testKeys } from '../test/support/running-vitrine.js';
import { createApp, type RunningApp } from './app.factory.js';
import { loadSettings } from './platform/platform.api.js';

describe.each(testDatabases())('the HTTP conventions on the $name', (given) => {
  let running: RunningApp;
  let remove: () => Promise<void>;
  let url: string;

  beforeAll(async () => {
    const installation = await given.install();
    remove = installation.remove;
    running = await createApp(
      loadSettings({ env: testEnvironment({ ...installation.env, LOG_LEVEL: 'fatal' }), envFolder: null }).settings,
      'all',
    );
    url = running.url!;
  });
  afterAll(async () => {
    await running.close();
    await remove();
  });

  const call = async (
    method: string,
    path: string,
    options: { key?: string | null; body?: string; headers?: Record<string, string> } = {},
  ) => {
    const { key = testKeys.admin } = options;
    const response = await fetch(url + path, {
      method,
      body: options.body,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text.startsWith('{') ? JSON.parse(text) : text) as Record<string, unknown>,
    };
  };

  it('is alive, and says what it waits for until it is ready', async () => {
    expect((await call('GET', '/health/live', { key: null })).status).toBe(200);
    const ready = await call('GET', '/health/ready', { key: null });
    expect([200, 503]).toContain(ready.status);
    if (ready.status === 503) expect(Object.keys(ready.body.missing as object).length).toBeGreaterThan(0);
  });

  it('answers every refusal as a problem that names status, code and request', async () => {
    const { status, headers, body } = await call('GET', '/v1/nowhere');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({
      status: 404,
      code: 'VIT_ROUTE_UNKNOWN',
      instance: '/v1/nowhere',
      requestId: headers.get('x-request-id'),
    });
  });

  it('judges the key before anything else about a call', async () => {
    expect((await call('GET', '/v1/nowhere', { key: null })).status).toBe(401);
    expect((await call('POST', '/v1/admin/keys', { key: null, body: '{"oops' })).status).toBe(401);
    expect((await call('POST', '/v1/admin/keys', { key: 'not-a-key-at-all-0000', body: '{}' })).status).toBe(401);
    expect((await call('POST', '/v1/admin/keys', { key: testKeys.server, body: '{"oops' })).status).toBe(403);
    expect(
      (
        await call('POST', '/v1/admin/keys', {
          key: testKeys.publishable,
          body: 'x',
          headers: { 'content-type': 'text/plain' },
        })
      ).status,
    ).toBe(403);
  });

  it('refuses with 401 while the body is still to come', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const sent = rawRequest(
        {
          hostname,
          port,
          path: '/v1/admin/keys',
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': '100000' },
        },
        (response) => {
          resolve(response.statusCode ?? 0);
          sent.destroy();
        },
      );
      sent.on('error', reject);
      sent.flushHeaders();
    });
    expect(status).toBe(401);
  });

  it('takes a slash at the end of a call for nothing', async () => {
    expect((await call('GET', '/v1/admin/keys/?limit=1')).status).toBe(200);
    expect((await call('GET', '/health/live/', { key: null })).status).toBe(200);
    expect((await call('GET', '/v1/admin/keys/', { key: null })).status).toBe(401);
  });

  it('names the methods of an address that is called the wrong way', async () => {
    const { status, headers } = await call('DELETE', '/v1/admin/keys');
    expect(status).toBe(405);
    expect(headers.get('allow')).toContain('GET');
  });

  it('tells where malformed JSON goes wrong', async () => {
    const { status, body } = await call('POST', '/v1/admin/keys', { body: '{"role": "server",\n "name": oops}' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'VIT_REQUEST_JSON' });
    expect(body.detail).toMatch(/line 2, column 10/);
    expect((await call('POST', '/v1/admin/keys', { body: '{"role": 1e999}' })).body.detail).toMatch(
      /too large .* role/,
    );
    expect((await call('POST', '/v1/admin/keys', { body: '{"role": NaN}' })).status).toBe(400);
    expect((await call('POST', '/v1/admin/keys', { body: '{"role": "server"' })).body.detail).toMatch(/ends too early/);
  });

  it('names unknown fields and wrong values by dotted path', async () => {
    const { status, body } = await call('POST', '/v1/admin/keys', {
      body: JSON.stringify({ role: 'king', extra: 1, origins: ['nope'] }),
    });
    expect(status).toBe(400);
    const paths = (body.errors as { path: string; received: unknown }[]).map(({ path }) => path).sort();
    expect(paths).toEqual(['extra', 'origins.0', 'role']);
    expect((await call('GET', '/v1/admin/audit?limit=abc&extra=1')).body.errors).toHaveLength(2);
  });

  it('refuses other media types with 415 and bodies over 32 MB with 413', async () => {
    expect(
      (await call('POST', '/v1/admin/keys', { body: '<a/>', headers: { 'content-type': 'application/xml' } })).status,
    ).toBe(415);
    expect(
      (await call('POST', '/v1/admin/keys', { body: '{}', headers: { 'content-type': 'application/x-ndjson' } }))
        .status,
    ).toBe(415);
    const { status, body } = await call('POST', '/v1/admin/keys', {
      body: `{"name":"${'x'.repeat(33 * 1024 * 1024)}"}`,
    });
    expect(status).toBe(413);
    expect(body.code).toBe('VIT_REQUEST_TOO_LARGE');
  });

  it('survives addresses that no router should see', async () => {
    for (const path of [
      '/v1/admin/keys/%E0%A4%A',
      `/v1/admin/keys/${'a'.repeat(3_000)}`,
      '/v1/admin/keys/%00',
      '//',
      '/v1/../v1//admin',
    ]) {
      const { status, body } = await call('DELETE', path);
      expect(status, path).toBeGreaterThanOrEqual(400);
      expect(status, path).toBeLessThan(500);
      expect(body.code, path).toMatch(/^VIT_/);
    }
  });

  it('makes, lists and revokes keys, shows a key once, and writes it all down', async () => {
    const made = await call('POST', '/v1/admin/keys', { body: JSON.stringify({ role: 'server', name: 'till' }) });
    expect(made.status).toBe(201);
    const key = made.body.key as string;
    expect((await call('GET', '/v1/nowhere', { key })).status).toBe(404);
    expect(JSON.stringify((await call('GET', '/v1/admin/keys')).body)).not.toContain(key);
    expect((await call('DELETE', `/v1/admin/keys/${made.body.id}`)).status).toBe(204);
    expect((await call('GET', '/v1/nowhere', { key })).status).toBe(401);
    const { entries } = (await call('GET', '/v1/admin/audit')).body as {
      entries: { action: string; subject: string }[];
    };
    expect(entries.filter(({ subject }) => subject === made.body.id).map(({ action }) => action)).toEqual([
      'key.revoke',
      'key.create',
    ]);
    expect((await call('DELETE', `/v1/admin/keys/${randomUUID()}`)).status).toBe(404);
  });

  it('signs visitors and refuses foreign tokens and origins', async () => {
    const key = testKeys.publishable;
    const { status, body } = await call('POST', '/v1/visitors', { key });
    expect(status).toBe(201);
    expect(body.visitorId).toMatch(/.+/);
    expect(
      (await call('POST', '/v1/visitors', { key, headers: { 'vitrine-visitor': body.token as string } })).status,
    ).toBe(201);
    expect((await call('POST', '/v1/visitors', { key, headers: { 'vitrine-visitor': `${body.token}x` } })).status).toBe(
      403,
    );
    expect((await call('POST', '/v1/visitors', { key, headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await call('POST', '/v1/visitors', { key, headers: { origin: 'http://localhost:5173' } })).status).toBe(
      201,
    );
  });

  it('lets allowed pages ask first, and no others', async () => {
    const ask = (origin: string) =>
      call('OPTIONS', '/v1/visitors', {
        key: null,
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,vitrine-visitor',
        },
      });
    const allowed = await ask('http://localhost:5173');
    expect(allowed.status).toBeLessThan(300);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect((await ask('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('keeps the metrics for admins', async () => {
    expect((await call('GET', '/metrics', { key: null })).status).toBe(401);
    expect((await call('GET', '/metrics', { key: testKeys.server })).status).toBe(403);
    expect(String((await call('GET', '/metrics')).body)).toContain('vitrine_http_seconds');
  });

  it('documents every route with role, parameters and problems, and shows the document', async () => {
    const { body } = await call('GET', '/openapi.json', { key: null });
    expect(body.openapi).toBe('3.1.0');
    const paths = body.paths as Record<
      string,
      Record<
        string,
        {
          parameters: { name: string; in: string }[];
          security: object[];
          responses: Record<string, unknown>;
          requestBody?: object;
        }
      >
    >;
    expect(paths['/v1/admin/audit']?.get?.parameters.map(({ name }) => name)).toEqual(['limit', 'cursor']);
    expect(paths['/v1/admin/keys']?.post?.security).toEqual([{ admin: [] }]);
    expect(paths['/v1/admin/keys']?.post?.requestBody).toBeDefined();
    expect(paths['/v1/admin/keys/{id}']?.delete?.parameters).toMatchObject([{ name: 'id', in: 'path' }]);
    const components = body.components as { schemas: Record<string, unknown>; responses: Record<string, unknown> };
    const text = JSON.stringify(body);
    for (const [, kind, name] of text.matchAll(/#\/components\/(schemas|responses)\/([A-Za-z0-9_]+)/g))
      expect(components[kind as 'schemas'], `${kind} ${name}`).toHaveProperty(name as string);
    const page = await fetch(`${url}/docs`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await page.text()).not.toMatch(/<script>[^<]/);
  });
});
