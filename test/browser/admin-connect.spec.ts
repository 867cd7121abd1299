import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { adminCookie, agree, openAdmin } from '../support/admin-page.js';
import { chromiumPath } from '../support/browser.js';
import { Flows, until } from '../support/browser-flows.js';
import { testDatabases } from '../support/databases.js';

/** A message as the receiver got it. */
interface Received {
  headers: IncomingMessage['headers'];
  body: string;
}

describe.runIf(chromiumPath())('feeds and webhooks on the admin page, in a real browser', () => {
  let shop: OpenShop;
  let cookie: string;
  let elsewhere: Server;
  let address: string;
  const flows = new Flows(() => shop.running.url!, false);
  /** What the other end says at each of its paths. */
  const feeds = new Map<string, string>();
  const received: Received[] = [];
  let hookStatus = 200;

  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!, { VITRINE_ALLOW_PRIVATE_URLS: 'true' });
    cookie = await adminCookie(shop.running.url!);
    elsewhere = createServer(async (request, reply) => {
      if (request.method === 'POST') {
        const parts: Buffer[] = [];
        for await (const part of request) parts.push(part as Buffer);
        received.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
        return reply.writeHead(hookStatus).end();
      }
      const feed = feeds.get(request.url!);
      return feed === undefined ? reply.writeHead(404).end() : reply.writeHead(200).end(feed);
    });
    await new Promise<void>((ready) => elsewhere.listen(0, '127.0.0.1', ready));
    address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  }, 200_000);
  afterAll(async () => {
    elsewhere?.close();
    await shop?.close();
    console.log(flows.summary('feeds and webhooks'));
  });

  const open = (width: number, path: string, title: string) => openAdmin(flows, cookie, width, path, title);

  describe.each([360, 1440])('at %i px', (width) => {
    it('feed: polled, half of it gone, accepted, paused, changed, removed', async () => {
      const row = (at: number) => JSON.stringify({ id: `fed-${width}-${at}`, title: `Lamp number ${at}` });
      feeds.set(`/${width}.ndjson`, [1, 2, 3, 4].map(row).concat('{"id":"nameless"}').join('\n'));
      const watched = await open(width, '/admin/feeds', 'Feeds');
      const { page } = watched;
      await page.getByText('No feed yet').waitFor();
      await page.getByLabel('Address').fill(`${address}/${width}.ndjson`);
      await page.getByLabel('Name').fill('Lamps');
      await page.getByRole('button', { name: 'Add and poll' }).click();
      const card = page.locator('.card');
      await card.getByText('taken in').waitFor();
      expect(await card.textContent()).toMatch(/every hour.*gives 4 items.*5 read.*4 new or changed.*1 rejected/);
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Rejected rows of Lamps' }).click();
      const file = await (await saved).createReadStream();
      expect(Buffer.concat(await file.toArray()).toString('utf8')).toContain('nameless');

      feeds.set(`/${width}.ndjson`, row(1));
      await page.getByRole('button', { name: 'Poll now: Lamps' }).click();
      await card.getByText('suspicious', { exact: true }).waitFor();
      await card.getByText(/Only 1 of the 4 items/).waitFor();
      const stock = async (at: number) =>
        (await shop.call<{ availability: string }>('GET', `/v1/items/fed-${width}-${at}`)).body.availability;
      expect(await stock(2)).toBe('in_stock');
      await page.getByRole('button', { name: 'It is right: accept what Lamps lost' }).click();
      await agree(watched, 'It is right: accept');
      await card.getByText('3 discontinued').waitFor();
      expect([await stock(1), await stock(2)]).toEqual(['in_stock', 'discontinued']);

      await page.getByRole('button', { name: 'Pause Lamps' }).click();
      await card.getByText('paused', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'Edit Lamps' }).click();
      await page.getByLabel('How often').selectOption('1440');
      await page.getByRole('button', { name: 'Save' }).click();
      await card.getByText('every day').waitFor();
      expect(await watched.accessibility()).toEqual([]);
      await page.getByRole('button', { name: 'Remove Lamps' }).click();
      await agree(watched, 'Remove');
      await page.getByText('No feed yet').waitFor();
      expect(await stock(1)).toBe('in_stock');
      await flows.finish(watched);
    }, 120_000);

    it('feed that is not there: refused in words, and its failed poll says why', async () => {
      const watched = await open(width, '/admin/feeds', 'Feeds');
      const { page } = watched;
      await page.getByLabel('Address').fill('ftp://shop.example/a.xml');
      await page.getByRole('button', { name: 'Add and poll' }).click();
      await page.getByRole('alert').getByText('must be an http or https address').waitFor();
      await page.getByLabel('Address').fill(`${address}/gone.xml`);
      await page.getByRole('button', { name: 'Add and poll' }).click();
      await page.locator('.card .note.bad').getByText(/404/).waitFor();
      await page.getByRole('button', { name: /^Remove / }).click();
      await agree(watched, 'Remove');
      await page.getByText('No feed yet').waitFor();
      await flows.finish(watched, [/400/]);
    }, 60_000);

    it('webhook: its secret is shown once and checks what arrives; what is not taken is sent again', async () => {
      received.length = 0;
      hookStatus = 200;
      const watched = await open(width, '/admin/webhooks', 'Webhooks');
      const { page } = watched;
      await page.getByText('Nobody is told yet').waitFor();
      await page.getByLabel('Address').fill(`${address}/hook`);
      await page.getByLabel('Name').fill('Stock');
      await page.getByLabel('Another model is live').uncheck();
      await page.getByRole('button', { name: 'Add webhook' }).click();
      const secret = (await page.locator('.secret code').textContent())!;
      expect(secret).toMatch(/^whsec_/);
      const card = page.locator('.card');
      await card.getByText('erasure.done').waitFor();
      expect(await card.textContent()).not.toContain('model.promoted');

      await page.getByRole('button', { name: 'Send a test to Stock' }).click();
      await card.locator('.badge', { hasText: /^taken$/ }).waitFor();
      const [{ headers, body }] = received as [Received];
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);

      hookStatus = 500;
      await page.getByRole('button', { name: 'Send a test to Stock' }).click();
      await card.locator('.badge', { hasText: /^on its way$/ }).waitFor();
      await card.getByText(/500/).first().waitFor();
      hookStatus = 410;
      await page.getByRole('button', { name: 'Send a test to Stock' }).click();
      await card.getByText('switched off', { exact: true }).waitFor();
      hookStatus = 200;
      await page.getByRole('button', { name: 'Switch on Stock' }).click();
      await card.getByText('told', { exact: true }).waitFor();
      const before = received.length;
      await page
        .getByRole('button', { name: /^Send again: webhook.test of / })
        .last()
        .click();
      // The message that was refused with 500 is tried again by itself, and may come in between.
      const again = () => received.slice(before).map((one) => one.headers['webhook-id']);
      await expect.poll(again, { timeout: 10_000 }).toContain(headers['webhook-id']);

      await page.getByRole('button', { name: 'New secret for Stock' }).click();
      await agree(watched, 'New secret');
      await until(watched, `document.querySelector('.secret code').textContent !== ${JSON.stringify(secret)}`);
      await page.getByRole('button', { name: 'I have kept it' }).click();
      expect(await watched.accessibility()).toEqual([]);
      await page.getByRole('button', { name: 'Remove Stock' }).click();
      await agree(watched, 'Remove');
      await page.getByText('Nobody is told yet').waitFor();
      await flows.finish(watched);
    }, 120_000);
  });

  it.each([
    ['/admin', 'Overview'],
    ['/admin/catalogue', 'Catalogue'],
    ['/admin/segments', 'Segments'],
    ['/admin/imports', 'Imports'],
    ['/admin/feeds', 'Feeds'],
    ['/admin/webhooks', 'Webhooks'],
    ['/admin/jobs', 'Jobs'],
    ['/admin/models', 'Models'],
    ['/admin/experiments', 'Experiments'],
    ['/admin/rules', 'Rules'],
    ['/admin/placements', 'Placements'],
    ['/admin/keys', 'Keys'],
    ['/admin/audit', 'Audit'],
  ])('%s says that it loads, that the server does not answer, and what is there when it does', async (path, title) => {
    const watched = await flows.open(768, '/admin/placements', { cookie });
    const { page } = watched;
    await page.getByRole('heading', { level: 1, name: 'Placements' }).waitFor();
    const held: (() => Promise<void>)[] = [];
    let lets = 'wait' as 'wait' | 'fail' | 'pass';
    await page.route(/\/v1\/admin\/(?!session)/, (route) => {
      if (lets === 'pass') return route.continue();
      if (lets === 'fail') return route.abort();
      held.push(() => route.abort());
      return undefined;
    });
    await page.goto(shop.running.url + path);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.locator('.waiting').first().waitFor();
    lets = 'fail';
    for (const abort of held) await abort();
    const again = page.getByRole('alert').getByRole('button', { name: 'Try again' }).first();
    await again.waitFor();
    expect(await page.getByRole('alert').first().textContent()).toContain('does not answer');
    lets = 'pass';
    for (let presses = 0; (await again.count()) > 0 && presses < 10; presses++) {
      await again.click({ timeout: 5_000 }).catch(() => undefined);
      await page.waitForTimeout(300);
    }
    await until(watched, `!document.querySelector('[aria-busy=true], [role=alert]')`);
    await flows.finish(watched, [/ERR_FAILED/]);
  });
});
