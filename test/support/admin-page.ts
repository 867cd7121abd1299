import type { Watched } from './browser.js';
import { type Flows, until } from './browser-flows.js';
import { testKeys } from './running-vitrine.js';

/** Signs in over HTTP; resolves with the session's cookie, `name=value`. */
export const adminCookie = async (url: string): Promise<string> => {
  const response = await fetch(`${url}/v1/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: testKeys.admin }),
  });
  return response.headers.get('set-cookie')!.split(';')[0]!;
};

/** Opens a page of `/admin` as whoever has the cookie, and waits until its title is there and nothing loads any longer. Dark at 768 px. */
export const openAdmin = async (
  flows: Flows,
  cookie: string,
  width: number,
  path: string,
  title: string,
): Promise<Watched> => {
  const watched = await flows.open(width, path, { dark: width === 768, cookie });
  await watched.page.getByRole('heading', { level: 1, name: title }).waitFor();
  // A first look at segments or the map computes them.
  await until(watched, `!document.querySelector('[aria-busy=true]')`, 60_000);
  await flows.loaded(watched);
  return watched;
};

/** Says yes to the question that is asked before something that can't be taken back. */
export const agree = async ({ page }: Watched, label: string): Promise<void> => {
  await page.getByRole('dialog').getByRole('button', { name: label, exact: true }).click();
};
