import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, type Watched } from '../support/browser.js';
import { until } from '../support/browser-flows.js';
import { openWidgetShop, shownCards as shown, type WidgetShop } from '../support/widget-shop.js';

const row = (attributes: string, inside = '') =>
  `<vitrine-recommendations href="/products/{id}" ${attributes}>${inside}</vitrine-recommendations>`;
const first = (part: string) =>
  `document.querySelector('vitrine-recommendations').shadowRoot.querySelector('[part=${part}]')`;
/** The focused element, inside shadow roots too. */
const focused = `(() => { let at = document.activeElement; while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement; return at; })()`;

interface Sent {
  type: string;
  itemId?: string;
  itemIds?: string[];
  requestId?: string;
}

describe.runIf(chromiumPath())('what docs/widget.md promises of the widget', () => {
  let shop: WidgetShop;
  beforeAll(async () => {
    shop = await openWidgetShop();
    shop.page(
      '/product-page',
      `<h1>A chair</h1>${row('placement="product" item-id="p7" limit="6" explain dismissable')}`,
    );
  }, 260_000);
  afterAll(async () => {
    await shop?.close();
    console.log(`widget promises: ${shop?.summary()}`);
  });

  /** Batches of events that the page sends, in order. */
  const batchesOf = async ({ page }: Watched): Promise<Sent[][]> => {
    const batches: Sent[][] = [];
    page.on('request', (request) => {
      if (request.url().includes('/v1/events') && request.method() === 'POST')
        batches.push(
          request
            .postData()!
            .split('\n')
            .map((line) => JSON.parse(line) as Sent),
        );
    });
    return batches;
  };
  const agree = (watched: Watched) => watched.page.evaluate('window.vitrine.setConsent(true)');

  it('language and currency: words and prices follow the nearest lang, each price its own currency', async () => {
    const path = shop.page(
      '/languages',
      `<h1>Sprachen</h1><div lang="de">${row('placement="home" limit="12" explain')}</div>
       <div lang="fr">${row('placement="home" limit="12" explain')}</div>`,
    );
    const watched = await shop.open(1440, path);
    await until(watched, `[...document.querySelectorAll('vitrine-recommendations')].every((one) => one.answer)`);
    const [german, french] = (await watched.page
      .locator('vitrine-recommendations')
      .evaluateAll((all) => all.map((one) => one.shadowRoot!.textContent))) as [string, string];
    expect(german).toContain('1.041,00\u00a0€');
    expect(german).toContain('1.043\u00a0¥');
    expect(german).toContain('Warum das?');
    expect(french).toMatch(/1\u202f041,00\u00a0€/);
    expect(french).toContain('Pourquoi ?');
    await shop.finish(watched);
  });

  it('pictures: lazy, in the width that a card needs, and none of what is out of sight', async () => {
    const path = shop.page(
      '/pictures',
      `<h1>Pictures</h1>${row('placement="home" limit="4"')}<p>…</p><div class="far">${row('placement="home" limit="12" layout="grid"')}</div>`,
    );
    shop.file(
      '/shop.css',
      'text/css',
      '.far { margin-top: 12000px } vitrine-recommendations { min-height: 345px } :not(:defined) { display: block }',
    );
    const asked = new Set<string>();
    const watched = await shop.open(768, path, async ({ page }) => {
      page.on('request', (request) => request.url().includes('/v1/pictures/') && asked.add(request.url()));
    });
    await until(watched, `[...document.querySelectorAll('vitrine-recommendations')].every((one) => one.answer)`);
    const images = `[...document.querySelectorAll('vitrine-recommendations')].map((one) => [...one.shadowRoot.querySelectorAll('img')])`;
    await until(watched, `${images}[0].every((image) => image.complete && image.naturalWidth > 0)`);
    const loaded = (await watched.page.evaluate(`${images}[0].map((image) => image.currentSrc)`)) as string[];
    for (const source of loaded) expect(source).toMatch(/width=320$/);
    const attributes = (await watched.page.evaluate(
      `${images}.flat().map((image) => [image.loading, image.sizes, Boolean(image.width && image.height)])`,
    )) as unknown[];
    expect(new Set(attributes.map((one) => JSON.stringify(one)))).toEqual(new Set(['["lazy","auto, 200px",true]']));
    expect(asked.size).toBe(4);
    await watched.page.locator('vitrine-recommendations').nth(1).scrollIntoViewIfNeeded();
    await until(watched, `${images}[1].filter((image) => image.naturalWidth > 0).length > 4`);
    expect(asked.size).toBeGreaterThan(4);
    await shop.finish(watched);
  });

  it('own cards: the shop’s template is filled, and a click is still told', async () => {
    const path = shop.page(
      '/own',
      `<h1>Own cards</h1>${row(
        'placement="home" limit="3"',
        `<template slot="card"><article><img data-vitrine="image" alt="" width="120" height="120"><a data-vitrine="link"><b data-vitrine="title"></b></a> <i data-vitrine="price"></i></article></template>`,
      )}`,
    );
    const watched = await shop.open(768, path);
    await until(watched, `Boolean(document.querySelector('vitrine-recommendations').answer)`);
    const cards = watched.page.locator('vitrine-recommendations article');
    expect(await cards.count()).toBe(3);
    expect(await cards.first().textContent()).toMatch(/A \w+ <chair> & more €1,0\d\d\.00/);
    expect(await cards.first().locator('a').getAttribute('href')).toMatch(/^\/products\/p\d+$/);
    const told = watched.page.waitForEvent('console', (message) => message.text().startsWith('opened'));
    await cards.first().locator('a').click();
    await told;
    await watched.page.goBack();
    await shop.finish(watched);
  });

  it('keyboard: a card is reached and opened, its reasons open and close, turning one away goes on at its place', async () => {
    const watched = await shop.open(1440, '/product-page');
    const { page } = watched;
    const requestId = `document.querySelector('vitrine-recommendations').answer?.requestId`;
    await until(watched, `${shown} > 0 && Boolean(${requestId})`);
    // A yes asks for the list anew: its cards take the place, and the focus, of those before.
    const before = await page.evaluate(requestId);
    await agree(watched);
    await until(watched, `${requestId} !== ${JSON.stringify(before)} && Boolean(${first('tools')}?.children[1])`);
    const tabTo = async (what: string) => {
      for (let presses = 0; presses < 20; presses++) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(`${focused}.matches(${JSON.stringify(what)})`)) return;
      }
      throw new Error(`not reached: ${what}`);
    };
    await tabTo('[part=link]');
    await tabTo('.tools button');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(`${focused}.closest('dialog').textContent`)).toMatch(/\d+ % – /);
    await page.keyboard.press('Escape');
    expect(await page.evaluate(`Boolean(${first('why')})`)).toBe(false);
    await page.keyboard.press('Tab');
    const unwanted = (await page.evaluate(`${first('title')}.textContent`)) as string;
    expect(await page.evaluate(`${focused}.getAttribute('aria-label')`)).toBe(`Not interested: ${unwanted}`);
    await page.keyboard.press('Enter');
    await until(watched, `${first('title')}.textContent !== ${JSON.stringify(unwanted)}`);
    await until(watched, `${focused} === ${first('link')}`);
    await page.keyboard.press('Enter');
    await until(watched, `location.pathname.startsWith('/products/p')`);
    await page.goBack();
    await shop.finish(watched);
  });

  it('without consent nothing is stored and nothing is told; with it views, seen lists and clicks go in few messages', async () => {
    let batches: Sent[][] = [];
    const watched = await shop.open(1440, '/product-page', async (one) => {
      batches = await batchesOf(one);
    });
    const { page } = watched;
    await until(watched, `${shown} > 0`);
    await page.waitForTimeout(3_200);
    expect(batches).toEqual([]);
    expect(await page.evaluate('JSON.stringify([localStorage.length, sessionStorage.length, document.cookie])')).toBe(
      '[0,0,""]',
    );
    await agree(watched);
    for (let tries = 0; batches.flat().length < 2 && tries < 100; tries++) await page.waitForTimeout(50);
    const sent = batches.flat();
    expect(sent.map(({ type }) => type).sort()).toEqual(['impression', 'view']);
    expect(sent.find(({ type }) => type === 'view')!.itemId).toBe('p7');
    expect(sent.find(({ type }) => type === 'impression')!.itemIds).toHaveLength(6);
    // The page's own word of the same view is the same view.
    await page.evaluate(`window.vitrine.track({ type: 'view', itemId: 'p7' })`);
    const id = (await page.evaluate('window.vitrine.visitorId')) as string;
    // Leaving at once: the click goes out with the page.
    await page.locator('vitrine-recommendations a').first().click();
    await until(watched, `location.pathname.startsWith('/products/p')`);
    const known = async () =>
      (
        await shop.vitrine.call<{ sections: { events: Sent[] } }>('GET', `/v1/visitors/${id}/export`)
      ).body.sections.events.map(({ type }) => type);
    for (let tries = 0; !(await known()).includes('click') && tries < 100; tries++) await page.waitForTimeout(50);
    expect((await known()).sort()).toEqual(['click', 'impression', 'view']);
    expect(batches.length).toBeLessThanOrEqual(3);
    await page.goBack();
    await shop.finish(watched);
  }, 120_000);

  it('data-consent: what a shop’s own banner was told counts on the server too', async () => {
    const path = shop.page(
      '/asked',
      `<h1>A chair</h1>${row('placement="product" item-id="p7"')}`,
      'data-consent="true"',
    );
    const watched = await shop.open(768, path);
    await until(watched, `Boolean(window.vitrine?.visitorId)`);
    const id = (await watched.page.evaluate('window.vitrine.visitorId')) as string;
    const known = async () =>
      (
        await shop.vitrine.call<{ sections: { events: Sent[] } }>('GET', `/v1/visitors/${id}/export`)
      ).body.sections.events.map(({ type }) => type);
    for (let tries = 0; !(await known()).includes('view') && tries < 100; tries++)
      await watched.page.waitForTimeout(50);
    expect(await known()).toContain('view');
    await shop.finish(watched);
  });

  it.each([
    ['down', 'abort'],
    ['slow', 'hang'],
    ['broken', 'error'],
  ])('an API that is %s: the row hides itself, tells the shop, and the page stays whole', async (_how, what) => {
    // Hidden is hidden, whatever a shop's own styles say of the element.
    shop.file('/shop.css', 'text/css', 'vitrine-recommendations { display: block; min-height: 345px }');
    let told: Promise<unknown> = Promise.resolve();
    const watched = await shop.open(768, '/product-page', async ({ page }) => {
      told = page.waitForEvent('console', (message) => message.text().startsWith('no recommendations:'));
      await page.route('**/v1/recommendations', (route) => {
        if (what === 'abort') return route.abort();
        if (what === 'error') return route.fulfill({ status: 503, body: '<h1>Bad gateway</h1>' });
        return undefined;
      });
    });
    await told;
    expect(await watched.page.isHidden('vitrine-recommendations')).toBe(true);
    expect(await watched.page.textContent('h1')).toBe('A chair');
    await watched.page.unroute('**/v1/recommendations');
    await watched.page.evaluate(`document.querySelector('vitrine-recommendations').refresh()`);
    await until(watched, `${shown} > 0`);
    expect(await watched.page.isVisible('vitrine-recommendations')).toBe(true);
    await shop.finish(watched, [/ERR_FAILED|503/]);
  });

  it('a question that failed is asked anew by whoever asks next, at once', async () => {
    const watched = await shop.open(360, '/product-page');
    let asked = 0;
    await watched.page.route('**/v1/recommendations', (route) => (asked++ === 0 ? route.abort() : route.continue()));
    // The second question follows the first one's failure without a moment between.
    const answers = await watched.page.evaluate(`(async () => {
      const ask = () => window.vitrine.ask('/v1/recommendations', { placement: 'home', limit: 5 });
      return [await ask().catch(() => 'failed'), (await ask()).items.length];
    })()`);
    expect(answers).toEqual(['failed', 5]);
    expect(asked).toBe(2);
    await shop.finish(watched, [/ERR_FAILED/]);
  });

  it('a script that is not there leaves a page without rows, and nothing else', async () => {
    const watched = await shop.open(360, '/product-page', async ({ page }) => {
      await page.route('**/widget/vitrine.js', (route) => route.abort());
    });
    expect(await watched.page.textContent('h1')).toBe('A chair');
    await shop.finish(watched, [/ERR_FAILED/]);
  });
});
