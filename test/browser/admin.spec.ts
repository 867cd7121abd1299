import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JOB_QUEUE, type JobQueue } from '../../src/platform/platform.api.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { adminCookie, agree, openAdmin } from '../support/admin-page.js';
import { chromiumPath } from '../support/browser.js';
import { Flows, until } from '../support/browser-flows.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

const admin = { authorization: `Bearer ${testKeys.admin}` };

describe.runIf(chromiumPath())('the admin page in a real browser', () => {
  let shop: OpenShop;
  let cookie: string;
  const flows = new Flows(() => shop.running.url!, false);

  const models = async (state: string) =>
    (
      await shop.call<{ models: { version: string; state: string }[] }>(
        'GET',
        '/v1/admin/models?kind=fusion',
        undefined,
        admin,
      )
    ).body.models.filter((model) => model.state === state);

  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!, { VITRINE_DEMO: 'auto' });
    cookie = await adminCookie(shop.running.url!);
  }, 200_000);
  afterAll(async () => {
    await shop?.close();
    console.log(flows.summary('admin'));
  });

  /** Learned from the demo's shoppers: there is something to promote and to go back to. */
  const learned = async (): Promise<string> => {
    // Training has the lowest priority: on a busy machine it takes long.
    const end = Date.now() + 400_000;
    for (;;) {
      const live = (await models('live'))[0]?.version;
      if (live?.startsWith('fusion-')) return live;
      if (Date.now() > end) throw new Error('the demo shop has learned nothing within 400 s');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };

  const open = (width: number, path: string, title: string) => openAdmin(flows, cookie, width, path, title);

  describe.each([360, 768, 1440])('at %i px', (width) => {
    it('sign in: a wrong key is told so, the right one opens the page, signing out ends it', async () => {
      const watched = await flows.open(width, '/admin', { dark: width === 768 });
      const { page } = watched;
      const key = page.getByLabel('Admin key');
      await key.fill(testKeys.server);
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText('no admin key').waitFor();
      await key.fill(testKeys.admin);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      await page.getByText('Products', { exact: true }).waitFor();
      expect(
        await page.evaluate('document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)'),
      ).not.toMatch(/test-admin-key|vitrine_admin/);
      // A server that was asked for nothing yet has no chart, but says so.
      await page.locator('canvas, .empty').first().waitFor();
      if (width < 860) await page.getByRole('button', { name: 'Overview' }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await key.waitFor();
      await page.reload();
      await key.waitFor();
      await flows.finish(watched, [/401/]);
    });

    it('import with bad rows: good ones are in, bad ones are named and can be had', async () => {
      const watched = await open(width, '/admin/imports', 'Imports');
      const { page } = watched;
      const rows = [
        { id: `lamp-${width}`, title: 'A lamp', description: 'A lamp for the browser test.' },
        { id: `nameless-${width}` },
        { id: `priced-${width}`, title: 'Priced', price: { amount: -1, currency: 'EUR' } },
      ];
      await page.locator('.drop input').setInputFiles({
        name: 'shelf.ndjson',
        mimeType: 'application/x-ndjson',
        buffer: Buffer.from(`${rows.map((row) => JSON.stringify(row)).join('\n')}\nnot json\n`),
      });
      await page.getByText('shelf.ndjson is in').waitFor();
      const outcome = page.locator('.outcome');
      expect(await outcome.textContent()).toContain('1 accepted');
      expect(await outcome.textContent()).toContain('3 rejected');
      expect(await outcome.getByRole('table').textContent()).toContain('title');
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download the rejected rows' }).click();
      const file = await (await saved).createReadStream();
      const text = Buffer.concat(await file.toArray()).toString('utf8');
      expect(text.split('\n').map((line) => JSON.parse(line).line)).toEqual([2, 3, 4]);
      expect((await shop.call('GET', `/v1/items/lamp-${width}`)).status).toBe(200);
      await flows.finish(watched);
      await shop.call('DELETE', `/v1/items/lamp-${width}`);
    });

    it('failed job retried: it shows why it failed, and runs again', async () => {
      const jobs = shop.running.app.get<JobQueue>(JOB_QUEUE, { strict: false });
      const name = `test.flaky-${width}`;
      let runs = 0;
      await jobs.work(name, { pollSeconds: 1 }, async () => {
        runs += 1;
        return [runs === 1 ? { is: 'failed', error: new Error(`the shelf fell at ${width}`) } : { is: 'done' }];
      });
      await jobs.send(name, { shelf: width }, { retries: 0 });
      const watched = await open(width, '/admin/jobs', 'Jobs');
      const { page } = watched;
      await page.getByText(`the shelf fell at ${width}`).waitFor();
      await page.getByRole('button', { name: `Retry ${name}` }).click();
      await page.getByText(`the shelf fell at ${width}`).waitFor({ state: 'detached' });
      for (let tries = 0; runs < 2 && tries < 100; tries++) await page.waitForTimeout(50);
      expect(runs).toBe(2);
      await flows.finish(watched);
    });

    it('model promoted and rolled back: another one serves, then the first again', async () => {
      const first = await learned();
      const other = (await models('retired'))[0]!;
      const watched = await open(width, '/admin/models', 'Models');
      const { page } = watched;
      await page.getByText('Whole catalogue').waitFor();
      await page.getByRole('button', { name: `Promote ${other.version}` }).click();
      await agree(watched, 'Promote');
      const live = page.locator('.model.live');
      await live.getByText(other.version).waitFor();
      expect((await models('live'))[0]!.version).toBe(other.version);
      await page.getByRole('button', { name: 'Roll back fusion' }).click();
      await agree(watched, 'Roll back');
      await live.getByText(first).waitFor();
      expect((await models('live'))[0]!.version).toBe(first);
      await flows.finish(watched);
    }, 450_000);

    it('try-out of two models: two lists with their contributions, and what moved', async () => {
      await learned();
      const other = (await models('retired'))[0]!;
      const watched = await open(width, '/admin/try', 'Try-out');
      const { page } = watched;
      await page.getByRole('searchbox', { name: 'On the page of' }).fill('armchair');
      await page.locator('.found button').first().click();
      await page.getByLabel('Words', { exact: true }).first().fill('for a small flat');
      await page.getByRole('button', { name: 'Two models side by side' }).click();
      await page.getByLabel('fusion of B').selectOption(other.version);
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      const b = page.getByRole('region', { name: 'B', exact: true });
      await b.locator('li').first().waitFor();
      expect(await b.textContent()).toContain(other.version);
      const a = page.getByRole('region', { name: 'A', exact: true });
      expect(await a.textContent()).not.toContain(other.version);
      for (const side of [a, b]) {
        expect(await side.locator('.results li').count()).toBe(12);
        expect(await side.locator('[aria-label*="context image"]').count()).toBeGreaterThan(0);
        expect(await side.locator('[aria-label*="context text"]').count()).toBeGreaterThan(0);
      }
      await flows.finish(watched);
    }, 450_000);

    it('rule with preview: what it would do is seen, then it holds, then it is gone', async () => {
      const watched = await open(width, '/admin/rules', 'Rules');
      const { page } = watched;
      const before = await shop.recommend({ placement: 'email', limit: 8 });
      await page.getByLabel('Where').selectOption('email');
      await page.getByRole('searchbox', { name: 'Items' }).fill('bamboo writing desk');
      await page.locator('.found button').first().click();
      await page.getByRole('button', { name: 'Preview' }).click();
      const preview = page.getByRole('region', { name: 'With the rule' });
      await preview.locator('li').first().waitFor();
      const wanted = (await preview.locator('li').first().getAttribute('data-id'))!;
      expect(before.items[0]!.id).not.toBe(wanted);
      expect(await preview.locator('li').first().textContent()).toContain('rule');
      expect((await shop.recommend({ placement: 'email', limit: 8 })).items[0]!.id).toBe(before.items[0]!.id);
      await page.getByRole('button', { name: 'Add rule' }).click();
      await page.getByRole('button', { name: `Remove pin of ${wanted}` }).waitFor();
      expect((await shop.recommend({ placement: 'email', limit: 8 })).items[0]).toMatchObject({
        id: wanted,
        placedBy: 'rule',
      });
      await page.getByRole('button', { name: `Remove pin of ${wanted}` }).click();
      await agree(watched, 'Remove');
      await page.getByText('Lists are as they were learned').waitFor();
      expect((await shop.recommend({ placement: 'email', limit: 8 })).items[0]!.id).toBe(before.items[0]!.id);
      await flows.finish(watched);
    });

    it('erase a person: what is held is shown, then nothing is left but a receipt', async () => {
      const id = `demo-shopper-0${width % 90}`.slice(0, 16);
      const watched = await open(width, '/admin/people', 'People');
      const { page } = watched;
      await shop.call('POST', '/v1/events', {
        type: 'view',
        userId: id,
        itemId: 'black-shell-armchair',
        consent: { personalization: true },
      });
      await page.getByLabel('Id').fill(id);
      await page.getByRole('button', { name: 'Show what is held' }).click();
      await page.getByText('rows are held on').waitFor();
      await page.getByRole('button', { name: `Erase ${id}` }).click();
      await agree(watched, 'Erase');
      await page.getByText('Erased.').waitFor();
      const receiptId = await page.locator('.notice code').textContent();
      expect(await shop.call('GET', `/v1/erasures/${receiptId}`)).toMatchObject({ body: { verified: true } });
      const { body } = await shop.call<{ sections: { events: unknown[] } }>('GET', `/v1/users/${id}/export`);
      expect(body.sections.events).toEqual([]);
      await flows.finish(watched);
    });

    it('rotate a key: a new one works, the old one until it is revoked', async () => {
      const made = await shop.call<{ id: string; key: string }>(
        'POST',
        '/v1/admin/keys',
        { role: 'server', name: `shelf ${width}` },
        admin,
      );
      const works = async (key: string) =>
        (await shop.call('GET', '/v1/items?limit=1', undefined, { authorization: `Bearer ${key}` })).status;
      const watched = await open(width, '/admin/keys', 'Keys');
      const { page } = watched;
      await page.getByRole('button', { name: `Rotate shelf ${width}` }).click();
      const fresh = (await page.locator('.secret code').textContent())!;
      expect(fresh).toMatch(/^sk_/);
      expect([await works(fresh), await works(made.body.key)]).toEqual([200, 200]);
      await page.getByRole('button', { name: 'Revoke the old key' }).click();
      await agree(watched, 'Revoke the old key');
      await page.getByRole('button', { name: 'Revoke the old key' }).waitFor({ state: 'detached' });
      expect([await works(fresh), await works(made.body.key)]).toEqual([200, 401]);
      await flows.finish(watched);
    });
  });

  it.each([
    ['/admin/catalogue', 'Catalogue', 'Findings'],
    ['/admin/map', 'Map', 'Catalogue'],
    ['/admin/placements', 'Placements', 'Settings'],
    ['/admin/experiments', 'Experiments', 'A new one'],
    ['/admin/audit', 'Audit', 'Log'],
  ])('%s stands without a finding', async (path, title, panel) => {
    const watched = await open(768, path, title);
    await watched.page.getByRole('heading', { level: 2, name: panel }).waitFor();
    if (title === 'Map') await until(watched, `document.querySelectorAll('.spot').length > 50`);
    else await until(watched, `!document.querySelector('[aria-busy=true]')`);
    await flows.finish(watched);
  });

  it.each([360, 768, 1440])(
    'segments at %i px: alike people and alike products, with pictures',
    async (width) => {
      await learned();
      const watched = await open(width, '/admin/segments', 'Segments');
      const { page } = watched;
      for (const [choice, panel, unit] of [
        ['People', 'What do these people like?', 'people'],
        ['Products', 'What is in the shop?', 'products'],
      ] as const) {
        await page.getByRole('button', { name: choice, exact: true }).click();
        const panelOf = page.getByRole('region', { name: panel });
        await panelOf.locator('.segment').first().waitFor();
        const { body } = await shop.call<{ segments: { name: string; size: number }[] }>(
          'GET',
          `/v1/admin/segments?of=${unit === 'people' ? 'users' : 'items'}`,
          undefined,
          admin,
        );
        expect(await panelOf.locator('.segment h3').allTextContents()).toEqual(body.segments.map(({ name }) => name));
        expect(await panelOf.textContent()).toContain(`${body.segments[0]!.size} ${unit}`);
        await panelOf.locator('.segment img').first().scrollIntoViewIfNeeded();
        await until(watched, `document.querySelector('.segment img').naturalWidth > 0`);
      }
      await flows.finish(watched);
    },
    200_000,
  );

  it('an API that is away is said so, with a way to try again', async () => {
    const watched = await flows.open(768, '/admin', { cookie });
    await watched.page.getByText('Products', { exact: true }).waitFor();
    await watched.page.route('**/v1/admin/quality', (route) => route.abort());
    await watched.page.goto(`${shop.running.url}/admin/catalogue`);
    await watched.page.getByRole('alert').getByText('does not answer').waitFor();
    await watched.page.unroute('**/v1/admin/quality');
    await watched.page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    // What is found depends on what was learned meanwhile; that it was asked again, and answered, does not.
    await watched.page.getByRole('alert').waitFor({ state: 'detached' });
    await flows.finish(watched, [/ERR_FAILED/]);
  });
});
