import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';

/**
 * What is still to be embedded, kept in the item's own row and written in the transaction that changed the item. A job that is lost
 * (killed between commit and queue) is found again here: `due` is read at start and every minute.
 *
 * The embedding job calls `revision` before it reads the item, and `settle` with that number when vectors (and fusion) are stored.
 */
@Injectable()
export class EmbeddingLedger {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The item's present revision; null when the item is gone. It grows whenever pictures, words, categories, video or reviews change. */
  async revision(itemKey: number): Promise<number | null> {
    const row = await this.database.query
      .selectFrom('items')
      .select('revision')
      .where('key', '=', itemKey)
      .executeTakeFirst();
    return row?.revision ?? null;
  }

  /** Notes that everything up to `revision` is embedded. A newer revision stays due. */
  async settle(itemKey: number, revision: number): Promise<void> {
    await this.database.query
      .updateTable('items')
      .set({ embedded_revision: revision })
      .where('key', '=', itemKey)
      .where('embedded_revision', '<', revision)
      .execute();
  }

  /** Keys of items that are due, ascending, after `afterKey`. */
  async due(afterKey: number, limit: number): Promise<number[]> {
    const rows = await this.database.query
      .selectFrom('items')
      .select('key')
      .where(sql<boolean>`embedded_revision < revision`)
      .where('key', '>', afterKey)
      .orderBy('key')
      .limit(limit)
      .execute();
    return rows.map(({ key }) => key);
  }

  /** How many items are due. */
  async countDue(): Promise<number> {
    const row = await this.database.query
      .selectFrom('items')
      .select(sql<number>`count(*)::int`.as('due'))
      .where(sql<boolean>`embedded_revision < revision`)
      .executeTakeFirstOrThrow();
    return row.due;
  }
}
