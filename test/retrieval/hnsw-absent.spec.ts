import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';

/** Makes `hnswlib-node` a package that is not there, in a process and its threads. */
const hooks = `export async function resolve(specifier, context, next) {
  if (specifier === 'hnswlib-node') throw Object.assign(new Error("Cannot find package 'hnswlib-node'"), { code: 'ERR_MODULE_NOT_FOUND' });
  return next(specifier, context);
}`;
const asUrl = (code: string): string => `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
const preload = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(hooks))});`;

let installation: TestInstallation;
let vitrine: RunningVitrine;

beforeAll(async () => {
  installation = await testDatabases()[0]!.install();
  vitrine = await startVitrine(
    testEnvironment({ ...installation.env, NODE_OPTIONS: `--import=${asUrl(preload)}`, VITRINE_INDEX: 'hnsw' }),
    ['start'],
    300_000,
  );
}, 320_000);
afterAll(async () => {
  await vitrine?.end();
  await installation?.remove();
});

it('without its native library the exact index serves, and the state says so', async () => {
  const { status, body } = await vitrine.call('GET', '/v1/admin/indexes', undefined, testKeys.admin);
  expect(status).toBe(200);
  expect(body).toMatchObject({ configured: 'hnsw', serving: 'exact' });
  expect(body.degraded).toMatch(/hnswlib-node can't be loaded/);
  expect(vitrine.output()).toMatch(/hnswlib-node can't be loaded/);
  await vitrine.call('PUT', '/v1/items/a', { id: 'a', title: 'A lamp' });
  const answer = await vitrine.call<{ items: { id: string }[] }>('POST', '/v1/recommendations', { placement: 'home' });
  expect(answer.body.items.map(({ id }) => id)).toEqual(['a']);
});
