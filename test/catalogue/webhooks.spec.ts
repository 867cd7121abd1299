import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebhookSender } from '../../src/connect/webhooks/webhook-sender.js';
import { DATABASE, type Database } from '../../src/platform/platform.api.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  message: { type: string; timestamp: string; data: Record<string, unknown> };
}
interface Delivery {
  id: string;
  type: string;
  state: string;
  attempts: number;
  status: number | null;
  error: string | null;
}

const signature = (secret: string, { headers, body }: Received): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
    .digest('base64')}`;

describe.each(testDatabases())('webhooks on the $name', (database) => {
  let shop: OpenShop;
  let receiver: Server;
  let base = '';
  const received: Received[] = [];
  /** What the receiver answers next; 204 when nothing is left. */
  const answers: number[] = [];
  const admin = { authorization: `Bearer ${testKeys.admin}` };
  const call = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
    shop.call<T>(method, `/v1/admin${path}`, body, admin);
  const until = async <T>(find: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> => {
    for (let tries = 0; tries < 300; tries++) {
      const found = await find();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${what} did not come`);
  };
  const deliveries = async (id: string) =>
    (await call<{ deliveries: Delivery[] }>('GET', `/webhooks/${id}/deliveries`)).body.deliveries;

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        received.push({ headers: request.headers, body, message: JSON.parse(body) });
        const status = answers.shift() ?? 204;
        response.writeHead(status, status === 302 ? { location: `${base}/elsewhere` } : {}).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    shop = await openShop(database, {
      VITRINE_ALLOW_PRIVATE_URLS: 'true',
      VITRINE_SECRET_KEY: 'a-key-that-no-database-knows',
    });
  });
  afterAll(async () => {
    await shop?.close();
    await new Promise((resolve) => receiver.close(resolve));
  });

  it('tell a receiver that fails first what happened, signed, and of a person nothing', async () => {
    // What happened before is told to nobody.
    await shop.call('DELETE', '/v1/users/somebody-earlier');
    const made = await call<{ id: string; secret: string }>('POST', '/webhooks', {
      url: `${base}/hook`,
      events: ['item.failed', 'model.promoted', 'erasure.done'],
    });
    expect(made.status).toBe(201);
    const { id, secret } = made.body;
    expect(secret).toMatch(/^whsec_/);
    // Signed with below, and yet not to be found in the database.
    const stored = await shop.running.app
      .get<Database>(DATABASE)
      .run('select secret from webhooks where id = $1', [id]);
    expect(stored.rows[0]!.secret).toMatch(/^sealed:1:/);
    expect(JSON.stringify((await call('GET', '/webhooks')).body)).not.toContain(secret);

    answers.push(500, 302);
    const receipt = (
      await shop.call<{ receiptId: string; subjectHash: string }>('DELETE', '/v1/users/anna@shop.example')
    ).body;
    const sent = await until(
      async () => (await deliveries(id)).find(({ state }) => state === 'delivered'),
      'the delivery',
    );
    expect(sent).toMatchObject({ type: 'erasure.done', attempts: 3, status: 204, error: null });
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([sent.id]));
    for (const one of received) {
      expect(one.headers['webhook-signature']).toBe(signature(secret, one));
      expect(Math.abs(Number(one.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
      expect(one.message).toMatchObject({ type: 'erasure.done', data: { receiptId: receipt.receiptId, kind: 'user' } });
      expect(one.body).not.toContain('anna');
      expect(one.body).not.toContain(receipt.subjectHash);
    }

    await shop.call('PUT', '/v1/items/broken', { id: 'broken', title: 'Broken', images: [{ data: 'AAAA' }] });
    const failed = await until(() => received.find(({ message }) => message.type === 'item.failed'), 'item.failed');
    expect(failed.message.data).toMatchObject({ itemId: 'broken', problems: [{ modality: 'image', ordinal: 1 }] });

    const { models } = (await call<{ models: { version: string; kind: string }[] }>('GET', '/models')).body;
    const { version, kind } = models.find((model) => model.kind !== 'encoder')!;
    await call('POST', `/models/${version}/promote`);
    const promoted = await until(
      () => received.find(({ message }) => message.type === 'model.promoted'),
      'model.promoted',
    );
    expect(promoted.message.data).toMatchObject({ version, kind });
    // Looking again, also twice at once, finds nothing that was told already.
    const sender = shop.running.app.get(WebhookSender);
    await Promise.all([sender.announce(), sender.announce()]);
    const told = (await deliveries(id)).map(({ type }) => type);
    expect(told.filter((type) => type === 'item.failed')).toHaveLength(1);
    expect(told.filter((type) => type === 'erasure.done')).toHaveLength(1);
    expect(new Set(told).size).toBe(3);
    const promotions = told.length;
    await sender.announce();
    expect(await deliveries(id)).toHaveLength(promotions);
    expect(received.some(({ body }) => body.includes('somebody-earlier'))).toBe(false);
    expect(received.filter(({ message }) => message.type === 'erasure.done')).toHaveLength(3);
  });

  it('are told of what they asked for only, signed with both secrets while one changes, and sent again by hand', async () => {
    const { id, secret } = (
      await call<{ id: string; secret: string }>('POST', '/webhooks', {
        url: `${base}/other`,
        events: ['model.promoted'],
      })
    ).body;
    const rotated = (await call<{ secret: string }>('POST', `/webhooks/${id}/secret`)).body;
    received.length = 0;
    await shop.call('DELETE', '/v1/users/bea');
    const { deliveryId } = (await call<{ deliveryId: string }>('POST', `/webhooks/${id}/test`)).body;
    const arrived = () => received.filter(({ headers }) => headers['webhook-id'] === deliveryId);
    const test = await until(() => arrived()[0], 'the test');
    expect(test.headers['webhook-signature']).toBe(`${signature(rotated.secret, test)} ${signature(secret, test)}`);
    expect((await call('POST', `/webhooks/${id}/deliveries/${deliveryId}/retry`)).status).toBe(202);
    await until(() => arrived()[1], 'the test once more');
    await until(() => received.find(({ message }) => message.type === 'erasure.done'), 'the other webhook');
    expect((await deliveries(id)).map(({ type }) => type)).toEqual(['webhook.test']);

    answers.push(410);
    await call('POST', `/webhooks/${id}/test`);
    const off = await until(async () => {
      const { body } = await call<{ active: boolean; note: string }>('GET', `/webhooks/${id}`);
      return body.active ? undefined : body;
    }, 'switching off');
    expect(off.note).toMatch(/410/);
    expect((await call('DELETE', `/webhooks/${id}`)).status).toBe(204);
    expect((await call('GET', `/webhooks/${id}`)).status).toBe(404);
  });

  it('refuse what cannot be one', async () => {
    const refused = async (body: unknown) => (await call('POST', '/webhooks', body)).status;
    expect(await refused({ url: 'ftp://shop.example', events: ['item.failed'] })).toBe(400);
    expect(await refused({ url: 'https://u:p@shop.example', events: ['item.failed'] })).toBe(400);
    expect(await refused({ url: 'https://shop.example', events: ['item.eaten'] })).toBe(400);
    expect(await refused({ url: 'https://shop.example', events: [] })).toBe(400);
    expect((await shop.call('GET', '/v1/admin/webhooks')).status).toBe(403);
  });
});

it('no webhook leads into the network behind the shop, and none is sent there, unless the setting allows it', async () => {
  const shop = await openShop(testDatabases()[0]!);
  try {
    const admin = { authorization: `Bearer ${testKeys.admin}` };
    const make = (url: string) =>
      shop.call<{ id: string; code: string }>('POST', '/v1/admin/webhooks', { url, events: ['erasure.done'] }, admin);
    for (const host of ['127.0.0.1', '169.254.169.254', '[::1]', '10.0.0.7'])
      expect((await make(`http://${host}/hook`)).body.code).toBe('VIT_DOWNLOAD_PRIVATE');
    // A name is judged when it is connected to.
    const { id } = (await make('http://localhost:9/hook')).body;
    await shop.call('POST', `/v1/admin/webhooks/${id}/test`, undefined, admin);
    let error: string | null = null;
    for (let tries = 0; error === null && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const path = `/v1/admin/webhooks/${id}/deliveries`;
      error = (await shop.call<{ deliveries: Delivery[] }>('GET', path, undefined, admin)).body.deliveries[0]!.error;
    }
    expect(error).toMatch(/not a public address/);
  } finally {
    await shop.close();
  }
});
