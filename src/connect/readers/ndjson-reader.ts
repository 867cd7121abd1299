import type { Readable } from 'node:stream';
import { EVENT_TYPES } from '../../interactions/interactions.api.js';
import { MAX_JSON_BYTES, readNdjson } from '../../platform/platform.api.js';
import type { FeedReader, FeedRow, RowKind, SourceFacts } from '../feed-reader.port.js';
import { jsonValues } from './json-values.js';

const eventTypes = new Set<unknown>(EVENT_TYPES);

/** What a row is, by its shape: an event has a type and somebody, a review has an item and a text, everything else is an item. */
export const kindOf = (value: unknown): RowKind => {
  if (value === null || typeof value !== 'object') return 'items';
  const row = value as Record<string, unknown>;
  if (eventTypes.has(row.type) && !('title' in row)) return 'events';
  return 'itemId' in row ? 'reviews' : 'items';
};

const isList = (head: Buffer): boolean => /^\s*\[/.test(head.toString('utf8'));

/** Vitrine's own shape: one JSON object a line, or all of them in one list. */
export const ndjsonReader: FeedReader = {
  format: 'ndjson',
  recognises: (head, name) =>
    /\.(ndjson|jsonl)(\.gz)?$/i.test(name) || /^\s*\{/.test(head.toString('utf8')) || isList(head),
  async *read(source: Readable, { head, kind }: SourceFacts): AsyncIterable<FeedRow> {
    for await (const line of isList(head) ? entriesOf(source) : readNdjson(source)) {
      if ('value' in line) yield { ...line, kind: kind ?? kindOf(line.value) };
      else yield line;
    }
  },
};

/** The entries of one list, however long it is. */
async function* entriesOf(
  source: Readable,
): AsyncGenerator<{ line: number; value: unknown } | Extract<FeedRow, { errors: unknown }>> {
  const limits = { whole: 0, entry: MAX_JSON_BYTES, lists: new Set<string>() };
  for await (const { line, ...part } of jsonValues(source, limits)) {
    if (part.json === null) {
      const { message, brokenOff } = 'message' in part ? part : { message: '' };
      yield { line, errors: [{ path: '', message }], ...(brokenOff ? { brokenOff: true } : {}) };
      continue;
    }
    let value: unknown;
    try {
      value = JSON.parse(part.json);
    } catch (error) {
      yield { line, errors: [{ path: '', message: `is not JSON: ${(error as Error).message.slice(0, 200)}` }] };
      continue;
    }
    yield { line, value };
  }
}
