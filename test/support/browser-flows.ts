import { expect } from 'vitest';
import { openBrowser, type Watched } from './browser.js';

/** What all flows of a suite came to; printed at its end. */
export interface FlowCounts {
  flows: number;
  axe: number;
  console: number;
  foreign: number;
  /** Largest cumulative layout shift of a flow. */
  shift: number;
}

/** Largest layout shift a flow may have: rounding of a pixel, not a jump. */
const MOST_SHIFT = 0.001;

/** Opens flows on one server, and judges each at its end: no serious axe finding, console error, foreign request or layout shift. */
export class Flows {
  readonly counts: FlowCounts = { flows: 0, axe: 0, console: 0, foreign: 0, shift: 0 };

  /** @param judgesShift whether a flow's whole course counts, or only its page's loading (`loaded`) where answers of seconds come in */
  constructor(
    private readonly url: () => string,
    private readonly judgesShift = true,
  ) {}

  async open(width: number, path: string, options: { dark?: boolean; cookie?: string } = {}): Promise<Watched> {
    const watched = await openBrowser(this.url(), { width, dark: options.dark });
    if (options.cookie) {
      const [name = '', value = ''] = options.cookie.split('=');
      await watched.context.addCookies([{ name, value, url: `${this.url()}/v1`, httpOnly: true, sameSite: 'Strict' }]);
    }
    await watched.page.goto(this.url() + path, { waitUntil: 'load' });
    return watched;
  }

  /** Judges the layout shift of a page that has just loaded. */
  async loaded(watched: Watched): Promise<void> {
    const shift = await watched.layoutShift();
    this.counts.shift = Math.max(this.counts.shift, shift);
    expect(shift).toBeLessThan(MOST_SHIFT);
  }

  /** Judges the page as it stands and closes it. `expected` console errors are those the flow itself brought about. */
  async finish(watched: Watched, expected: readonly RegExp[] = []): Promise<void> {
    const errors = watched.consoleErrors.filter((text) => !expected.some((pattern) => pattern.test(text)));
    const axe = await watched.accessibility();
    if (this.judgesShift) await this.loaded(watched);
    const sideways = await watched.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    await watched.close();
    this.counts.axe += axe.length;
    this.counts.console += errors.length;
    this.counts.foreign += watched.foreignRequests.length;
    expect(axe).toEqual([]);
    expect(errors).toEqual([]);
    expect(watched.foreignRequests).toEqual([]);
    expect(sideways).toBe(0);
    this.counts.flows++;
  }

  summary(name: string): string {
    const { flows, axe, console, foreign, shift } = this.counts;
    return `${name} flows ${flows} passed; axe serious ${axe}; console errors ${console}; foreign requests ${foreign}; layout shift ${shift.toFixed(4)}`;
  }
}

/** Waits for a condition in the page. The page's own policy forbids `eval`, so playwright's polling cannot run there. */
export const until = async (watched: Watched, condition: string, timeoutMs = 20_000): Promise<void> => {
  const end = Date.now() + timeoutMs;
  while (!(await holds(watched, condition))) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${condition}`);
    await watched.page.waitForTimeout(50);
  }
};

const holds = async (watched: Watched, condition: string): Promise<boolean> => {
  try {
    return Boolean(await watched.page.evaluate(condition));
  } catch (error) {
    // Asked in the moment between two pages: the next one is asked again.
    if (error instanceof Error && error.message.includes('context was destroyed')) return false;
    throw error;
  }
};
