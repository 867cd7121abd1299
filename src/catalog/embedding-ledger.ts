import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';

/** Under an item's problems: the process died each time this item was embedded. */
export const EMBEDDING_GIVEN_UP = 'VIT_EMBEDDING_GIVEN_UP';

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
    await this.database.run(
      `with forgiven as (delete from quarantine where item_key = $1 and code = $3)
       update items set embedded_revision = $2 where key = $1 and embedded_revision < $2`,
      [itemKey, revision, EMBEDDING_GIVEN_UP],
    );
  }

  /** Embedding these items killed the process again and again: they are due no more until somebody changes them, and say so under their problems. Returns the new ones' ids. */
  async giveUp(itemKeys: readonly number[]): Promise<string[]> {
    if (itemKeys.length === 0) return [];
    const { rows } = await this.database.run(
      `with given as (
         select key, id from items i where key = any($1::int[]) and embedded_revision < revision
           and not exists (select from quarantine where item_key = i.key and code = $2)),
       settled as (update items set embedded_revision = revision from given where items.key = given.key),
       told as (insert into quarantine (item_key, modality, code, detail) select key, 'text', $2,
         'The process died each time this item was embedded; it is tried again once the item is changed.' from given)
       select id from given`,
      [itemKeys, EMBEDDING_GIVEN_UP],
    );
    return rows.map(({ id }) => String(id));
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
