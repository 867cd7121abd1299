import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { DATABASE, type Database, Problem } from '../platform/platform.api.js';
import type { ImportReported, ImportShown, RejectedRow } from './import.schema.js';

/** Rows kept of what one import refused; more are counted. */
export const REJECTED_KEPT = 10_000;
/** Imports that are remembered. */
const KEPT = 1_000;

/** JSON that `jsonb` takes: a refused row may quote a NUL or half a surrogate pair, which are the very reason why it was refused. */
const storable = (value: unknown): string =>
  JSON.stringify(value).replace(
    /(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/gi,
    (_, backslash: string) => backslash ?? '\\ufffd',
  );

/**
 * What was taken in, as the people who run the shop follow it. One row an import, written again as it goes on; the newest 1,000 are
 * kept. Only a record: the rows themselves are stored, or refused, by whoever imports them.
 */
@Injectable()
export class ImportLedger {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Stores how far an import is; the same report twice changes nothing. Cost: one statement, and one more when it is new. */
  async record(id: string, report: ImportReported): Promise<void> {
    const { state, source, kind, format, read, accepted, unchanged, ignored, rejectedCount, rejected, message } =
      report;
    const finished = state === 'running' ? null : (report.finishedAt ?? new Date().toISOString());
    const counts = JSON.stringify({ read, accepted, unchanged, ignored });
    const rows = storable(rejected.slice(0, REJECTED_KEPT));
    const { rows: written } = await sql<{ fresh: boolean }>`
      insert into imports (id, state, source, kind, format, counts, rejected, rejected_count, message, created_at, finished_at)
      values (${id}, ${state}, ${source}, ${kind}, ${format ?? null}, ${counts}::jsonb, ${rows}::jsonb,
              ${rejectedCount ?? rejected.length}, ${message ?? null}, ${report.startedAt ?? new Date().toISOString()}::timestamptz,
              ${finished}::timestamptz)
      on conflict (id) do update set state = excluded.state, kind = excluded.kind, format = excluded.format,
        counts = excluded.counts, rejected = excluded.rejected, rejected_count = excluded.rejected_count,
        message = excluded.message, finished_at = excluded.finished_at, updated_at = now()
      returning (xmax = 0) as fresh`.execute(this.database.query);
    if (written[0]?.fresh) {
      await sql`delete from imports where id in
        (select id from imports order by created_at desc, id offset ${KEPT})`.execute(this.database.query);
    }
  }

  /** A whole batch that came over HTTP. */
  recordBatch(
    kind: ImportReported['kind'],
    answer: { accepted: number; unchanged: number; ignored: number; rejected: RejectedRow[] },
    startedAt: Date,
  ): Promise<void> {
    const { accepted, unchanged, ignored, rejected } = answer;
    return this.record(randomUUID(), {
      state: 'done',
      source: `POST /v1/${kind}/batch`,
      kind,
      format: 'ndjson',
      read: accepted + unchanged + ignored + rejected.length,
      accepted,
      unchanged,
      ignored,
      rejected,
      startedAt: startedAt.toISOString(),
    });
  }

  /** Newest first. `after`: how many to pass over. */
  async list(after: number, limit: number): Promise<ImportShown[]> {
    const { rows } = await sql<Row>`${SELECT} order by created_at desc, id limit ${limit} offset ${after}`.execute(
      this.database.query,
    );
    return rows.map(shown);
  }

  /** @throws Problem 404 when there is none of that name */
  async read(id: string): Promise<ImportShown> {
    const { rows } = await sql<Row>`${SELECT} where id = ${id}`.execute(this.database.query);
    if (!rows[0]) throw unknown(id);
    return shown(rows[0]);
  }

  /** The refused rows that were kept (the first 10,000). @throws Problem 404 when there is no such import */
  async rejected(id: string): Promise<RejectedRow[]> {
    const { rows } = await sql<{
      rejected: RejectedRow[];
    }>`select rejected from imports where id = ${id}`.execute(this.database.query);
    if (!rows[0]) throw unknown(id);
    return rows[0].rejected;
  }
}

interface Row {
  id: string;
  state: ImportShown['state'];
  source: string;
  kind: ImportShown['kind'];
  format: string | null;
  counts: Partial<Record<'read' | 'accepted' | 'unchanged' | 'ignored', number>>;
  rejected_count: number;
  message: string | null;
  created_at: Date;
  updated_at: Date;
  finished_at: Date | null;
}

const SELECT = sql`select id, state, source, kind, format, counts, rejected_count, message, created_at, updated_at, finished_at from imports`;

/** Reports come about every second; after this long a running import has died with its process. */
const SILENT_MS = 10 * 60_000;

const shown = (row: Row): ImportShown => {
  const { state, message } =
    row.state === 'running' && Date.now() - row.updated_at.getTime() > SILENT_MS
      ? { state: 'failed' as const, message: 'broken off; importing it again stores only what is missing' }
      : row;
  return { ...countsOf(row), state, message };
};

const countsOf = (row: Row): ImportShown => ({
  id: row.id,
  kind: row.kind,
  source: row.source,
  format: row.format,
  state: row.state,
  read: row.counts.read ?? 0,
  accepted: row.counts.accepted ?? 0,
  unchanged: row.counts.unchanged ?? 0,
  ignored: row.counts.ignored ?? 0,
  rejected: row.rejected_count,
  message: row.message,
  startedAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
});

const unknown = (id: string): Problem =>
  new Problem({
    code: 'VIT_IMPORT_UNKNOWN',
    status: 404,
    title: 'Not found',
    detail: `There is no import "${id.slice(0, 80)}".`,
  });
