import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import type { ReviewRecord } from './item-record.js';

/** Reads reviews, newest first (those without a time come last, then by id). */
@Injectable()
export class ReviewReader {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The newest reviews of one item, at most `limit`. */
  async of(itemKey: number, limit = 1_000): Promise<ReviewRecord[]> {
    const rows = await this.database.query
      .selectFrom('reviews')
      .selectAll()
      .where('item_key', '=', itemKey)
      .orderBy('created_at', (order) => order.desc().nullsLast())
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      itemKey: row.item_key,
      id: row.id,
      text: row.text,
      title: row.title,
      rating: row.rating,
      author: row.author,
      helpful: row.helpful,
      language: row.language,
      createdAt: row.created_at,
      contentHash: row.content_hash,
    }));
  }
}
