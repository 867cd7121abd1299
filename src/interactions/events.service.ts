import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import { CLOCK, type Clock } from '../platform/clock/clock.port.js';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { fieldErrorsOf } from '../platform/http/field-errors.js';
import type { FieldError } from '../platform/http/problem.js';
import { type BatchCounts, type BatchLine, type BatchOptions, runBatch } from '../platform/http/run-batch.js';
import { OUTBOX, type Outbox, type OutboxEntry } from '../platform/outbox/outbox.port.js';
import type { Person } from '../platform/privacy/personal-data-holder.port.js';
import { stage } from '../platform/telemetry.js';
import { CONSENT, type ConsentPort } from './consent.port.js';
import { EventInput } from './event.schema.js';
import { GroupCommit } from './group-commit.js';
import type { HistoryEntry, NewEvents } from './history-reader.js';

/** How long a single event waits for company before it is committed. */
const WINDOW_MS = 2;
/** Rows of one insert: on the embedded database this stays well under its 50 ms. */
const MOST_ROWS = 500;

/** Events of one chunk of a batch. */
const CHUNK = 1_000;

/** Counts of what became of events. `accepted`: new and committed. `ignored`: no consent. */
export interface EventCounts {
  accepted: number;
  unchanged: number;
  ignored: number;
}

interface EventRow {
  id: string;
  type: string;
  user_id: string | null;
  visitor_id: string | null;
  session_id: string | null;
  item_ids: string[];
  query: string | null;
  value: number | null;
  quantity: number | null;
  request_id: string | null;
  train: boolean;
  at: string;
}

/** Takes in what visitors do. When `record` resolves, the events are committed and the next answer knows them. */
@Injectable()
export class EventsService implements OnApplicationShutdown {
  private readonly commits = new GroupCommit<EventRow, Set<EventRow>>(
    (groups) => this.commit(groups),
    WINDOW_MS,
    MOST_ROWS,
  );

  constructor(
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CONSENT) private readonly consent: ConsentPort,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(DATABASE) private readonly database: Database,
  ) {}

  /** Keeps the events that consent allows; who may speak for whom is the controller's matter. */
  async record(events: readonly EventInput[]): Promise<EventCounts> {
    const counts: EventCounts = { accepted: 0, unchanged: 0, ignored: 0 };
    for (const outcome of await this.recordEach(events)) counts[outcome === 'created' ? 'accepted' : outcome]++;
    return counts;
  }

  /** Like `record`, with the outcome of each event in order. */
  async recordEach(events: readonly EventInput[]): Promise<('created' | 'unchanged' | 'ignored')[]> {
    const decisions = await this.consent.decideMany(
      events.map((event) => ({ callConsent: event.consent, people: peopleIn(event) })),
    );
    const now = this.clock.now().toISOString();
    const rows = events.map((event, index) =>
      decisions[index]!.personalization ? toRow(event, decisions[index]!.training, now) : null,
    );
    const kept = rows.filter((row) => row !== null);
    const waits: Promise<Set<EventRow>>[] = [];
    for (let start = 0; start < kept.length; start += MOST_ROWS)
      waits.push(this.commits.submit(kept.slice(start, start + MOST_ROWS)));
    const fresh = new Set((await Promise.all(waits)).flatMap((rowsOfOne) => [...rowsOfOne]));
    return rows.map((row) => (row === null ? 'ignored' : fresh.has(row) ? 'created' : 'unchanged'));
  }

  /** Takes in any number of rows in constant memory. `refusalFor` says why a row must not be taken from this caller. */
  importRows(
    lines: AsyncIterable<BatchLine>,
    options: BatchOptions & { refusalFor?: (event: EventInput) => FieldError | null } = {},
  ): Promise<BatchCounts> {
    return runBatch<EventInput>(lines, options, {
      mostRows: CHUNK,
      mostBytes: Number.POSITIVE_INFINITY,
      parse: async (value) => {
        const parsed = EventInput.safeParse(value);
        if (!parsed.success) return { errors: fieldErrorsOf(parsed.error, value) };
        const refused = options.refusalFor?.(parsed.data);
        return refused ? { errors: [refused] } : { row: parsed.data };
      },
      write: (rows) => (options.dryRun ? this.foresee(rows) : this.recordEach(rows)),
    });
  }

  /** What `recordEach` would answer. */
  private async foresee(events: readonly EventInput[]): Promise<('created' | 'unchanged' | 'ignored')[]> {
    const decisions = await this.consent.decideMany(
      events.map((event) => ({ callConsent: event.consent, people: peopleIn(event) })),
    );
    const ids = events.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const known = new Set(await this.knownIds(ids));
    return events.map(({ id }, index) =>
      !decisions[index]!.personalization ? 'ignored' : id !== undefined && known.has(id) ? 'unchanged' : 'created',
    );
  }

  private async knownIds(ids: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`select id from events where id = any(${[...ids]}::text[])`.execute(
      this.database.query,
    );
    return rows.map(({ id }) => id);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.commits.idle();
  }

  private async commit(groups: readonly (readonly EventRow[])[]): Promise<Set<EventRow>[]> {
    const rows = groups.flat();
    const fresh = await stage(
      'events.commit',
      () =>
        this.outbox.writeAtOnce({
          topic: 'events',
          change: insertion(rows),
          subjects: sql`select 'user:' || user_id as subject from changed where user_id is not null
            union select 'visitor:' || visitor_id from changed where visitor_id is not null`,
          entries: (inserted) => touched(rows, new Set(inserted.map(({ id }) => id))),
        }),
      { 'vitrine.events': rows.length },
    );
    const inserted = new Set(fresh.map(({ id }) => id));
    // An id that two submissions share is counted for the first of them.
    return groups.map((group) => new Set(group.filter(({ id }) => inserted.delete(id))));
  }
}

