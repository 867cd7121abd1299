import { Inject, Injectable, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import {
  DATABASE,
  type Database,
  OUTBOX,
  type Outbox,
  type Person,
  type PersonalDataHolder,
  type Tables,
} from '../platform/platform.api.js';
import { IMPRESSIONS_LOCK, ImpressionLog } from './impression-log.js';
import { PICTURE_KEEPER, type PictureKeeper } from './picture.ports.js';

const usersIn = (people: readonly Person[]): string[] =>
  people.filter(({ kind }) => kind === 'user').map(({ id }) => id);
const visitorsIn = (people: readonly Person[]): string[] =>
  people.filter(({ kind }) => kind === 'visitor').map(({ id }) => id);

/** Rows of one read of an export; a person with more is read in several. */
const PAGE = 1_000;

/** Rows that name a user or a visitor: all that is theirs. */
const theirs = (people: readonly Person[]) =>
  sql<boolean>`(user_id = any(${usersIn(people)}::text[]) or visitor_id = any(${visitorsIn(people)}::text[]))`;

/** What people did. */
@Injectable()
export class EventsHolder implements PersonalDataHolder {
  readonly section = 'events';

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async export(people: readonly Person[]): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let after = 0; ; ) {
      const rows = await this.database.query
        .selectFrom('events')
        .selectAll()
        .where(theirs(people))
        .where('key', '>', after)
        .orderBy('key')
        .limit(PAGE)
        .execute();
      for (const row of rows) {
        const { key: _key, ...event } = row;
        found.push(event);
      }
      if (rows.length < PAGE) return found;
      after = rows.at(-1)!.key;
    }
  }

  async erase(people: readonly Person[], trx: Kysely<Tables>): Promise<number> {
    const { numDeletedRows } = await trx.deleteFrom('events').where(theirs(people)).executeTakeFirst();
    return Number(numDeletedRows);
  }

  async expire(before: Date): Promise<number> {
    return expireInSlices(this.database, 'events', 'at', before);
  }
}

/** What people were shown. */
@Injectable()
export class ImpressionsHolder implements PersonalDataHolder {
  readonly section = 'impressions';

  /** @param log what this process has not yet written; absent where nothing is served */
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Optional() private readonly log?: ImpressionLog,
  ) {}

  async settle(): Promise<void> {
    await this.log?.flush();
  }

  async export(people: readonly Person[]): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const rows = await this.database.query
        .selectFrom('impressions')
        .selectAll()
        .where(theirs(people))
        .orderBy('at')
        .orderBy('request_id')
        .offset(offset)
        .limit(PAGE)
        .execute();
      found.push(...rows);
      if (rows.length < PAGE) return found;
    }
  }

  async erase(people: readonly Person[], trx: Kysely<Tables>): Promise<number> {
    // What others are writing this moment is there before it is deleted; what they write later, they check first.
    await sql`select pg_advisory_xact_lock(${IMPRESSIONS_LOCK})`.execute(trx);
    const { numDeletedRows } = await trx.deleteFrom('impressions').where(theirs(people)).executeTakeFirst();
    return Number(numDeletedRows);
  }

  async expire(before: Date): Promise<number> {
    return expireInSlices(this.database, 'impressions', 'at', before);
  }
}

/** Pictures that visitors brought along. Their bytes go as soon as the erasure is committed. */
@Injectable()
export class UploadsHolder implements PersonalDataHolder, OnApplicationShutdown {
  readonly section = 'uploads';
  private readonly erased: string[] = [];
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(PICTURE_KEEPER) private readonly keeper: PictureKeeper,
  ) {
    // The erasure's own outbox entry arrives when it is committed; after a crash in between, the catalogue's sweep finds the bytes.
    this.unfollow = outbox.follow('person', async () => {
      if (this.erased.length > 0) await this.keeper.release(this.erased.splice(0));
    });
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  async export(people: readonly Person[]): Promise<unknown[]> {
    const columns = ['image_id', 'visitor_id', 'width', 'height', 'expires_at', 'created_at'] as const;
    return this.database.query
      .selectFrom('uploads')
      .select(columns)
      .where(sql<boolean>`visitor_id = any(${visitorsIn(people)}::text[])`)
      .orderBy('created_at')
      .limit(10_000)
      .execute();
  }

  async erase(people: readonly Person[], trx: Kysely<Tables>): Promise<number> {
    const gone = await trx
      .deleteFrom('uploads')
      .where(sql<boolean>`visitor_id = any(${visitorsIn(people)}::text[])`)
      .returning('content_hash')
      .execute();
    this.erased.push(...gone.map((row) => row.content_hash));
    return gone.length;
  }

  async expire(before: Date): Promise<number> {
    const gone = await this.database.query
      .deleteFrom('uploads')
      .where('created_at', '<', before)
      .returning('content_hash')
      .execute();
    await this.keeper.release(gone.map((row) => row.content_hash));
    return gone.length;
  }
}

/** Browsers and whose they are. */
@Injectable()
export class VisitorsHolder implements PersonalDataHolder {
  readonly section = 'visitors';

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async export(people: readonly Person[]): Promise<unknown[]> {
    return this.database.query
      .selectFrom('visitors')
      .selectAll()
      .where(this.named(people))
      .orderBy('created_at')
      .limit(10_000)
      .execute();
  }

  async erase(people: readonly Person[], trx: Kysely<Tables>): Promise<number> {
    const { numDeletedRows } = await trx.deleteFrom('visitors').where(this.named(people)).executeTakeFirst();
    return Number(numDeletedRows);
  }

  async expire(before: Date): Promise<number> {
    const { numDeletedRows } = await this.database.query
      .deleteFrom('visitors')
      .where(sql<boolean>`greatest(created_at, merged_at) < ${before}`)
      .where(sql<boolean>`not exists (select 1 from events where visitor_id = visitors.id)`)
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  private named(people: readonly Person[]) {
    return sql<boolean>`(id = any(${visitorsIn(people)}::text[]) or user_id = any(${usersIn(people)}::text[]))`;
  }
}

/** Deletes old rows a slice at a time, so that no transaction holds others up. */
const expireInSlices = async (
  database: Database,
  table: 'events' | 'impressions',
  column: 'at',
  before: Date,
): Promise<number> => {
  for (let gone = 0; ; ) {
    const { rows } = await sql<{ count: number }>`
      with old as (delete from ${sql.table(table)} where ctid in (select ctid from ${sql.table(table)} where ${sql.ref(column)} < ${before} limit 1000) returning 1)
      select count(*)::int as count from old`.execute(database.query);
    const { count } = rows[0]!;
    gone += count;
    if (count < 1000) return gone;
  }
};

/** Everything of this module that is about people, for use without the whole application. */
export const personalDataHolders = (
  database: Database,
  outbox: Outbox,
  keeper: PictureKeeper,
): PersonalDataHolder[] => [
  new EventsHolder(database),
  new ImpressionsHolder(database),
  new UploadsHolder(database, outbox, keeper),
  new VisitorsHolder(database),
];
