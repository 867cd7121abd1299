import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { OUTBOX, type Outbox, type OutboxEntry } from '../platform/outbox/outbox.port.js';
import type { Person } from '../platform/privacy/personal-data-holder.port.js';
import { PeopleCache, subjectOf } from './people-cache.js';

/** Events that a history holds at most. */
export const HISTORY_LENGTH = 200;
const PEOPLE_REMEMBERED = 20_000;

/** One thing a person did. Lists that were merely shown (`impression`) are not in a history. */
export interface HistoryEntry {
  id: string;
  type: string;
  itemIds: string[];
  at: Date;
  value: number | null;
  sessionId: string | null;
  query: string | null;
}

interface Row {
  id: string;
  type: string;
  item_ids: string[];
  at: Date;
  value: number | null;
  session_id: string | null;
  query: string | null;
}

/** Reads what people did. Whether it may be read is for `ConsentPort` to say, before. */
@Injectable()
export class HistoryReader implements OnApplicationShutdown {
  private readonly cache = new PeopleCache<HistoryEntry[]>(PEOPLE_REMEMBERED);
  private readonly unfollow: (() => void)[];

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
  ) {
    this.unfollow = [
      outbox.follow('person', (entries) => this.cache.drop(entries)),
      outbox.follow('events', (entries) => this.cache.drop(entries, withNewEvents)),
    ];
  }

  /**
   * The last 200 events of these people together (`PeopleService.peopleOf` says who belongs together), newest first.
   * Remembered until one of them does something, and past that where this process took the event in itself; the same array is handed out
   * again while nothing changes, so don't change it.
   */
  of(people: readonly Person[]): Promise<HistoryEntry[]> {
    if (people.length === 0) return Promise.resolve([]);
    const subjects = people.map(subjectOf).sort();
    return this.cache.get(subjects.join('\n'), subjects, () => this.read(people));
  }

  onApplicationShutdown(): void {
    for (const stop of this.unfollow) stop();
  }

  private async read(people: readonly Person[]): Promise<HistoryEntry[]> {
    const rows = people.length === 1 ? await this.ofOne(people[0]!) : await this.ofAll(people);
    return rows.map((row) => ({
      id: row.id,
      type: row.type,
      itemIds: row.item_ids,
      at: row.at,
      value: row.value,
      sessionId: row.session_id,
      query: row.query,
    }));
  }

  /** What most visitors are: one browser that nobody signed in on. Planned in a third of the time. */
  private ofOne({ kind, id }: Person): Promise<Row[]> {
    return this.database.query
      .selectFrom('events')
      .select(['id', 'type', 'item_ids', 'at', 'value', 'session_id', 'query'])
      .where(kind === 'user' ? 'user_id' : 'visitor_id', '=', id)
      .where('type', '<>', 'impression')
      .orderBy('at', 'desc')
      .orderBy('key', 'desc')
      .limit(HISTORY_LENGTH)
      .execute();
  }

  private async ofAll(people: readonly Person[]): Promise<Row[]> {
    const users = people.filter(({ kind }) => kind === 'user').map(({ id }) => id);
    const visitors = people.filter(({ kind }) => kind === 'visitor').map(({ id }) => id);
    // A browser may have served two accounts: what another user did on it is not this one's history.
    const { rows } = await sql<Row>`
      with found as (
        select e.* from unnest(${users}::text[]) as u (id) cross join lateral (
          select key, id, type, item_ids, at, value, session_id, query from events
          where user_id = u.id and type <> 'impression' order by at desc limit ${HISTORY_LENGTH}) e
        union
        select e.* from unnest(${visitors}::text[]) as v (id) cross join lateral (
          select key, id, type, item_ids, at, value, session_id, query from events
          where visitor_id = v.id and type <> 'impression'
            and (user_id is null or cardinality(${users}::text[]) = 0 or user_id = any(${users}::text[]))
          order by at desc limit ${HISTORY_LENGTH}) e)
      select id, type, item_ids, at, value, session_id, query from found order by at desc, key desc limit ${HISTORY_LENGTH}`.execute(
      this.database.query,
    );
    return rows;
  }
}

/** What an outbox entry of this process says of one person's new events, in the order they were stored in. */
export type NewEvents = readonly HistoryEntry[];

/** A history with what was stored since, as it would be read; null where the entry does not say what that was. */
const withNewEvents = (history: readonly HistoryEntry[], { detail }: OutboxEntry): HistoryEntry[] | null => {
  if (detail === undefined) return null;
  const known = new Set(history.map(({ id }) => id));
  const after = [...history];
  for (const event of detail as NewEvents) {
    // A read that began after the commit may have it already.
    if (event.type === 'impression' || known.has(event.id)) continue;
    const at = after.findIndex((each) => each.at.getTime() <= event.at.getTime());
    after.splice(at < 0 ? after.length : at, 0, event);
    known.add(event.id);
  }
  return after.slice(0, HISTORY_LENGTH);
};
