import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

describe('behind a proxy', () => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!, { LOG_LEVEL: 'fatal', VITRINE_PUBLIC_URL: 'https://shop.example' });
  });
  afterAll(() => shop?.close());

  const signIn = (forwarded: string) =>
    shop.call(
      'POST',
      '/v1/admin/session',
      { key: 'no-key-of-this-shop' },
      { authorization: '', 'x-forwarded-for': forwarded },
    );

  it('whoever guesses keys is slowed down, whatever addresses they claim to come from', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 14; n++) statuses.push((await signIn(`198.51.100.${n}, 203.0.113.9`)).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.at(-1)).toBe(429);
    // Who really comes from elsewhere is not kept waiting by that.
    expect((await signIn('203.0.113.10')).status).toBe(401);
  });

  it('and may not go from one address of their network to the next', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 14; n++) statuses.push((await signIn(`2001:db8:7:7::${n + 1}`)).status);
    expect(statuses.at(-1)).toBe(429);
    expect((await signIn('2001:db8:7:8::1')).status).toBe(401);
  });

  it('no header makes one call into another, or one page into another', async () => {
    const publishable = { authorization: `Bearer ${testKeys.publishable}` };
    await shop.fill([
      { id: 'a', title: 'Lamp' },
      { id: 'b', title: 'Chair' },
    ]);
    for (const trick of [
      { 'x-http-method-override': 'DELETE' },
      { 'x-original-url': '/v1/admin/status', 'x-rewrite-url': '/v1/admin/status' },
    ] as Record<string, string>[]) {
      const { status, body } = await shop.call<{ id: string }>('GET', '/v1/items/a', undefined, {
        ...publishable,
        ...trick,
      });
      expect([status, body.id]).toEqual([200, 'a']);
    }
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost.evil.example',
      'https://shop.example.evil.example',
    ])
      expect(
        (
          await shop.call('GET', '/v1/items/a', undefined, {
            ...publishable,
            origin,
            'x-forwarded-host': new URL('https://evil.example').host,
          })
        ).status,
      ).toBe(403);
    for (const path of [
      '/v1/%61dmin/status',
      '//v1/admin/status',
      '/v1/admin//status',
      '/V1/ADMIN/status',
      '/v1/admin%2fstatus',
    ])
      expect([401, 403, 404], path).toContain((await shop.call('GET', path, undefined, publishable)).status);
  });
});
