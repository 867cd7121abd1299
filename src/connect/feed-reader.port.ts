import type { Readable } from 'node:stream';
import type { FieldError } from '../platform/platform.api.js';

/** What a row of a feed is. */
export type RowKind = 'items' | 'reviews' | 'events';

/** One row of a feed in the contract's own shape, or why it could not be read. Lines count from 1; `brokenOff`: nothing after this could be read. */
export type FeedRow =
  | { line: number; kind: RowKind; value: unknown }
  | { line: number; id?: string; errors: FieldError[]; brokenOff?: true };

/** What is known of a source before it is read. */
export interface SourceFacts {
  /** Its first bytes, unpacked; they come again when it is read. */
  head: Buffer;
  /** What the rows are, when the caller says so. */
  kind?: RowKind;
}

/** Reads one format that shops already have. Constant memory, whatever the size. */
export interface FeedReader {
  /** Name of the format in the answer of an import. */
  readonly format: string;
  /** Whether a source that begins with these bytes (unpacked) and has this name is of the format. */
  recognises(head: Buffer, name: string): boolean;
  read(source: Readable, about: SourceFacts): AsyncIterable<FeedRow>;
}