const peopleIn = (event: EventInput): Person[] => {
  const people: Person[] = [];
  if (event.userId !== undefined) people.push({ kind: 'user', id: event.userId });
  if (event.visitorId !== undefined) people.push({ kind: 'visitor', id: event.visitorId });
  return people;
};

const toRow = (event: EventInput, train: boolean, now: string): EventRow => ({
  id: event.id ?? randomUUID(),
  type: event.type,
  user_id: event.userId ?? null,
  visitor_id: event.visitorId ?? null,
  session_id: event.sessionId ?? null,
  item_ids: [...new Set([...(event.itemId === undefined ? [] : [event.itemId]), ...(event.itemIds ?? [])])],
  query: event.query ?? null,
  value: event.value ?? null,
  quantity: event.quantity ?? null,
  request_id: event.requestId ?? null,
  train,
  at: event.at ?? now,
});

/** One statement for all rows; gives those that are new. */
const insertion = (rows: readonly EventRow[]) => sql<{ id: string }>`
    insert into events (id, type, user_id, visitor_id, session_id, item_ids, query, value, quantity, request_id, train, at)
    select id, type, user_id, visitor_id, session_id, item_ids, query, value, quantity, request_id, train, at
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as given (id text, type text, user_id text, visitor_id text,
      session_id text, item_ids text[], query text, value double precision, quantity double precision, request_id text, train boolean, at timestamptz)
    on conflict (id) do nothing
    returning id, user_id, visitor_id`;

/** Whom the new rows are about, with what is new of each. */
const touched = (rows: readonly EventRow[], fresh: ReadonlySet<string>): OutboxEntry[] => {
  const news = new Map<string, HistoryEntry[]>();
  const note = (subject: string, event: HistoryEntry): void => {
    const known = news.get(subject);
    if (known) known.push(event);
    else news.set(subject, [event]);
  };
  const noted = new Set<string>();
  for (const row of rows) {
    // Of rows with the same id the first was stored.
    if (!fresh.has(row.id) || noted.has(row.id)) continue;
    noted.add(row.id);
    const event = entryOf(row);
    if (row.user_id !== null) note(`user:${row.user_id}`, event);
    if (row.visitor_id !== null) note(`visitor:${row.visitor_id}`, event);
  }
  return [...news].map(([subject, detail]) => ({ topic: 'events', subject, detail: detail satisfies NewEvents }));
};

const entryOf = (row: EventRow): HistoryEntry => ({
  id: row.id,
  type: row.type,
  itemIds: row.item_ids,
  at: new Date(row.at),
  value: row.value,
  sessionId: row.session_id,
  query: row.query,
});
