import type { Kysely } from 'kysely';
import type { Tables } from './tables.js';

export const DATABASE = Symbol('Database');

/** One message of `notify`. */
export interface Notification {
  channel: string;
  payload: string;
}

/** What only reads, and may be some seconds behind: reports, exports, counts. */
export interface LaggingReads {
  readonly query: Kysely<Tables>;
  run(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number }>;
}

/**
 * The one door to SQL. Two adapters: a `pg` pool, and PGlite in a thread of its own.
 *
 * Both give the same JavaScript types: `bigint` as number, `bytea` as Buffer, `timestamptz` as Date, `numeric` as number,
 * `jsonb` as parsed values, `vector` as text (`'[1,2]'`; see `vector-column.ts`).
 */
export interface Database {
  /** `embedded` is PGlite: one session, statements one after another. */
  readonly kind: 'embedded' | 'server';
  /** Typed queries, each a statement of its own. */
  readonly query: Kysely<Tables>;
  /** Reads that may lag: the replica of `DATABASE_READ_URL` where there is one (the primary while it is away), else this database. */
  readonly lagging: LaggingReads;
  /**
   * Runs `work` in one transaction; commits when it resolves, rolls back when it rejects. On the embedded database transactions
   * run one after another and must stay under 50 ms: no waiting for anything but SQL inside.
   */
  transaction<T>(work: (trx: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** One statement with `$1` parameters (pg-boss speaks through this). */
  run(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number }>;
  /** Several statements without parameters. */
  script(text: string): Promise<void>;
  /** Hears `notify channel` until the returned function is called. Survives a lost connection. */
  listen(channel: string, heard: (notification: Notification) => void): Promise<() => Promise<void>>;
  /** Resolves when a statement succeeds; rejects with `VIT_DATABASE_UNREACHABLE` otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
