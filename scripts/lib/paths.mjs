import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Where downloads and derived files for tests and builds are kept; safe to delete. */
export const cacheDir = process.env.VITRINE_CACHE_DIR ?? join(root, 'node_modules', '.cache', 'vitrine');
