import type { Kysely, RawBuilder } from 'kysely';
import type { Tables } from '../database/tables.js';

export const OUTBOX = Symbol('Outbox');

/**
 * What changed, by subject:
 * `item` item key (content, availability, pictures or reviews; also deletion) · `vectors` item key (its fused vector was stored) ·
 * `person` `user:ID` or `visitor:ID` (consent, merge, erasure) ·
 * `erasure` the same subjects, erased: whatever is still on its way to the database about them must not get there ·
 * `events` the same subjects (they did something) · `model` model kind (another version is live) ·
 * `index` adapter (another generation is live) · `rules` · `placements` · `experiments` · `keys`.
 */
export type OutboxTopic =
  | 'item'
  | 'vectors'
  | 'person'
  | 'erasure'
  | 'events'
  | 'model'
  | 'index'
  | 'rules'
  | 'placements'
  | 'experiments'
  | 'keys';

export interface OutboxEntry {
  topic: OutboxTopic;
  subject: string;
  /** What the change was, for followers in the process that wrote it; it is not stored, and others hear without it. */
  detail?: unknown;
}

/** One statement that changes something, and what it changed. */
export interface NotedStatement<Row> {
  topic: OutboxTopic;
  /** Changes data and returns rows. */
  change: RawBuilder<Row>;
  /** Selects a `subject` from these rows, which are called `changed`; repeats are noted once. */
  subjects: RawBuilder<unknown>;
  /** The same for own followers. */
  entries(rows: readonly Row[]): readonly OutboxEntry[];
}

/** Followers get entries in order, in batches without repeats; they must be idempotent (delivery is at least once). */
export type OutboxFollower = (entries: readonly OutboxEntry[]) => void | Promise<void>;

/**
 * The change feed that keeps every process's memory true. Rows are written in the same transaction as the change; this process's own
 * followers have run before `write` resolves, so its very next answer shows the change; others hear by notification, or by
 * polling once a second when notifications are lost.
 */
export interface Outbox {
  /** Runs `work` in a transaction with an `append` for entries. Own followers have finished when the promise resolves. */
  write<T>(work: (trx: Kysely<Tables>, append: (entry: OutboxEntry) => void) => Promise<T>): Promise<T>;
  /** As `write` for a single statement, which needs no transaction around it: one round trip where that takes four. */
  writeAtOnce<Row>(statement: NotedStatement<Row>): Promise<readonly Row[]>;
  /** Registers a follower; returns a function that removes it. */
  follow(topic: OutboxTopic, follower: OutboxFollower): () => void;
  /** Starts hearing other processes. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
