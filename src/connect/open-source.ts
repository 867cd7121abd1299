import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { OpenDownload } from '../catalog/catalog.api.js';
import { Problem } from '../platform/platform.api.js';
import { withoutPassword } from './asked-address.js';
import { asUtf8 } from './utf8-source.js';

/** A file, an address or standard input, unpacked and in UTF-8, with its first bytes looked at. */
export interface OpenSource {
  name: string;
  head: Buffer;
  stream: Readable;
  /** Bytes as they lie on the disk or are announced; null where nobody knows. */
  size: number | null;
  /** Bytes of them read so far. */
  position(): number;
}

/** Bytes that a reader may judge a format by. */
const HEAD = 16_384;

const usage = (detail: string, cause?: unknown): Problem =>
  new Problem({ code: 'VIT_USAGE', status: 400, fault: 'shop', title: 'Wrong usage', detail, cause });

const isGzip = (bytes: Buffer): boolean => bytes.length > 1 && bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Gets what lies behind an address, by the rules for addresses that strangers name; `headers` are sent along. */
export type OpenAddress = (url: string, headers?: Record<string, string>) => Promise<OpenDownload>;

/**
 * Opens `path` (a file, an http(s) address, or `-` for standard input), unpacks gzip by its own mark and brings other encodings to UTF-8.
 *
 * @throws Problem `VIT_USAGE` when there is no such file; `VIT_DOWNLOAD_…` when the address can't be had.
 */
export const openSource = async (path: string, openAddress?: OpenAddress): Promise<OpenSource> => {
  const far = openAddress && isAddress(path) ? await openAddress(path) : null;
  const size = far ? far.size : path === '-' ? null : await sizeOf(path);
  let read = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of far ? far.body : path === '-' ? process.stdin : createReadStream(path)) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  };
  const first = await peek(counted(), 2);
  const plain = await peek(asUtf8(isGzip(first.head) ? unpacked(first.stream) : first.stream), HEAD);
  return { name: withoutPassword(path).url, head: plain.head, stream: plain.stream, size, position: () => read };
};

const isAddress = (path: string): boolean => /^https?:\/\//i.test(path);

const READABLE = /\.(ndjson|jsonl|json|csv|tsv|txt|xml|rss|atom)(\.gz)?$/i;
/** What belongs to items comes after them. */
const BELONGS = [/review/i, /event|order|interaction|click/i];
const turnOf = (name: string): number => BELONGS.findIndex((pattern) => pattern.test(name)) + 1;

/** Files to import: a folder stands for the feeds right in it, items before reviews before events, else by name. @throws Problem `VIT_USAGE` for an empty folder */
export const expandFolders = async (paths: readonly string[]): Promise<string[]> => {
  const files: string[] = [];
  for (const path of paths) {
    const folder =
      path !== '-' &&
      !isAddress(path) &&
      (await stat(path).then(
        (facts) => facts.isDirectory(),
        () => false,
      ));
    if (!folder) {
      files.push(path);
      continue;
    }
    const names = (await readdir(path, { withFileTypes: true }))
      .filter((entry) => entry.isFile() && READABLE.test(entry.name))
      .map(({ name }) => name)
      .sort((a, b) => turnOf(a) - turnOf(b) || a.localeCompare(b));
    if (names.length === 0)
      throw usage(
        `"${path}" is a folder without feeds (.ndjson, .jsonl, .json, .csv, .tsv, .xml, also .gz, are looked for).`,
      );
    files.push(...names.map((name) => join(path, name)));
  }
  return files;
};

const sizeOf = async (path: string): Promise<number> => {
  try {
    const facts = await stat(path);
    if (facts.isFile()) return facts.size;
  } catch (error) {
    throw usage(`There is no file "${path}".`, error);
  }
  throw usage(`"${path}" is no file.`);
};

const unpacked = (packed: Readable): Readable => {
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  return packed.pipe(gunzip);
};

/** The first bytes of a stream, and the stream as if nobody had looked. */
const peek = async (source: AsyncIterable<Buffer>, bytes: number): Promise<{ head: Buffer; stream: Readable }> => {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let length = 0;
  let ended = false;
  while (length < bytes && !ended) {
    const next = await iterator.next();
    if (next.done) ended = true;
    else {
      chunks.push(next.value);
      length += next.value.length;
    }
  }
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* chunks;
    while (!ended) {
      const next = await iterator.next();
      if (next.done) return;
      yield next.value;
    }
  };
  return { head: Buffer.concat(chunks), stream: Readable.from(whole(), { objectMode: false }) };
};
