import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureOf } from '../recommendation/open-shop.js';
import { chromiumPath, openBrowser, type Watched } from '../support/browser.js';
import { until } from '../support/browser-flows.js';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'widget.md'), 'utf8');
/** The examples of docs/widget.md by language, in order. */
const examples = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code!);
const policy = /Content-Security-Policy: (.*)/.exec(page)![1]!;

describe.runIf(chromiumPath())(
  'the examples of docs/widget.md, in a shop of another origin under a strict policy',
  () => {
    let installation: TestInstallation;
    let vitrine: RunningVitrine;
    let shop: Server;
    let origin: string;
    const files = new Map<string, { type: string; text: string }>();
    const counts = { flows: 0, axe: 0, console: 0, foreign: 0 };

    beforeAll(async () => {
      installation = await testDatabases()[0]!.install();
      vitrine = await startVitrine(testEnvironment(installation.env));
      for (const [at, colour] of ['red', 'green', 'blue', 'orange'].entries())
        await vitrine.call('PUT', `/v1/items/p${at + 6}`, {
          id: `p${at + 6}`,
          title: `A ${colour} <chair> & more`,
          url: `https://shop.example/p${at + 6}`,
          price: { amount: 40 + at, currency: 'EUR' },
          images: [{ data: await pictureOf('square', colour) }],
        });
      const filled = (text: string) =>
        text.replaceAll('https://recommend.example', vitrine.url).replaceAll('pk_…', testKeys.publishable);
      const [html] = examples('html');
      files.set('/', { type: 'text/html', text: filled(html!) });
      files.set('/product', { type: 'text/html', text: '<!doctype html><html lang="en"><title>A product</title>' });
      files.set('/shop.css', { type: 'text/css', text: examples('css')[0]! });
      files.set('/shop.js', { type: 'text/javascript', text: examples('js')[0]! });
      shop = createServer((request, reply) => {
        const path = request.url!.split('?')[0]!;
        const file = path.startsWith('/products/') ? files.get('/product') : files.get(path);
        reply.setHeader('content-security-policy', filled(policy));
        if (!file) return reply.writeHead(204).end();
        return reply.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.text);
      });
      await new Promise<void>((ready) => shop.listen(0, '127.0.0.1', ready));
      origin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
    }, 260_000);
    afterAll(async () => {
      shop?.close();
      await vitrine?.end();
      await installation?.remove();
      console.log(
        `widget flows ${counts.flows} passed; axe serious ${counts.axe}; console errors ${counts.console}; foreign requests ${counts.foreign}`,
      );
    });

    const open = async (width: number, path = '/'): Promise<Watched> => {
      const watched = await openBrowser([vitrine.url, origin], { width, dark: width === 768 });
      await watched.page.goto(origin + path);
      return watched;
    };
    const finish = async (watched: Watched): Promise<void> => {
      const axe = await watched.accessibility();
      await watched.close();
      counts.axe += axe.length;
      counts.console += watched.consoleErrors.length;
      counts.foreign += watched.foreignRequests.length;
      expect(axe).toEqual([]);
      expect(watched.consoleErrors).toEqual([]);
      expect(watched.foreignRequests).toEqual([]);
      counts.flows++;
    };
    const shown = `document.querySelector('vitrine-recommendations')?.shadowRoot?.querySelectorAll('li:not(.skeleton) a').length`;

    it.each([360, 768, 1440])(
      'strict CSP at %i px: the row is there, themed, and tells the shop of a click',
      async (width) => {
        const watched = await open(width);
        await until(watched, `${shown} > 0`);
        const { page: tab } = watched;
        expect(await tab.locator('vitrine-recommendations').getByText('€').count()).toBeGreaterThan(0);
        const colour = await tab
          .locator('vitrine-recommendations [part=price]')
          .first()
          .evaluate((node) => getComputedStyle(node).color);
        expect(colour).toBe('rgb(122, 59, 29)');
        const told = tab.waitForEvent('console', (message) => message.text().startsWith('opened'));
        await tab.locator('vitrine-recommendations a').first().click();
        expect((await told).text()).toMatch(/^opened p\d at place 1$/);
        await until(watched, `location.pathname.startsWith('/products/p')`);
        await tab.goBack();
        await until(watched, `${shown} > 0`);
        await finish(watched);
      },
    );

    it('several widgets with one question ask once', async () => {
      const element =
        '<vitrine-recommendations placement="home" limit="3" href="/products/{id}"></vitrine-recommendations>';
      const html = files.get('/')!.text.replace('<h2>', `${element}${element}${element}<h2>`);
      files.set('/three', { type: 'text/html', text: html });
      const watched = await openBrowser([vitrine.url, origin], { width: 768 });
      const asked: string[] = [];
      watched.page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/v1/recommendations'))
          asked.push(request.postData()!);
      });
      await watched.page.goto(`${origin}/three`);
      await until(
        watched,
        `[...document.querySelectorAll('vitrine-recommendations')].filter((row) => row.answer).length === 4`,
      );
      expect(asked.filter((body) => body.includes('"home"'))).toHaveLength(1);
      expect(asked).toHaveLength(2);
      await finish(watched);
    });

    it('React: the component follows its item and hands clicks to the router', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-react-'));
      try {
        writeFileSync(join(folder, 'page.tsx'), examples('tsx')[0]!);
        // The very code, over preact's drop-in for React: React itself is no dependency of this repository.
        const { outputFiles } = await build({
          entryPoints: [join(folder, 'page.tsx')],
          bundle: true,
          write: false,
          jsx: 'automatic',
          nodePaths: [join(import.meta.dirname, '..', '..', 'node_modules')],
          alias: {
            react: 'preact/compat',
            'react-dom/client': 'preact/compat/client',
            'react/jsx-runtime': 'preact/jsx-runtime',
          },
        });
        files.set('/page.js', { type: 'text/javascript', text: outputFiles[0]!.text });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      files.set('/react', {
        type: 'text/html',
        text: files
          .get('/')!
          .text.replace(
            /<body>[\s\S]*<\/body>/,
            '<body><h1>React</h1><main id="root"></main><script src="/page.js"></script></body>',
          ),
      });
      const watched = await open(1440, '/react');
      await until(watched, `${shown} > 0`);
      await watched.page.locator('vitrine-recommendations a').first().click();
      await until(watched, `location.pathname.startsWith('/products/p')`);
      expect(await watched.page.locator('vitrine-recommendations').count()).toBe(1);
      await finish(watched);
    });

    it('a server-rendered shop shows the row without a script, and its page without Vitrine', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'vitrine-ssr-'));
      const file = join(folder, 'shop.mjs');
      writeFileSync(file, examples('js')[1]!);
      const started: ChildProcess[] = [];
      const serve = async (url: string, port: number): Promise<string> => {
        const child = spawn(process.execPath, [file], {
          env: { VITRINE_URL: url, VITRINE_SERVER_KEY: testKeys.server, PORT: String(port) },
          stdio: 'ignore',
        });
        started.push(child);
        for (let tries = 0; tries < 100; tries++) {
          try {
            return await (await fetch(`http://127.0.0.1:${port}/products/p7`)).text();
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
        const html = await serve(vitrine.url, await free());
        expect(html).toContain('More like this');
        expect(html).toContain('&#60;chair&#62; &#38; more');
        const alone = await serve('http://127.0.0.1:9', await free());
        expect(alone).toContain('<h1>p7</h1>');
        expect(alone).not.toContain('More like this');
      } finally {
        for (const child of started) child.kill();
        rmSync(folder, { recursive: true, force: true });
      }
      counts.flows++;
    });

    it('the manifest names what the elements take and tell', async () => {
      const manifest = (await (await fetch(`${vitrine.url}/widget/custom-elements.json`)).json()) as {
        modules: {
          declarations: { tagName?: string; attributes?: { name: string }[]; events?: { name: string }[] }[];
        }[];
      };
      const elements = new Map(
        manifest.modules.flatMap(({ declarations }) => declarations).map((one) => [one.tagName, one]),
      );
      const tables = [...page.matchAll(/\| `<(vitrine-[a-z-]+)>` \| (.*) \|/g)];
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
