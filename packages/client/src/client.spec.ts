import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../../../test/recommendation/open-shop.js';
import { testDatabases } from '../../../test/support/databases.js';
import { testKeys } from '../../../test/support/running-vitrine.js';
import { createVitrineClient, ndjson, unwrap, VitrineProblem } from './index.js';

interface ClientTypes {
  typesFile: string;
  typesOf(document: unknown): Promise<string>;
}

describe('the typed client', () => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!);
  });
  afterAll(() => shop?.close());

  it('has the types of the product’s own OpenAPI document (else: npm run build:client)', async () => {
    const { typesFile, typesOf } = (await import('../../../scripts/lib/client-types.mjs' as string)) as ClientTypes;
    const document = await (await fetch(`${shop.running.url}/openapi.json`)).json();
    expect(readFileSync(typesFile, 'utf8') === (await typesOf(document))).toBe(true);
  });

  it('stores items and answers recommendations with typed shapes', async () => {
    const vitrine = createVitrineClient({ url: `${shop.running.url}/`, key: testKeys.server });
    const stored = await unwrap(
      vitrine.PUT('/v1/items/{id}', {
        params: { path: { id: 'a chair/7' } },
        body: { id: 'a chair/7', title: 'A chair', price: { amount: 40, currency: 'EUR' } },
      }),
    );
    expect(stored.title).toBe('A chair');
    const batch = await unwrap(
      vitrine.POST('/v1/items/batch', {
        body: ndjson([{ id: 'b', title: 'A bench' }, { id: 'c' }]) as never,
        bodySerializer: (body) => body as unknown as string,
        headers: { 'content-type': 'application/x-ndjson' },
      }),
    );
    expect(batch).toMatchObject({ accepted: 1, rejected: [{ line: 2 }] });
    const answer = await unwrap(vitrine.POST('/v1/recommendations', { body: { placement: 'home', limit: 2 } }));
    const [first] = answer.items;
    expect(first?.reasons?.reduce((sum, reason) => sum + reason.share, 0)).toBeCloseTo(1, 5);
    expect(answer.fallback).toBe('no_history');
  });

  it('acts for a visitor with a publishable key, and says what was refused', async () => {
    const page = createVitrineClient({ url: shop.running.url!, key: testKeys.publishable });
    const { visitorId, token } = await unwrap(page.POST('/v1/visitors', { body: {} }));
    const body = { placement: 'home', visitorId, consent: { personalization: true } };
    const refused = await unwrap(page.POST('/v1/recommendations', { body })).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(VitrineProblem);
    expect(refused).toMatchObject({ status: 403, code: 'VIT_ACCESS_VISITOR' });
    const visitor = createVitrineClient({ url: shop.running.url!, key: testKeys.publishable, visitorToken: token });
    expect((await unwrap(visitor.POST('/v1/recommendations', { body }))).placement).toBe('home');
  });
});
