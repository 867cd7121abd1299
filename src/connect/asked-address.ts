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
