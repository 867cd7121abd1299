import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';
import { picture } from './shop.js';

interface Reply {
  status: number;
  body: Record<string, never> & { code?: string; errors?: { path: string; message: string; received?: unknown }[] };
  headers: Headers;
}

describe.each(testDatabases())('the catalogue over HTTP on the $name', (database) => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(database);
  });
  afterAll(() => shop?.close());

  const send = async (
    method: string,
    path: string,
    body?: BodyInit,
    headers: Record<string, string> = {},
    key: string | null = testKeys.server,
  ): Promise<Reply> => {
    const response = await fetch(shop.running.url + path, {
      method,
      body,
      headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...headers },
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith('{') ? JSON.parse(text) : { text },
      headers: response.headers,
    };
  };
  const json = (
    method: string,
    path: string,
    body: unknown,
    key: string | null = testKeys.server,
    headers: Record<string, string> = {},
  ) => send(method, path, JSON.stringify(body), { 'content-type': 'application/json', ...headers }, key);
  const lines = (
    path: string,
    rows: readonly unknown[],
    key = testKeys.server as string,
    headers: Record<string, string> = {},
  ) =>
    send(
      'POST',
      path,
      rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'),
      { 'content-type': 'application/x-ndjson', ...headers },
      key,
    );

  it('answers 201 for a new item and 200 after, whatever its id looks like', async () => {
    for (const id of ['a/b', 'ü 鍵?#%', '🗝'.repeat(128), 'x'.repeat(128)]) {
      const path = `/v1/items/${encodeURIComponent(id)}`;
      expect((await json('PUT', path, { title: 'One' })).status).toBe(201);
      const again = await json('PUT', path, { id, title: 'Two' });
      expect([again.status, again.body.id, again.body.title]).toEqual([200, id, 'Two']);
      expect((await json('PATCH', path, { brand: 'B' })).body).toMatchObject({ title: 'Two', brand: 'B' });
      expect((await send('GET', path)).body).toMatchObject({ id, title: 'Two', brand: 'B' });
      expect((await send('DELETE', path)).status).toBe(204);
      expect((await send('GET', path)).body).toMatchObject({ status: 404, code: 'VIT_ITEM_UNKNOWN' });
    }
  });

  it('names every wrong value in a problem', async () => {
    const cases: [string, unknown, string[]][] = [
      ['/v1/items/x', { title: '' }, ['title']],
      ['/v1/items/x', { title: 'x', colour: 'red' }, ['colour']],
      ['/v1/items/x', { title: 'x', id: 'y' }, ['id']],
      ['/v1/items/x', { title: 'x', price: { amount: '3', currency: 'EUR' } }, ['price.amount']],
      ['/v1/items/x', { title: 'x', images: [{ url: 'https://a.example/a.jpg', data: 'AAAA' }] }, ['images.0']],
      ['/v1/items/x', { title: 'x', publishedAt: 'soon' }, ['publishedAt']],
      ['/v1/items/x', { title: 'x', language: '!!' }, ['language']],
      ['/v1/items/x', { title: 'x', attributes: { a: { b: 1 } } }, ['attributes.a']],
      [`/v1/items/${'y'.repeat(129)}`, { title: 'x' }, ['id']],
      ['/v1/items/a%00b', { title: 'x' }, ['id']],
    ];
    for (const [path, body, paths] of cases) {
      const reply = await json('PUT', path, body);
      expect([path, reply.status, reply.headers.get('content-type')]).toEqual([
        path,
        400,
        'application/problem+json; charset=utf-8',
      ]);
      expect(reply.body.errors?.map((error) => error.path)).toEqual(paths);
    }
    expect(
      (await send('PUT', '/v1/items/x', '{"title": nope', { 'content-type': 'application/json' })).body,
    ).toMatchObject({ status: 400, code: 'VIT_REQUEST_JSON' });
    expect(
      (
        await send('PUT', '/v1/items/x', '{"title":"x","price":{"amount":NaN,"currency":"EUR"}}', {
          'content-type': 'application/json',
        })
      ).status,
    ).toBe(400);
    expect(
      (await send('PUT', '/v1/items/x', 'title=x', { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(415);
    expect((await send('POST', '/v1/items/batch', '{}', { 'content-type': 'application/json' })).status).toBe(415);
  });

  it('shows publishable keys what everybody may see, and lets them change nothing', async () => {
    await json('PUT', '/v1/items/public', { title: 'Public', sku: 'secret-sku', images: [{ data: 'not a picture' }] });
    const seen = await send('GET', '/v1/items/public', undefined, {}, testKeys.publishable);
    expect(seen.body).toMatchObject({ id: 'public', title: 'Public', images: [] });
    for (const field of ['sku', 'status', 'createdAt']) expect(seen.body).not.toHaveProperty(field);
    expect((await json('PUT', '/v1/items/public', { title: 'Hacked' }, testKeys.publishable)).status).toBe(403);
    expect((await json('PUT', '/v1/items/public', { title: 'Hacked' }, null)).status).toBe(401);
    expect((await send('GET', '/v1/items/public', undefined, {}, null)).status).toBe(401);
  });

  it('becomes ready with its picture, which pages load without a key', async () => {
    await json('PUT', '/v1/items/shown', {
      title: 'Shown',
      images: [{ data: (await picture('teal', 900, 600)).toString('base64') }],
    });
    let item = (await send('GET', '/v1/items/shown')).body as never as {
      images: { src: string }[];
      status: { modalities: Record<string, string> };
    };
    for (let tries = 0; tries < 100 && item.status.modalities.image !== 'ready'; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      item = (await send('GET', '/v1/items/shown')).body as never;
    }
    expect(item.status.modalities).toMatchObject({ image: 'ready', text: 'ready', review: 'absent', video: 'absent' });
    const loaded = await fetch(`${shop.running.url}${item.images[0]!.src}?width=300`);
    expect([loaded.status, loaded.headers.get('content-type'), loaded.headers.get('cache-control')]).toEqual([
      200,
      'image/webp',
      'public, max-age=31536000, immutable',
    ]);
    expect((await fetch(`${shop.running.url}/v1/pictures/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await fetch(`${shop.running.url}/v1/pictures/..%2F..%2Fetc%2Fpasswd`)).status).toBe(400);
    await send('DELETE', '/v1/items/shown');
    expect((await fetch(`${shop.running.url}${item.images[0]!.src}`)).status).toBe(404);
  });

  it('keeps the good lines of batches, counts blank ones, and answers 200', async () => {
    const items = await lines('/v1/items/batch', [
      { id: 'b1', title: 'One' },
      '',
      '{broken',
      { id: 'b2', title: 'Two' },
      { id: 'b1', title: 'One' },
      `{"id":"\xff`,
    ]);
    expect([items.status, items.body]).toMatchObject([200, { accepted: 2, unchanged: 1, ignored: 0 }]);
    expect((items.body as never as { rejected: { line: number }[] }).rejected.map(({ line }) => line)).toEqual([3, 6]);
    const reviews = await lines('/v1/reviews/batch', [
      { id: 'r', itemId: 'b1', text: 'Good' },
      { id: 'r', itemId: 'none', text: 'Good' },
    ]);
    expect(reviews.body).toMatchObject({ accepted: 1, rejected: [{ line: 2, id: 'r', errors: [{ path: 'itemId' }] }] });
    expect((await lines('/v1/items/batch?dryRun=true', [{ id: 'b3', title: 'Three' }])).body).toMatchObject({
      accepted: 1,
    });
    expect((await send('GET', '/v1/items/b3')).status).toBe(404);
  });

  it('keeps reviews with their item', async () => {
    expect((await json('PUT', '/v1/items/b1/reviews/x%2Fy', { text: 'Fine', rating: 4 })).status).toBe(201);
    expect((await json('PUT', '/v1/items/b1/reviews/x%2Fy', { text: 'Fine', rating: 4 })).status).toBe(200);
    expect((await json('PUT', '/v1/items/nobody/reviews/r', { text: 'Fine' })).body).toMatchObject({
      status: 404,
      code: 'VIT_ITEM_UNKNOWN',
    });
    expect((await send('GET', '/v1/items/b1/reviews')).body).toMatchObject({
      reviews: expect.arrayContaining([expect.objectContaining({ id: 'x/y', itemId: 'b1', rating: 4 })]),
      cursor: null,
    });
    expect((await send('DELETE', '/v1/items/b1/reviews/x%2Fy')).status).toBe(204);
  });

  it('takes events by the contract', async () => {
    const visitorId = randomUUID();
    const event = {
      id: `e-${visitorId}`,
      type: 'view',
      visitorId,
      itemId: 'unknown-yet',
      consent: { personalization: true },
    };
    expect(await json('POST', '/v1/events', event)).toMatchObject({
      status: 202,
      body: { accepted: 1, unchanged: 0, ignored: 0 },
    });
    expect(await json('POST', '/v1/events', event)).toMatchObject({
      status: 202,
      body: { accepted: 0, unchanged: 1, ignored: 0 },
    });
    expect(
      await json('POST', '/v1/events', { ...event, id: undefined, consent: { personalization: false } }),
    ).toMatchObject({ status: 202, body: { accepted: 0, ignored: 1, reason: 'no_consent' } });
    expect(
      (await json('POST', '/v1/events', { type: 'view', itemId: 'x' })).body.errors?.map(({ path }) => path),
    ).toEqual(['userId', 'visitorId']);
    expect((await json('POST', '/v1/events', { ...event, at: '9999-12-31T00:00:00Z' })).body.errors).toMatchObject([
      { path: 'at', received: '9999-12-31T00:00:00Z' },
    ]);
    expect(
      await lines('/v1/events/batch', [event, { ...event, id: `f-${visitorId}` }, { type: 'view' }]),
    ).toMatchObject({ status: 200, body: { accepted: 1, unchanged: 1, rejected: [{ line: 3 }] } });
  });

  it('lets a page speak for its own visitor only', async () => {
    const made = (await json('POST', '/v1/visitors', {}, testKeys.publishable)).body as never as {
      visitorId: string;
      token: string;
    };
    const own = { 'vitrine-visitor': made.token };
    const event = { type: 'view', visitorId: made.visitorId, itemId: 'b1', consent: { personalization: true } };
    expect((await json('POST', '/v1/events', event, testKeys.publishable, own)).status).toBe(202);
    expect((await json('POST', '/v1/events', event, testKeys.publishable)).status).toBe(403);
    expect(
      (await json('POST', '/v1/events', { ...event, visitorId: 'somebody-else' }, testKeys.publishable, own)).status,
    ).toBe(403);
    expect((await json('POST', '/v1/events', { ...event, userId: 'u' }, testKeys.publishable, own)).status).toBe(403);
    expect(
      (await lines('/v1/events/batch', [event, { ...event, visitorId: 'somebody-else' }], testKeys.publishable, own))
        .body,
    ).toMatchObject({ accepted: 1, rejected: [{ line: 2, errors: [{ path: 'visitorId' }] }] });
    expect(
      (
        await json(
          'PUT',
          `/v1/visitors/${made.visitorId}/consent`,
          { personalization: true },
          testKeys.publishable,
          own,
        )
      ).body,
    ).toMatchObject({ personalization: true, training: true });
    expect((await send('GET', '/v1/visitors/other/consent', undefined, own, testKeys.publishable)).status).toBe(403);
    expect((await send('GET', '/v1/users/u/consent', undefined, own, testKeys.publishable)).status).toBe(403);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(await picture('navy', 50, 40))], { type: 'image/jpeg' }), 'a.jpg');
    const upload = await send('POST', '/v1/images', form, own, testKeys.publishable);
    expect(upload).toMatchObject({ status: 201, body: { width: 50, height: 40 } });
    expect(
      (await send('POST', '/v1/images', new Uint8Array(await picture('navy')), { 'content-type': 'image/jpeg' }))
        .status,
    ).toBe(201);
    expect((await send('POST', '/v1/images', 'hello', { 'content-type': 'image/jpeg' })).body).toMatchObject({
      status: 400,
      code: 'VIT_IMAGE_UNREADABLE',
    });
    const words = new FormData();
    words.append('file', new Blob(['hello'], { type: 'image/jpeg' }), 'a.jpg');
    expect((await send('POST', '/v1/images', words, own, testKeys.publishable)).body).toMatchObject({
      status: 400,
      code: 'VIT_IMAGE_UNREADABLE',
      errors: [{ path: 'file' }],
    });
    const receipt = (await send('DELETE', `/v1/visitors/${made.visitorId}`, undefined, own, testKeys.publishable))
      .body as never as { receiptId: string; counts: Record<string, number> };
    expect(receipt.counts).toMatchObject({ events: 2, uploads: 1, consents: 1 });
    expect((await send('GET', `/v1/erasures/${receipt.receiptId}`)).body).toMatchObject({ verified: true });
  });

  it('commits a hundred single events that arrive together, each once', async () => {
    const visitorId = randomUUID();
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        json('POST', '/v1/events', {
          id: `${visitorId}-${index % 90}`,
          type: 'view',
          visitorId,
          itemId: 'b1',
          consent: { personalization: true },
        }),
      ),
    );
    expect(replies.every(({ status }) => status === 202)).toBe(true);
    expect(replies.reduce((sum, { body }) => sum + Number(body.accepted), 0)).toBe(90);
  });

  it('exports what an import reads back', async () => {
    await lines('/v1/items/batch', [
      { id: 'b1', title: 'One' },
      { id: 'b2', title: 'Two' },
    ]);
    const response = await fetch(`${shop.running.url}/v1/admin/export`, {
      headers: { authorization: `Bearer ${testKeys.admin}` },
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    const raw = await response.text();
    const rows = raw
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((row) => row.title && !row.itemId && !row.type);
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(['b1', 'b2']));
    const answer = await lines(
      '/v1/items/batch',
      rows.filter(({ id }) => id === 'b1' || id === 'b2'),
    );
    expect(answer.body).toMatchObject({ accepted: 0, unchanged: 2, rejected: [] });
  });
});
