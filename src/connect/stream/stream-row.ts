import { createHash } from 'node:crypto';
import { parseJson } from '../../platform/http/parse-json.js';
import type { BatchLine, FieldError } from '../../platform/platform.api.js';
import type { RowKind } from '../feed-reader.port.js';
import { kindOf } from '../readers/ndjson-reader.js';

/** A message of a stream, wherever it comes from. */
export interface StreamMessage {
  topic: string;
  partition: number;
  offset: string;
  /** When it was produced, in milliseconds since 1970; below 0 when the stream does not know. */
  timestamp: number;
  /** JSON in UTF-8; null for a deletion marker. */
  value: Buffer | null;
  /** What the message says it is, in its header `vitrine-kind`. */
  kind?: string;
}

/** What is to be done with a message: a row of a kind, or why it can't be one. */
export type StreamRow = { kind: RowKind; value: unknown } | { errors: FieldError[] };

export const ROW_KINDS: readonly RowKind[] = ['items', 'reviews', 'events'];
export const isRowKind = (text: string): text is RowKind => (ROW_KINDS as readonly string[]).includes(text);

/** Longest id of an event. */
const MOST_ID = 128;
const EARLIEST = Date.UTC(1990, 0, 1);
const AHEAD_MS = 24 * 3_600_000;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A name for the message's own place, the same at every delivery. The time is part of it, so that a topic that was deleted and made anew,
 * whose offsets begin at 0 again, does not look like a repetition.
 */
export const placeOf = ({ topic, partition, offset, timestamp }: StreamMessage): string => {
  const rest = `/${partition}/${offset}@${timestamp}`;
  if (topic.length + rest.length <= MOST_ID) return topic + rest;
  return createHash('sha256').update(topic).digest('hex') + rest;
};

/**
 * Reads one message. Its kind is what its header says, else `kind`, else what its shape says. An event without an id gets its place as id, so
 * that a redelivery can't count twice, and one without a time happened when it was produced (not when it is read).
 * @param now milliseconds; a producer's clock more than a day ahead of it is not believed
 */
export const rowOf = (message: StreamMessage, kind: RowKind | undefined, now: number): StreamRow => {
  if (message.value === null) return refused('has no value: deletions are not taken from a stream');
  if (message.kind !== undefined && !isRowKind(message.kind))
    return refused(`has a header vitrine-kind that is none of ${ROW_KINDS.join(', ')}`, message.kind);
  let text: string;
  try {
    text = decoder.decode(message.value);
  } catch {
    return refused('is not UTF-8');
  }
  const parsed = parseJson(text);
  if ('message' in parsed) return refused(parsed.message);
  const { value } = parsed;
  const is = message.kind ?? kind ?? kindOf(value);
  if (is !== 'events' || value === null || typeof value !== 'object' || Array.isArray(value))
    return { kind: is, value };
  const isTime = message.timestamp >= EARLIEST && message.timestamp <= now + AHEAD_MS;
  return {
    kind: is,
    value: {
      ...value,
      ...('id' in value ? {} : { id: placeOf(message) }),
      ...('at' in value || !isTime ? {} : { at: new Date(message.timestamp).toISOString() }),
    },
  };
};

const refused = (message: string, received?: unknown): { errors: FieldError[] } => ({
  errors: [{ path: '', message, ...(received === undefined ? {} : { received }) }],
});

/** Rows of one kind in the order they came, each under the number of its message, counted from 1. */
export const linesOf = (rows: readonly StreamRow[], kind: RowKind): BatchLine[] =>
  rows.flatMap((row, index) => ('value' in row && row.kind === kind ? [{ line: index + 1, value: row.value }] : []));
