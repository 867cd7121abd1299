import type { SafeDownloader } from '../catalog/catalog.api.js';
import { invalidField, Problem } from '../platform/platform.api.js';

/** Refuses an address that the shop may not ask (no public one, a password in it), as a fault of the field `url`. @throws Problem 400 */
export const assertAsked = (downloader: SafeDownloader, url: string): void => {
  try {
    downloader.assertAllowed(url);
  } catch (error) {
    if (error instanceof Problem) throw invalidField('url', error.detail, url, error.code);
    throw error;
  }
};

/** An address without the name and password in it, and the header that says these instead: nothing that is stored, shown or logged has them. */
export const withoutPassword = (address: string): { url: string; headers: Record<string, string> } => {
  if (!/^https?:\/\/[^/?#]*@/i.test(address) || !URL.canParse(address)) return { url: address, headers: {} };
  const url = new URL(address);
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  url.username = '';
  url.password = '';
  return { url: url.href, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
