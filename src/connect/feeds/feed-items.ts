import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CatalogService } from '../../catalog/catalog.api.js';
import { DATABASE, type Database } from '../../platform/platform.api.js';

const AT_ONCE = 500;

/** Which items a feed gives. An item may come from several feeds: it has vanished when the last of them gives it no longer. */
@Injectable()
export class FeedItems {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly catalogue: CatalogService,
  ) {}

  /** Items that the feed gave when it was last read. */
  async given(feedId: string): Promise<number> {
    return this.count(sql`feed_id = ${feedId} and not gone`);
  }

  /** Items that the feed gave in this run. */
  async seenIn(feedId: string, run: number): Promise<number> {
    return this.count(sql`feed_id = ${feedId} and run = ${run}`);
  }

  /** Notes that a run has seen these items and that they are stored: they are the feed's from now on. */
  async own(feedId: string, run: number, itemIds: readonly string[]): Promise<void> {
    await sql`insert into feed_items (feed_id, item_id, run)
      select ${feedId}, given.id, ${run}::int from unnest(${[...new Set(itemIds)]}::text[]) as given (id)
      on conflict (feed_id, item_id) do update set run = excluded.run, gone = false`.execute(this.database.query);
  }

  /** Notes that a run has named these items, though their rows were refused: what is the feed's has not vanished. */
  async named(feedId: string, run: number, itemIds: readonly string[]): Promise<void> {
    for (let start = 0; start < itemIds.length; start += AT_ONCE)
      await sql`update feed_items set run = ${run}
        where feed_id = ${feedId} and item_id = any(${itemIds.slice(start, start + AT_ONCE)}::text[])`.execute(
        this.database.query,
      );
  }

  /**
   * Discontinues what the feed gave before and not in this run, unless another feed gives it. Returns how many items changed. Killed in between, the next whole
   * run goes on. Cost: some statements for each 50 items.
   */
  async discontinueVanished(feedId: string, run: number): Promise<number> {
    let changed = 0;
    for (;;) {
      const { rows } = await sql<{ item_id: string; elsewhere: boolean }>`
        select item_id, exists (select 1 from feed_items other
          where other.item_id = mine.item_id and other.feed_id <> mine.feed_id and not other.gone) as elsewhere
        from feed_items mine where feed_id = ${feedId} and run < ${run} and not gone limit ${AT_ONCE}`.execute(
        this.database.query,
      );
      if (rows.length === 0) return changed;
      const vanished = rows.filter(({ elsewhere }) => !elsewhere).map(({ item_id }) => item_id);
      changed += await this.catalogue.setAvailability(vanished, 'discontinued');
      await sql`update feed_items set gone = true
        where feed_id = ${feedId} and run < ${run} and item_id = any(${rows.map(({ item_id }) => item_id)}::text[])`.execute(
        this.database.query,
      );
    }
  }

  private async count(where: ReturnType<typeof sql>): Promise<number> {
    const { rows } = await sql<{ items: number }>`select count(*)::int as items from feed_items where ${where}`.execute(
      this.database.query,
    );
    return rows[0]!.items;
  }
}
