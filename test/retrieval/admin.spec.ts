import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp, type RunningApp } from '../../src/app.factory.js';
import { loadSettings } from '../../src/platform/platform.api.js';
import { LiveRules } from '../../src/recommendation/recommendation.api.js';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { testEnvironment, testKeys } from '../support/running-vitrine.js';

describe.each(testDatabases())('rules, placements and indexes on the $name', (database) => {
  let installation: TestInstallation;
  let running: RunningApp;
  const call = async (method: string, path: string, body?: unknown, key: string = testKeys.admin) => {
    const response = await fetch(`${running.url}/v1/admin/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  };

  beforeAll(async () => {
    installation = await database.install();
    running = await createApp(
      loadSettings({ env: testEnvironment(installation.env), envFolder: null }).settings,
      'all',
    );
  });
  afterAll(async () => {
    await running?.close();
    await installation.remove();
  });

  it('keeps a rule, applies it at once, and forgets it', async () => {
    const made = await call('POST', 'rules', {
      kind: 'boost',
      placement: 'home',
      filter: { brand: 'Acme' },
      amount: 0.5,
      startsAt: '2026-01-01T00:00:00Z',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      kind: 'boost',
      filter: { brand: 'Acme' },
      active: true,
      startsAt: '2026-01-01T00:00:00.000Z',
    });
    const rules = running.app.get(LiveRules);
    expect(rules.at('home', new Date()).map(({ id }) => id)).toContain(made.body.id);
    expect(rules.at('cart', new Date()).map(({ id }) => id)).not.toContain(made.body.id);
    const put = await call('PUT', `rules/${made.body.id}`, { kind: 'exclude', itemIds: ['p1', 'p1'], active: false });
    expect(put.body).toMatchObject({
      id: made.body.id,
      kind: 'exclude',
      itemIds: ['p1'],
      placement: null,
      active: false,
    });
    expect(rules.at('home', new Date()).map(({ id }) => id)).not.toContain(made.body.id);
    expect((await call('GET', 'rules')).body.rules).toHaveLength(1);
    expect((await call('DELETE', `rules/${made.body.id}`)).status).toBe(204);
    expect((await call('GET', `rules/${made.body.id}`)).status).toBe(404);
  });

  it.each([
    [{ kind: 'boost', filter: { brnd: 'Acme' } }, 'filter.brnd'],
    [{ kind: 'pin' }, 'itemIds'],
    [{ kind: 'boost', itemIds: ['a'], position: 2 }, 'position'],
    [{ kind: 'exclude', itemIds: ['a'], amount: 1 }, 'amount'],
    [{ kind: 'pin', itemIds: ['a'], startsAt: '2026-02-01T00:00:00Z', endsAt: '2026-01-01T00:00:00Z' }, 'endsAt'],
    [{ kind: 'pin', itemIds: ['a'], colour: 'red' }, 'colour'],
  ])('refuses %j by name', async (rule, path) => {
    const { status, body } = await call('POST', 'rules', rule);
    expect(status).toBe(400);
    expect(body.errors.map((error: { path: string }) => error.path).join()).toContain(path);
  });

  it('keeps what is set for a placement', async () => {
    expect((await call('PUT', 'placements/home', { diversity: 0.4, title: 'For you' })).body).toMatchObject({
      name: 'home',
      settings: { diversity: 0.4, title: 'For you' },
    });
    expect((await call('GET', 'placements')).body.placements).toHaveLength(1);
    expect((await call('PUT', 'placements/home', { diversity: 2 })).status).toBe(400);
    expect((await call('DELETE', 'placements/home')).status).toBe(204);
    expect((await call('GET', 'placements/home')).status).toBe(404);
  });

  it('shows the index to admins alone', async () => {
    const { status, body } = await call('GET', 'indexes');
    expect(status).toBe(200);
    expect(body).toMatchObject({ configured: 'hnsw', serving: 'hnsw', items: 0, pending: 0, degraded: null });
    expect((await call('POST', 'indexes/verify')).status).toBe(200);
    expect((await call('GET', 'indexes', undefined, testKeys.server)).status).toBe(403);
  });
});
