import { Inject, Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { SafeDownloader } from '../../catalog/catalog.api.js';
import {
  DATABASE,
  type Database,
  type FeedsTable,
  invalidField,
  notFound,
  Problem,
} from '../../platform/platform.api.js';
import { assertAsked, withoutPassword } from '../asked-address.js';
import { type FeedInput, type FeedPatch, type FeedRun, type FeedShown, MASK } from './feed.schema.js';

/** A feed that this process polls until it says how that ended. */
export interface ClaimedFeed {
  id: string;
  /** Counts its polls; items that are seen carry it. */
  run: number;
  url: string;
  format: string | null;
  kind: 'items' | 'reviews' | 'events' | null;
  currency: string;
  mapping: Record<string, string>;
  headers: Record<string, string>;
  vanished: 'discontinue' | 'keep';
  etag: string | null;
  lastModified: string | null;
  accept: boolean;
}

/** How a poll ended, and what the next request may ask for by condition. */
export interface SettledRun {
  run: FeedRun;
  validators: { etag: string | null; lastModified: string | null } | null;
}

/** A process that polls says at least three times within this that it lives. */
const LEASE_SECONDS = 120;
/** A poll that failed is tried again after so long, then twice as long, and never later than the next turn. */
const RETRY_MINUTES = 5;
/** Feeds a shop may have. */
const MOST_FEEDS = 500;

/** Feeds as they are set up and how their polls went. A feed is polled by one process at a time: whoever holds its lease. */
@Injectable()
export class FeedBook {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly downloader: SafeDownloader,
  ) {}

  /** All feeds, oldest first. */
  list(): Promise<FeedShown[]> {
    return this.shown();
  }

  /** @throws Problem 404 */
  async get(id: string): Promise<FeedShown> {
    const [feed] = await this.shown(id);
    if (!feed) throw notFound('feed', id);
    return feed;
  }

  /** Stores a feed under this id, whole; it is due at once unless paused. @throws Problem 400 for an address that may not be asked */
  async put(id: string, input: FeedInput): Promise<FeedShown> {
    const { url, headers: password } = withoutPassword(input.url);
    assertAsked(this.downloader, url);
    const headers = await this.unmasked(id, { ...input.headers, ...password });
    const values = {
      name: input.name ?? null,
      url,
      format: input.format ?? null,
      kind: input.type ?? null,
      currency: input.currency,
      mapping: JSON.stringify(input.mapping),
      headers: JSON.stringify(headers),
      every_minutes: input.everyMinutes,
      vanished: input.vanished,
      paused: input.paused,
      next_at: input.paused ? null : new Date(),
      // Another mapping reads the same bytes otherwise: they are to be had again.
      etag: null,
      last_modified: null,
      updated_at: new Date(),
    };
    await this.database.transaction(async (trx) => {
      const others = await trx.selectFrom('feeds').select('id').where('id', '<>', id).limit(MOST_FEEDS).execute();
      if (others.length === MOST_FEEDS)
        throw invalidField('url', `there are ${MOST_FEEDS} feeds already; delete one first`);
      await trx
        .insertInto('feeds')
        .values({ id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    });
    return this.get(id);
  }

  /** Changes what `patch` names. @throws Problem 404, 400 */
  async patch(id: string, patch: FeedPatch): Promise<FeedShown> {
    const { name, url, format, type, currency, mapping, headers, everyMinutes, vanished, paused } = await this.get(id);
    const known = { name, url, format, type, currency, mapping, headers, everyMinutes, vanished, paused };
    const merged = { ...known, ...patch };
    const reads = (['url', 'format', 'type', 'currency', 'mapping', 'headers'] as const).some(
      (field) => JSON.stringify(merged[field]) !== JSON.stringify(known[field]),
    );
    if (reads)
      return this.put(id, {
        ...merged,
        name: merged.name ?? undefined,
        format: merged.format ?? undefined,
        type: merged.type ?? undefined,
      });
    await this.database.query
      .updateTable('feeds')
      .set({
        name: merged.name,
        every_minutes: merged.everyMinutes,
        vanished: merged.vanished,
        paused: merged.paused,
        ...(merged.paused ? { next_at: null } : paused ? { next_at: new Date() } : {}),
        updated_at: new Date(),
      })
      .where('id', '=', id)
      .execute();
    return this.get(id);
  }

  /** Forgets a feed; its items stay as they are. Gives whether there was one. */
  async delete(id: string): Promise<boolean> {
    const { numDeletedRows } = await this.database.query
      .deleteFrom('feeds')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }

  /** Makes a feed due, paused or not. @throws Problem 404; 409 while it is being polled */
  async due(id: string, accept: boolean): Promise<FeedShown> {
    const { numUpdatedRows } = await this.database.query
      .updateTable('feeds')
      .set({ next_at: new Date(), accept })
      .where('id', '=', id)
      .where((row) => row.or([row('running_until', 'is', null), row('running_until', '<', sql<Date>`now()`)]))
      .executeTakeFirstOrThrow();
    const feed = await this.get(id);
    if (numUpdatedRows === 0n)
      throw new Problem({
        code: 'VIT_FEED_RUNNING',
        status: 409,
        title: 'The feed is being polled',
        detail: `"${id}" is being polled right now; ask again when its state is no longer "running".`,
      });
    return feed;
  }

  /** Feeds whose turn it is and that nobody polls. */
  async dueNow(): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`select id from feeds where next_at <= now()
      and (running_until is null or running_until < now()) order by next_at limit ${MOST_FEEDS}`.execute(
      this.database.query,
    );
    return rows.map(({ id }) => id);
  }

  /** Takes a feed that is due for this process; null when it is not due, or somebody else polls it. */
  async claim(id: string): Promise<ClaimedFeed | null> {
    const { rows } = await sql<Selectable<FeedsTable>>`
      update feeds set run = run + 1, running_until = now() + ${LEASE_SECONDS} * interval '1 second'
      where id = ${id} and next_at <= now() and (running_until is null or running_until < now()) returning *`.execute(
      this.database.query,
    );
    const row = rows[0];
    if (!row) return null;
    const { run, url, format, kind, currency, mapping, headers, vanished, etag, accept } = row;
    const { last_modified: lastModified } = row;
    return { id, run, url, format, kind, currency, mapping, headers, vanished, etag, lastModified, accept };
  }

  /** Says that this process still polls; every `keepSeconds`. */
  async keep(feed: ClaimedFeed): Promise<void> {
    await sql`update feeds set running_until = now() + ${LEASE_SECONDS} * interval '1 second'
      where id = ${feed.id} and run = ${feed.run}`.execute(this.database.query);
  }

  /** Seconds between two calls of `keep`. */
  readonly keepSeconds = LEASE_SECONDS / 4;

  /** Notes how a poll ended and when the next one is. */
  async settle(feed: ClaimedFeed, { run, validators }: SettledRun): Promise<void> {
    const isFailed = run.outcome === 'failed';
    const keeps = run.outcome === 'unchanged';
    // What was set otherwise while it ran holds for the next run, which then is due at once and reads everything.
    const same = sql`updated_at <= ${run.startedAt}::timestamptz`;
    const wait = isFailed
      ? sql`least(every_minutes, ${RETRY_MINUTES} * power(2, least(failures, 10)))`
      : sql`every_minutes`;
    await sql`update feeds set running_until = null, last_run = ${JSON.stringify(run)}::jsonb, accept = false,
      failures = ${isFailed ? sql`failures + 1` : sql`0`},
      etag = case when ${same} then ${keeps ? sql`etag` : sql`${validators?.etag ?? null}::text`} end,
      last_modified = case when ${same} then ${keeps ? sql`last_modified` : sql`${validators?.lastModified ?? null}::text`} end,
      next_at = case when paused then null when ${same} then now() + interval '1 minute' * ${wait} else now() end
      where id = ${feed.id} and run = ${feed.run}`.execute(this.database.query);
  }

  /** Header names in lower case; what comes back masked is as it was. @throws Problem 400 where there is nothing behind the mask */
  private async unmasked(id: string, headers: Record<string, string>): Promise<Record<string, string>> {
    const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    if (!given.some(([, value]) => value === MASK)) return Object.fromEntries(given);
    const row = await this.database.query.selectFrom('feeds').select('headers').where('id', '=', id).executeTakeFirst();
    return Object.fromEntries(
      given.map(([name, value]) => {
        const known = value === MASK ? row?.headers[name] : value;
        if (known === undefined)
          throw invalidField(`headers.${name}`, 'is masked, and none is stored; say it anew', MASK);
        return [name, known];
      }),
    );
  }

  private async shown(id?: string): Promise<FeedShown[]> {
    let rows = this.database.query
      .selectFrom('feeds')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .limit(MOST_FEEDS);
    let counts = this.database.query
      .selectFrom('feed_items')
      .select(['feed_id', (count) => count.fn.countAll<number>().as('items')])
      .where('gone', '=', false)
      .groupBy('feed_id');
    if (id !== undefined) {
      rows = rows.where('id', '=', id);
      counts = counts.where('feed_id', '=', id);
    }
    const items = new Map((await counts.execute()).map((row) => [row.feed_id, Number(row.items)]));
    return (await rows.execute()).map((row) => shown(row, items.get(row.id) ?? 0));
  }
}

const shown = (row: Selectable<FeedsTable>, items: number): FeedShown => ({
  id: row.id,
  name: row.name,
  url: row.url,
  format: row.format as FeedShown['format'],
  type: row.kind,
  currency: row.currency,
  mapping: row.mapping,
  headers: Object.fromEntries(Object.keys(row.headers).map((name) => [name, MASK])),
  everyMinutes: row.every_minutes,
  vanished: row.vanished,
  paused: row.paused,
  state:
    row.running_until !== null && row.running_until.getTime() > Date.now()
      ? 'running'
      : row.paused
        ? 'paused'
        : 'waiting',
  items,
  lastRun: row.last_run as FeedRun | null,
  nextRunAt: row.next_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
