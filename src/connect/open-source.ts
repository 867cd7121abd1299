import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Problem } from '../platform/platform.api.js';

/** A file or standard input, unpacked, with its first bytes looked at. */
export interface OpenSource {
  name: string;
  head: Buffer;
  stream: Readable;
  /** Bytes as they lie on the disk; null for standard input. */
  size: number | null;
  /** Bytes of them read so far. */
  position(): number;
}

/** Bytes that a reader may judge a format by. */
const HEAD = 16_384;

const usage = (detail: string, cause?: unknown): Problem =>
  new Problem({ code: 'VIT_USAGE', status: 400, fault: 'shop', title: 'Wrong usage', detail, cause });

const isGzip = (bytes: Buffer): boolean => bytes.length > 1 && bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Opens `path` (`-` is standard input), unpacks gzip by its own mark. @throws Problem `VIT_USAGE` when there is no such file. */
export const openSource = async (path: string): Promise<OpenSource> => {
  const size = path === '-' ? null : await sizeOf(path);
  let read = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of path === '-' ? process.stdin : createReadStream(path)) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  };
  const first = await peek(counted(), 2);
  const plain = isGzip(first.head) ? await peek(unpacked(first.stream), HEAD) : await peek(first.stream, HEAD);
  return { name: path, head: plain.head, stream: plain.stream, size, position: () => read };
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
