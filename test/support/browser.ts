/// <reference lib="dom" />
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

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

let running: Promise<Browser> | null = null;

/** One Chromium for all flows of a test file: it ends with the file's process, and each flow has a profile of its own in it. */
const browser = (): Promise<Browser> => {
  running ??= chromium.launch({
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
  });
  return running;
};

/** Opens a page of the given width, in a fresh profile, on a server (or several that belong together); everything suspicious is collected. */
export const openBrowser = async (
  origin: string | readonly string[],
  options: { width: number; dark?: boolean },
): Promise<Watched> => {
  const context = await (await browser()).newContext({
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
  const page = await context.newPage();
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
    close: () => context.close(),
  };
};
