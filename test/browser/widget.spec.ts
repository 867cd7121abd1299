import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, openBrowser } from '../support/browser.js';
import { until } from '../support/browser-flows.js';
import { testKeys } from '../support/running-vitrine.js';
import { examples, openWidgetShop, shownCards as shown, type WidgetShop, widgetPage } from '../support/widget-shop.js';

describe.runIf(chromiumPath())(
  'the examples of docs/widget.md, in a shop of another origin under a strict policy',
  () => {
    let shop: WidgetShop;
    let serverRendered = 0;

    beforeAll(async () => {
      shop = await openWidgetShop();
    }, 260_000);
    afterAll(async () => {
      await shop?.close();
      console.log(`widget examples: ${shop?.summary()}; server-rendered pages ${serverRendered}`);
    });

    it.each([360, 768, 1440])(
      'strict CSP at %i px: the row is there, themed, and tells the shop of a click',
      async (width) => {
        const watched = await shop.open(width);
        await until(watched, `${shown} > 0`);
        const { page: tab } = watched;
        expect(await tab.locator('vitrine-recommendations').getByText('€').count()).toBeGreaterThan(0);
        const colour = await tab
          .locator('vitrine-recommendations [part=price]')
          .first()
          .evaluate((node) => getComputedStyle(node).color);
        expect(colour).toBe('rgb(122, 59, 29)');
        expect(
          await tab
            .locator('vitrine-recommendations [part=card]')
            .first()
            .evaluate((node) => node.clientWidth),
        ).toBe(180);
        const told = tab.waitForEvent('console', (message) => message.text().startsWith('opened'));
        await tab.locator('vitrine-recommendations a').first().click();
        expect((await told).text()).toMatch(/^opened p\d+ at place 1$/);
        await until(watched, `location.pathname.startsWith('/products/p')`);
        await tab.goBack();
        await until(watched, `${shown} > 0`);
        await shop.finish(watched);
      },
    );

    it('the policy is a strict one: what is written into the page as a script does not run', async () => {
      const watched = await shop.open(1440);
      await until(watched, `${shown} > 0`);
      await watched.page.evaluate(
        `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.smuggled = true' }))`,
      );
      expect(await watched.page.evaluate('window.smuggled')).toBeUndefined();
      await shop.finish(watched, [/Content Security Policy|Refused/]);
    });

    it('several widgets with one question ask once', async () => {
      const element =
        '<vitrine-recommendations placement="home" limit="3" href="/products/{id}"></vitrine-recommendations>';
      const asked: string[] = [];
      const other =
        '<vitrine-recommendations placement="product" item-id="p7" href="/products/{id}"></vitrine-recommendations>';
      const path = shop.page('/three', `<h1>Rows</h1>${element}${element}${other}${element}`);
      const watched = await shop.open(768, path, async ({ page }) => {
        page.on('request', (request) => {
          if (request.method() === 'POST' && request.url().endsWith('/v1/recommendations'))
            asked.push(request.postData()!);
        });
      });
      await until(
        watched,
        `[...document.querySelectorAll('vitrine-recommendations')].filter((row) => row.answer).length === 4`,
      );
      expect(asked.filter((body) => body.includes('"home"'))).toHaveLength(1);
      expect(asked).toHaveLength(2);
      await shop.finish(watched);
    });

    it('React: the component follows its item and hands clicks to the router', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-react-'));
      try {
        writeFileSync(join(folder, 'page.tsx'), examples('tsx')[0]!);
        // A page of a React shop around the very component: its state says which product is looked at.
        writeFileSync(
          join(folder, 'shop.tsx'),
          `import { StrictMode, useState } from 'react';
           import { createRoot } from 'react-dom/client';
           import { Recommendations } from './page.js';
           const Page = () => {
             const [id, setId] = useState('p8');
             return <><p id="at">{id}</p><Recommendations itemId={id} onOpen={setId} /></>;
           };
           createRoot(document.getElementById('shop')!).render(<StrictMode><Page /></StrictMode>);`,
        );
        const { outputFiles } = await build({
          entryPoints: [join(folder, 'shop.tsx')],
          bundle: true,
          write: false,
          jsx: 'automatic',
          define: { 'process.env.NODE_ENV': '"production"' },
          nodePaths: [join(import.meta.dirname, '..', '..', 'node_modules')],
        });
        shop.file('/page.js', 'text/javascript', outputFiles[0]!.text);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      const path = shop.page(
        '/react',
        '<h1>React</h1><main><div id="root"></div><div id="shop"></div></main><script src="/page.js"></script>',
      );
      const asked: string[] = [];
      const watched = await shop.open(1440, path, async ({ page }) => {
        page.on('request', (request) => {
          if (request.method() === 'POST' && request.url().endsWith('/v1/recommendations'))
            asked.push(JSON.parse(request.postData()!).context.itemIds[0]);
        });
      });
      await until(watched, `${shown} > 0`);
      const first = watched.page.locator('#shop vitrine-recommendations');
      const before = await first.evaluate(
        (row) => (row as HTMLElement & { answer: { requestId: string } }).answer.requestId,
      );
      await first.locator('a').first().click();
      await until(watched, `document.querySelector('#at').textContent !== 'p8'`);
      const at = await watched.page.textContent('#at');
      await until(
        watched,
        `document.querySelector('#shop vitrine-recommendations').answer.requestId !== ${JSON.stringify(before)}`,
      );
      expect(asked).toContain(at);
      expect(await watched.page.evaluate('location.pathname')).toBe('/react');
      await watched.page.locator('#root vitrine-recommendations a').first().click();
      await until(watched, `location.pathname.startsWith('/products/p')`);
      expect(await watched.page.locator('vitrine-recommendations').count()).toBe(2);
      await shop.finish(watched);
    });

    it('a server-rendered shop shows the row without a script, and its page without Vitrine', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-ssr-'));
      const file = join(folder, 'shop.mjs');
      writeFileSync(file, examples('js')[1]!);
      const started: ChildProcess[] = [];
      const serve = async (url: string, port: number, hasRow: boolean): Promise<{ html: string; origin: string }> => {
        const child = spawn(process.execPath, [file], {
          env: { VITRINE_URL: url, VITRINE_SERVER_KEY: testKeys.server, PORT: String(port) },
          stdio: 'ignore',
        });
        started.push(child);
        for (let tries = 0; tries < 100; tries++) {
          try {
            const origin = `http://127.0.0.1:${port}`;
            const html = await (await fetch(`${origin}/products/p7`)).text();
            // The page waits 300 ms for its row and goes without it: on a busy machine it is asked again.
            if (hasRow && !html.includes('<ul>') && tries < 90) continue;
            return { html, origin };
          } catch {
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        }
        throw new Error('the example does not answer');
      };
      const free = (): Promise<number> =>
        new Promise((done) => {
          const probe = createServer().listen(0, '127.0.0.1', () => {
            const { port } = probe.address() as AddressInfo;
            probe.close(() => done(port));
          });
        });
      try {
        const { html, origin } = await serve(shop.vitrine.url, await free(), true);
        expect(html).toContain('More like this');
        expect(html).toContain('&#60;chair&#62; &#38; more');
        const watched = await openBrowser(origin, { width: 360 });
        const links = watched.page.getByRole('link', { name: '<chair> & more' });
        for (let tries = 0; (await links.count()) === 0 && tries < 30; tries++)
          await watched.page.goto(`${origin}/products/p7`);
        await links.first().click();
        await until(watched, `/^.products.p/.test(location.pathname) && location.pathname !== '/products/p7'`);
        expect(await watched.page.evaluate(`location.search`)).toMatch(/^\?from=/);
        expect(await watched.accessibility()).toEqual([]);
        await watched.close();
        expect([watched.consoleErrors, watched.foreignRequests]).toEqual([[], []]);
        const { html: alone } = await serve('http://127.0.0.1:9', await free(), false);
        expect(alone).toContain('<h1>p7</h1>');
        expect(alone).not.toContain('More like this');
      } finally {
        for (const child of started) child.kill();
        rmSync(folder, { recursive: true, force: true });
      }
      serverRendered++;
    });

    it('the manifest names what the elements take and tell', async () => {
      const manifest = (await (await fetch(`${shop.vitrine.url}/widget/custom-elements.json`)).json()) as {
        modules: {
          declarations: { tagName?: string; attributes?: { name: string }[]; events?: { name: string }[] }[];
        }[];
      };
      const elements = new Map(
        manifest.modules.flatMap(({ declarations }) => declarations).map((one) => [one.tagName, one]),
      );
      const tables = [...widgetPage.matchAll(/\| `<(vitrine-[a-z-]+)>` \| (.*) \|/g)];
      expect(tables).toHaveLength(2);
      for (const [, tag = '', listed = ''] of tables) {
        const names = elements.get(tag)!.attributes!.map(({ name }) => name);
        for (const [, name] of listed.split(';')[0]!.matchAll(/`([a-z-]+)/g)) expect(names).toContain(name);
      }
      expect(elements.get('vitrine-recommendations')!.events!.map(({ name }) => name)).toEqual([
        'vitrine-shown',
        'vitrine-click',
        'vitrine-dismiss',
        'vitrine-failed',
      ]);
    });
  },
);
