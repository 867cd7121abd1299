import type { Readable } from 'node:stream';
import { EVENT_TYPES } from '../../interactions/interactions.api.js';
import { readNdjson } from '../../platform/platform.api.js';
import type { FeedReader, FeedRow, RowKind, SourceFacts } from '../feed-reader.port.js';

const eventTypes = new Set<unknown>(EVENT_TYPES);

/** What a row is, by its shape: an event has a type and somebody, a review has an item and a text, everything else is an item. */
export const kindOf = (value: unknown): RowKind => {
  if (value === null || typeof value !== 'object') return 'items';
  const row = value as Record<string, unknown>;
  if (eventTypes.has(row.type) && !('title' in row)) return 'events';
  return 'itemId' in row ? 'reviews' : 'items';
};

/** Vitrine's own shape: one JSON object a line. */
export const ndjsonReader: FeedReader = {
  format: 'ndjson',
  recognises: (head, name) => /\.(ndjson|jsonl)(\.gz)?$/i.test(name) || /^\s*\{/.test(head.toString('utf8')),
  async *read(source: Readable, { kind }: SourceFacts): AsyncIterable<FeedRow> {
    for await (const line of readNdjson(source)) {
      if ('value' in line) yield { ...line, kind: kind ?? kindOf(line.value) };
      else yield line;
    }
  },
};
