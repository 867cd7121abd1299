import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

type Problem = { status: number; code: string; detail: string; errors?: { path: string; message: string }[] };

describe('requests as programs send them', () => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!, { LOG_LEVEL: 'fatal' });
  });
  afterAll(() => shop?.close());

  const send = async (method: string, path: string, body: BodyInit | null, headers: Record<string, string>) => {
    const response = await fetch(shop.running.url + path, {
      method,
      headers: { authorization: `Bearer ${testKeys.admin}`, ...headers },
      ...(body === null ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Problem };
  };
  const json = { 'content-type': 'application/json' };

  it('a body that is too large is told so, whole, however often', async () => {
    const body = JSON.stringify({ title: 'x'.repeat(100_000_000) });
    for (let time = 0; time < 3; time++) {
      const answer = await send('PUT', '/v1/items/large', body, json);
      expect(answer.status).toBe(413);
      expect(answer.body).toMatchObject({ status: 413, code: 'VIT_REQUEST_TOO_LARGE' });
    }
  });

  it('a compressed body is refused by what it is', async () => {
    const zipped = gzipSync(JSON.stringify({ id: 'zip', title: 'Zip' }));
    for (const [method, path, type] of [
      ['PUT', '/v1/items/zip', 'application/json'],
      ['POST', '/v1/items/batch', 'application/x-ndjson'],
    ] as const) {
      const answer = await send(method, path, zipped, { 'content-type': type, 'content-encoding': 'gzip' });
      expect(answer.body).toMatchObject({ status: 415, code: 'VIT_REQUEST_ENCODING' });
      expect(answer.headers.get('accept-encoding')).toBe('identity');
    }
  });

  it('every 400 names what was wrong', async () => {
    const escape = await send('GET', '/v1/items/%E0%A4%A', null, {});
    expect(escape.body.errors).toEqual([{ path: '', message: 'The address is not valid percent-encoded UTF-8.' }]);
    const text = await send('POST', '/v1/images', 'no picture', { 'content-type': 'image/jpeg' });
    expect(text.body).toMatchObject({ status: 400, errors: [{ message: expect.stringContaining('no jpeg') }] });
  });

  it('what was judged can be read, page by page', async () => {
    const { status, body } = await send('GET', '/v1/admin/evaluations?limit=1', null, {});
    expect(status).toBe(200);
    expect(body).toMatchObject({ evaluations: [], cursor: null });
    const { body: models } = await send('GET', '/v1/admin/models?limit=1', null, {});
    expect(models).toMatchObject({ models: [expect.anything()], cursor: expect.toSatisfy((at) => at !== undefined) });
  });
});
