import type { Readable } from 'node:stream';
import { parseJson } from './parse-json.js';
import type { BatchLine } from './run-batch.js';

/** Longest JSON body, and longest line of a batch. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;

const NEWLINE = 10;

/** What carries a batch: a request, its body stream, or any chunks of bytes. */
export type NdjsonSource = AsyncIterable<Buffer | string> | { raw: Readable; body?: unknown };

const chunksOf = (source: NdjsonSource): AsyncIterable<Buffer | string> => {
  if (!('raw' in source)) return source;
  const body = source.body as AsyncIterable<Buffer> | undefined;
  return body !== null && typeof body === 'object' && Symbol.asyncIterator in body ? body : source.raw;
};

const decoder = new TextDecoder('utf-8', { fatal: true });

const read = (parts: readonly Buffer[], line: number): BatchLine | null => {
  const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { line, errors: [{ path: '', message: 'is not UTF-8' }] };
  }
  if (text.trim() === '') return null;
  const parsed = parseJson(text);
  return 'value' in parsed ? { line, value: parsed.value } : { line, errors: [{ path: '', message: parsed.message }] };
};

/**
 * The lines of a batch, one at a time, in constant memory: a line longer than `maxLineBytes` (default 32 MB) is named as wrong and
 * skipped while it comes in. Blank lines are counted, not given. `line` counts from 1.
 */
export async function* readNdjson(
  source: NdjsonSource,
  options: { maxLineBytes?: number } = {},
): AsyncGenerator<BatchLine> {
  const { maxLineBytes = MAX_JSON_BYTES } = options;
  let parts: Buffer[] = [];
  let held = 0;
  let line = 1;
  let tooLong = false;
  const take = (part: Buffer): void => {
    held += part.length;
    if (held > maxLineBytes) {
      tooLong = true;
      parts = [];
    } else if (part.length > 0 && !tooLong) parts.push(part);
  };
  const finish = (): BatchLine | null => {
    const result = tooLong
      ? {
          line,
          errors: [
            { path: '', message: `is longer than ${maxLineBytes} bytes, the most one line may hold`, received: held },
          ],
        }
      : parts.length === 0
        ? null
        : read(parts, line);
    parts = [];
    held = 0;
    tooLong = false;
    line++;
    return result;
  };
  for await (const chunk of chunksOf(source)) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      take(bytes.subarray(from, end));
      from = end + 1;
      const result = finish();
      if (result) yield result;
    }
    if (from < bytes.length) take(bytes.subarray(from));
  }
  if (held > 0) {
    const result = finish();
    if (result) yield result;
  }
}
