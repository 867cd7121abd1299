import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser, type Watched } from '../support/browser.js';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment } from '../support/running-vitrine.js';

const CHAIR = '/shop/product/black-shell-armchair';
const counts = { flows: 0, axe: 0, console: 0, foreign: 0, shift: 0 };

/** Titles shown by the widget in the page's row with this index. */
const titles = (row = 0) =>
  `[...(document.querySelectorAll('vitrine-recommendations')[${row}]?.shadowRoot?.querySelectorAll('li:not(.skeleton) .title') ?? [])].map((node) => node.textContent)`;

describe.runIf(chromiumPath())('the shop in a real browser', () => {
  let installation: TestInstallation;
  let vitrine: RunningVitrine;
  beforeAll(async () => {
    installation = await testDatabases()[0]!.install();
    vitrine = await startVitrine(
      testEnvironment({ ...installation.env, VITRINE_DEMO: 'auto', VITRINE_CONSENT: 'required' }),
      ['start'],
      240_000,
    );
  }, 260_000);
  afterAll(async () => {
    await vitrine?.end();
    await installation?.remove();
    console.log(
      `shop flows ${counts.flows} passed; axe serious ${counts.axe}; console errors ${counts.console}; foreign requests ${counts.foreign}; layout shift ${counts.shift.toFixed(3)}`,
    );
  });

  /** Waits for a condition in the page. The page's own policy forbids `eval`, so playwright's polling cannot run there. */
  const until = async (watched: Watched, condition: string, timeoutMs = 20_000): Promise<void> => {
    const end = Date.now() + timeoutMs;
    while (!(await watched.page.evaluate(condition))) {
      if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
      await watched.page.waitForTimeout(50);
    }
  };

  const rowShows = async (watched: Watched, row = 0): Promise<string[]> => {
    await until(watched, `${titles(row)}.length > 0`);
    return (await watched.page.evaluate(titles(row))) as string[];
  };
  const finish = async (watched: Watched): Promise<void> => {
    const axe = await watched.accessibility();
    const shift = await watched.layoutShift();
    counts.axe += axe.length;
    counts.console += watched.consoleErrors.length;
    counts.foreign += watched.foreignRequests.length;
    counts.shift = Math.max(counts.shift, shift);
    await watched.close();
    expect(axe).toEqual([]);
    expect(watched.consoleErrors).toEqual([]);
    expect(watched.foreignRequests).toEqual([]);
    expect(shift).toBeLessThan(0.02);
    counts.flows++;
  };
  const open = async (width: number, path = '/shop', dark = false): Promise<Watched> => {
    const watched = await openBrowser(vitrine.url, { width, dark });
    await watched.page.goto(vitrine.url + path, { waitUntil: 'load' });
    return watched;
  };

  describe.each([360, 768, 1440])('at %i px', (width) => {
    it('first visit: products, departments, and a question about consent', async () => {
      const watched = await open(width);
      expect((await rowShows(watched)).length).toBeGreaterThan(5);
      await watched.page.waitForSelector('.tile a');
      expect(await watched.page.isVisible('.consent')).toBe(true);
      expect(await watched.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await finish(watched);
    });

    it('change the browsed picture: the row below answers', async () => {
      const watched = await open(width, CHAIR, true);
      const before = await rowShows(watched);
      const answered = watched.page.waitForResponse(
        (response) =>
          response.url().endsWith('/v1/recommendations') && response.request().postData()!.includes('"index":2'),
      );
      await watched.page.click('.thumbs li:nth-child(3) button');
      const body = (await (await answered).json()) as {
        items: { item: { title: string }; reasons: { source: string; because?: { index?: number } }[] }[];
      };
      expect(
        body.items.some((entry) =>
          entry.reasons.some((reason) => reason.source === 'context.image' && reason.because?.index === 2),
        ),
      ).toBe(true);
      await until(watched, `JSON.stringify(${titles()}) !== ${JSON.stringify(JSON.stringify(before))}`);
      await finish(watched);
    });

    it('why this: shares that add up, closed by Escape', async () => {
      const watched = await open(width, CHAIR);
      await rowShows(watched);
      await watched.page.evaluate(
        `document.querySelector('vitrine-recommendations').shadowRoot.querySelector('.tools button').focus()`,
      );
      await watched.page.keyboard.press('Enter');
      const lines = (await watched.page.evaluate(
        `[...document.querySelector('vitrine-recommendations').shadowRoot.querySelectorAll('.why li')].map((node) => node.textContent)`,
      )) as string[];
      const sum = lines.reduce((total, line) => total + Number.parseInt(line, 10), 0);
      expect(lines.length).toBeGreaterThan(0);
      expect(Math.abs(sum - 100)).toBeLessThanOrEqual(lines.length);
      await watched.page.keyboard.press('Escape');
      expect(
        await watched.page.evaluate(
          `document.querySelector('vitrine-recommendations').shadowRoot.querySelector('.why')`,
        ),
      ).toBeNull();
      await finish(watched);
    });
  });

  it('consent on, not interested, what you know, forget me', async () => {
    const watched = await open(1440, CHAIR);
    await watched.page.click('.consent .primary');
    await watched.page.waitForSelector('.consent', { state: 'detached' });
    const before = await rowShows(watched);
    await until(
      watched,
      `document.querySelector('vitrine-recommendations').shadowRoot.querySelectorAll('li:first-child .tools button').length > 1`,
    );
    const again = watched.page.waitForResponse((response) => response.url().endsWith('/v1/recommendations'));
    const unwanted = (await watched.page.evaluate(`(() => {
      const card = document.querySelector('vitrine-recommendations').shadowRoot.querySelector('li:not(.skeleton)');
      const title = card.querySelector('.title').textContent;
      card.querySelectorAll('.tools button')[1].click();
      return title;
    })()`)) as string;
    expect(before).toContain(unwanted);
    await again;
    await until(watched, `!${titles()}.includes(${JSON.stringify(unwanted)})`);
    await watched.page.goto(`${vitrine.url}/shop/privacy`);
    await watched.page.getByRole('button', { name: 'What you know about me' }).click();
    expect(await watched.page.textContent('.known')).toContain('dismiss');
    await watched.page.getByRole('button', { name: 'Forget me' }).click();
    await until(watched, `document.querySelector('[role=status]').textContent.includes('Receipt')`);
    expect(await watched.page.evaluate(`localStorage.getItem('vitrine')`)).toBeNull();
    await finish(watched);
  });

  it('consent off: nothing is stored and no visitor is made', async () => {
    const watched = await open(768);
    const calls: string[] = [];
    watched.page.on('request', (request) => calls.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await watched.page.getByRole('button', { name: 'No', exact: true }).click();
    await watched.page.goto(vitrine.url + CHAIR);
    await rowShows(watched);
    expect(calls.filter((call) => call.includes('/v1/visitors') || call.includes('/v1/events'))).toEqual([]);
    await finish(watched);
  });

  it('words plus picture: both count', async () => {
    const watched = await open(768, '/shop/search?q=plant');
    expect((await rowShows(watched)).length).toBeGreaterThan(5);
    const picture = await fetch(
      vitrine.url +
        (await (
          await vitrine.call<{ images: { src: string }[] }>('GET', '/v1/items/black-shell-armchair')
        ).body.images[0]!.src),
    );
    await watched.page.click('.by-picture summary');
    const asked = watched.page.waitForResponse(
      (response) => response.url().endsWith('/v1/search') && response.request().postData()!.includes('"images"'),
    );
    await watched.page
      .locator('vitrine-visual-search input[type=file]')
      .setInputFiles({ name: 'chair.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await picture.arrayBuffer()) });
    const answer = (await (await asked).json()) as { items: { reasons: { source: string }[] }[] };
    const sources = new Set(answer.items.flatMap((entry) => entry.reasons.map((reason) => reason.source)));
    expect(sources).toContain('context.image');
    expect(sources).toContain('context.text');
    await finish(watched);
  });

  it('cart together: what is in the cart is not proposed again', async () => {
    const watched = await open(768, CHAIR);
    await watched.page.waitForSelector('.facts .primary:not([disabled])');
    await watched.page.click('.facts .primary');
    await watched.page.getByRole('link', { name: 'Go to the cart' }).click();
    expect(await watched.page.textContent('.cart')).toContain('Armchair');
    expect((await rowShows(watched)).some((title) => title.includes('Corvid Moulded Shell Armchair'))).toBe(false);
    await finish(watched);
  });

  it('API down: the page stays whole, the row hides itself', async () => {
    const watched = await openBrowser(vitrine.url, { width: 768 });
    await watched.page.route('**/v1/recommendations', (route) => route.abort());
    await watched.page.goto(vitrine.url + CHAIR);
    await until(watched, `document.querySelector('vitrine-recommendations')?.hidden === true`);
    expect(await watched.page.textContent('h1')).toContain('Armchair');
    await watched.close();
    counts.flows++;
  });
});
