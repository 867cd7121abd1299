import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pictureOf } from '../recommendation/open-shop.js';
import { openBrowser, type Watched } from './browser.js';
import { testDatabases } from './databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from './running-vitrine.js';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'widget.md'), 'utf8');

/** docs/widget.md, as the shop's developer reads it. */
export const widgetPage = page;

/** The examples of docs/widget.md by language, in order. */
export const examples = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code!);

const policy = /Content-Security-Policy: (.*)/.exec(page)![1]!;
const COLOURS = ['red', 'green', 'blue', 'orange', 'purple', 'teal', 'black', 'brown', 'gold', 'grey', 'navy', 'pink'];
/** Largest layout shift a page may have: rounding of a pixel, not a jump. */
const MOST_SHIFT = 0.001;

/** Cards that the page's first row shows. */
export const shownCards = `document.querySelector('vitrine-recommendations')?.shadowRoot?.querySelectorAll('li:not(.skeleton) a').length`;

/** A shop of another origin than Vitrine's, under the strict policy of docs/widget.md, made of that page's own examples. */
export interface WidgetShop {
  vitrine: RunningVitrine;
  origin: string;
  /** The example's page with other markup in its body, and more attributes on its script tag. Returns its path. */
  page(path: string, body: string, script?: string): string;
  file(path: string, type: string, text: string): void;
  open(width: number, path?: string, prepare?: (watched: Watched) => Promise<void>): Promise<Watched>;
  /** Judges the page as it stands and closes it. `expected` console errors are those the flow itself brought about. */
  finish(watched: Watched, expected?: readonly RegExp[]): Promise<void>;
  summary(): string;
  close(): Promise<void>;
}

export const openWidgetShop = async (): Promise<WidgetShop> => {
  const installation = await testDatabases()[0]!.install();
  const vitrine = await startVitrine(testEnvironment(installation.env));
  for (const [at, colour] of COLOURS.entries())
    await vitrine.call('PUT', `/v1/items/p${at + 6}`, {
      id: `p${at + 6}`,
      title: `A ${colour} <chair> & more`,
      url: `https://shop.example/p${at + 6}`,
      price: { amount: 1040 + at, currency: at === 3 ? 'JPY' : 'EUR' },
      images: [{ data: await pictureOf('square', colour) }],
    });
  const files = new Map<string, { type: string; text: string }>();
  const filled = (text: string) =>
    text.replaceAll('https://recommend.example', vitrine.url).replaceAll('pk_…', testKeys.publishable);
  const html = filled(examples('html')[0]!);
  files.set('/', { type: 'text/html', text: html });
  files.set('/product', { type: 'text/html', text: '<!doctype html><html lang="en"><title>A product</title>' });
  files.set('/shop.css', { type: 'text/css', text: examples('css')[0]! });
  files.set('/shop.js', { type: 'text/javascript', text: examples('js')[0]! });
  const server = createServer((request, reply) => {
    const path = request.url!.split('?')[0]!;
    const file = path.startsWith('/products/') ? files.get('/product') : files.get(path);
    reply.setHeader('content-security-policy', filled(policy));
    if (!file) return reply.writeHead(204).end();
    return reply.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.text);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const counts = { flows: 0, axe: 0, console: 0, foreign: 0, shift: 0 };
  return {
    vitrine,
    origin,
    page(path, body, script = '') {
      const text = html
        .replace(/<body>[\s\S]*<\/body>/, `<body>${body}</body>`)
        .replace(' data-key=', ` ${script} data-key=`);
      files.set(path, { type: 'text/html', text });
      return path;
    },
    file: (path, type, text) => void files.set(path, { type, text }),
    async open(width, path = '/', prepare = async () => undefined) {
      const watched = await openBrowser([vitrine.url, origin], { width, dark: width === 768 });
      await prepare(watched);
      await watched.page.goto(origin + path);
      return watched;
    },
    async finish(watched, expected = []) {
      const errors = watched.consoleErrors.filter((text) => !expected.some((pattern) => pattern.test(text)));
      const axe = await watched.accessibility();
      const shift = await watched.layoutShift();
      await watched.close();
      counts.axe += axe.length;
      counts.console += errors.length;
      counts.foreign += watched.foreignRequests.length;
      counts.shift = Math.max(counts.shift, shift);
      expect(axe).toEqual([]);
      expect(errors).toEqual([]);
      expect(watched.foreignRequests).toEqual([]);
      expect(shift).toBeLessThan(MOST_SHIFT);
      counts.flows++;
    },
    summary: () =>
      `flows ${counts.flows} passed; axe serious ${counts.axe}; console errors ${counts.console}; foreign requests ${counts.foreign}; layout shift ${counts.shift.toFixed(4)}`,
    async close() {
      server.close();
      await vitrine.end();
      await installation.remove();
    },
  };
};
