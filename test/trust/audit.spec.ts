import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { type Operation, readOpenApi } from '../support/openapi.js';
import { testKeys } from '../support/running-vitrine.js';
import { valuesOf } from '../support/schema-values.js';

const admin = { authorization: `Bearer ${testKeys.admin}` };
/** Made-up requests to a call until one is accepted. */
const TRIES = 40;
/** Calls that only look: nothing is kept of them. */
const LOOKS = ['POST /v1/admin/audience', 'POST /v1/admin/try-out'];
/** Calls that are accepted only after something has gone wrong, or been learned, which takes longer than a walk. */
const NEED_A_PAST = [
  'POST /v1/admin/jobs/{id}/retry',
  'POST /v1/admin/models/{version}/promote',
  'POST /v1/admin/models/rollback',
  'POST /v1/admin/webhooks/{id}/deliveries/{deliveryId}/retry',
];
/** Where what fits the schema seldom fits together. */
const GIVEN: Record<string, unknown> = {
  'PUT /v1/admin/experiments/{id}': { arms: [{ name: 'as it is' }, { name: 'as it is, too' }] },
};

describe('the audit log', () => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!, { LOG_LEVEL: 'fatal', VITRINE_ALLOW_PRIVATE_URLS: 'true' });
    await shop.fill([
      { id: 'a', title: 'Lamp' },
      { id: 'b', title: 'Chair' },
    ]);
  });
  afterAll(() => shop?.close());

  it('knows of every change that an admin made, whatever the call: tried on all of the document', async () => {
    const api = await readOpenApi(shop.running.url!);
    const mutations = api.operations.filter(
      ({ role, method, path }) =>
        role === 'admin' && method !== 'GET' && !LOOKS.includes(`${method} ${path}`) && !path.includes('/session'),
    );
    expect(mutations.length).toBeGreaterThan(25);
    // What is made comes before what needs it, and what is removed last.
    const rank = ({ method, path }: Operation) =>
      method === 'DELETE' ? 3 : path.includes('{') ? (method === 'PUT' ? 1 : 2) : 0;
    mutations.sort((a, b) => rank(a) - rank(b));
    const made = new Map<string, string>();
    const newest = async () =>
      (
        await shop.call<{ entries: { key: number; actor: string; action: string }[] }>(
          'GET',
          '/v1/admin/audit?limit=1',
          undefined,
          admin,
        )
      ).body.entries[0];
    const silent: string[] = [];
    const refused: string[] = [];
    for (const operation of mutations) {
      const { method, path, bodies, parameters } = operation;
      const [type, schema] = Object.entries(bodies)[0] ?? [];
      const query = parameters.filter((each) => each.in === 'query' && each.required);
      const attempts = fc.sample(
        fc.record({
          body: schema === undefined ? fc.constant(undefined) : valuesOf(schema, api),
          path: fc.record(
            Object.fromEntries(
              parameters
                .filter((each) => each.in === 'path')
                .map((each) => [each.name, valuesOf(each.schema, api, each.name)]),
            ),
          ),
          query: fc.record(Object.fromEntries(query.map((each) => [each.name, valuesOf(each.schema, api, each.name)]))),
        }),
        { numRuns: TRIES, seed: 7 },
      );
      const collection = path.slice(0, path.indexOf('/{'));
      let accepted = false;
      for (const attempt of attempts) {
        const known = path.includes('{') ? made.get(collection) : undefined;
        const address = path.replace(/\{(\w+)\}/g, (_all, name: string) =>
          encodeURIComponent(known ?? Buffer.from(String((attempt.path as Record<string, unknown>)[name])).toString()),
        );
        const search = new URLSearchParams(
          Object.entries(attempt.query).map(([name, value]) => [name, String(value)] as [string, string]),
        );
        const before = (await newest())?.key ?? 0;
        const answer = await shop.call<Record<string, unknown> | null>(
          method,
          `${address}${search.size > 0 ? `?${search}` : ''}`,
          type === undefined ? undefined : (GIVEN[`${method} ${path}`] ?? attempt.body ?? {}),
          admin,
        );
        if (answer.status >= 300) continue;
        accepted = true;
        const id = answer.body?.id ?? (method === 'PUT' ? decodeURIComponent(address.split('/').at(-1)!) : undefined);
        if (typeof id === 'string') made.set(path.includes('{') ? collection : path, id);
        const after = await newest();
        if (after === undefined || after.key <= before || !after.actor.startsWith('fixed-admin-'))
          silent.push(`${method} ${path}`);
        break;
      }
      if (!accepted) refused.push(`${method} ${path}`);
    }
    expect(silent).toEqual([]);
    expect(refused.filter((call) => !NEED_A_PAST.includes(call))).toEqual([]);
  }, 300_000);
});
