/// <reference lib="dom" />
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const candidates = [
  process.env.VITRINE_TEST_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The machine's own Chromium, or null; browser tests then say that they were left out. */
export const chromiumPath = (): string | null =>
  candidates.find((path): path is string => Boolean(path && existsSync(path))) ?? null;

export interface Watched {
  page: Page;
  context: BrowserContext;
  /** Errors on the console and uncaught ones. */
  consoleErrors: string[];
  /** Requests that left the server under test. */
  foreignRequests: string[];
  /** Cumulative layout shift so far. */
  layoutShift(): Promise<number>;
  /** Serious and critical findings of axe-core on the page as it is. */
  accessibility(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a real browser of the given width on a server (or several that belong together); everything suspicious is collected. */
export const openBrowser = async (
  origin: string | readonly string[],
  options: { width: number; dark?: boolean },
): Promise<Watched> => {
  const profile = mkdtempSync(join(tmpdir(), 'vitrine-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath()!,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: { width: options.width, height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
    bypassCSP: false,
  });
  await context.addInitScript(() => {
    const state = window as unknown as { __shift: number };
    state.__shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
        if (!entry.hadRecentInput) state.__shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const consoleErrors: string[] = [];
  const foreignRequests: string[] = [];
  page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
  page.on('pageerror', (error) => consoleErrors.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (![origin].flat().some((own) => url.startsWith(own)) && !/^(data|blob|about):/.test(url))
      foreignRequests.push(url);
  });
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  return {
    page,
    context,
    consoleErrors,
    foreignRequests,
    layoutShift: () => page.evaluate(() => (window as unknown as { __shift: number }).__shift),
    async accessibility() {
      // The page's own policy forbids injected tags; evaluated code is not a tag.
      await page.evaluate(axe);
      const found = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
        violations: { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }[];
      };
      return found.violations
        .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
        .map(
          (violation) =>
            `${violation.id}: ${violation.nodes.map((node) => `${node.html.slice(0, 160)} (${node.failureSummary?.split('\n').at(-1)?.trim()})`).join(' | ')}`,
        );
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
};
