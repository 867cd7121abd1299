import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notFound, packageRoot, packageVersion } from '../platform/platform.api.js';

export interface PageFile {
  bytes: Buffer;
  mediaType: string;
  etag: string;
}

const MEDIA_TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
};

const pages = join(packageRoot, 'dist', 'pages');
const known = new Map<string, PageFile>();

/** One of the built pages' files, read once. Only plain names below the pages' folder. @throws Problem 404 */
export const pageFile = (folder: 'shop' | 'admin' | 'widget', name: string): PageFile => {
  const key = `${folder}/${name}`;
  const before = known.get(key);
  if (before) return before;
  const path = join(pages, folder, name);
  if (!/^[a-z0-9.-]+$/.test(name) || name.includes('..') || !existsSync(path)) throw notFound('page', name);
  const bytes = readFileSync(path);
  const file = {
    bytes,
    mediaType: MEDIA_TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 20)}"`,
  };
  known.set(key, file);
  return file;
};

/** A page's HTML with its `%NAME%` places filled; values are escaped for attributes. */
export const filledPage = (folder: 'shop' | 'admin', values: Record<string, string>): string => {
  const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const filled: Record<string, string> = {
    VERSION: `${packageVersion}-${pageFile(folder, `${folder}.js`).etag.slice(1, 9)}`,
    ...values,
  };
  return pageFile(folder, 'index.html')
    .bytes.toString('utf8')
    .replaceAll(/%([A-Z]+)%/g, (_, name: string) => escape(filled[name] ?? ''));
};
