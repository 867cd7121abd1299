import { Inject, Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import type { ItemsTable } from '../platform/database/tables.js';
import type { ItemRecord, PictureRecord } from './item-record.js';

/** Where pages load a picture of the catalogue. */
export const picturePath = (contentHash: string): string => `/v1/pictures/${contentHash}`;

type Row = Selectable<ItemsTable> & { pictures: PictureRecord[]; review_count: number };

/** Reads items as the rest of Vitrine knows them: by key, with their pictures. */
@Injectable()
export class CatalogReader {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The items with these keys, in ascending order of key; unknown keys are left out. */
  async records(keys: readonly number[]): Promise<ItemRecord[]> {
    if (keys.length === 0) return [];
    const rows = await this.select()
      .where(sql<boolean>`items.key = any(${[...keys]}::int[])`)
      .orderBy('items.key')
      .execute();
    return rows.map((row) => toRecord(row as Row));
  }

  /** The next `limit` items after `afterKey`, in ascending order of key: read again with the last key until none come. */
  async stream(afterKey: number, limit: number): Promise<ItemRecord[]> {
    const rows = await this.select().where('items.key', '>', afterKey).orderBy('items.key').limit(limit).execute();
    return rows.map((row) => toRecord(row as Row));
  }

  /** Keys by id; unknown ids are left out. */
  async keysOf(ids: Iterable<string>): Promise<Map<string, number>> {
    const wanted = [...new Set(ids)];
    if (wanted.length === 0) return new Map();
    const rows = await this.database.query
      .selectFrom('items')
      .select(['id', 'key'])
      .where(sql<boolean>`id = any(${wanted}::text[])`)
      .execute();
    return new Map(rows.map(({ id, key }) => [id, key]));
  }

  private select() {
    return this.database.query
      .selectFrom('items')
      .selectAll('items')
      .select([
        sql<
          PictureRecord[]
        >`coalesce((select jsonb_agg(jsonb_build_object('ordinal', p.ordinal, 'contentHash', p.content_hash,
          'alt', p.alt, 'state', p.state) order by p.ordinal) from item_images p where p.item_key = items.key), '[]'::jsonb)`.as(
          'pictures',
        ),
        sql<number>`(select count(*)::int from reviews r where r.item_key = items.key)`.as('review_count'),
      ]);
  }
}

const toRecord = (row: Row): ItemRecord => {
  const usable = row.pictures.find(({ state, contentHash }) => state === 'ready' && contentHash !== null);
  return {
    key: row.key,
    id: row.id,
    groupId: row.group_id,
    title: row.title,
    description: row.description,
    url: row.url,
    categories: row.categories,
    brand: row.brand,
    sku: row.sku,
    price: row.price_amount === null ? null : { amount: row.price_amount, currency: row.price_currency! },
    availability: row.availability,
    tags: row.tags,
    attributes: row.attributes,
    publishedAt: row.published_at,
    language: row.language,
    createdAt: row.created_at,
    video: row.video,
    image: usable ? picturePath(usable.contentHash!) : null,
    pictures: row.pictures,
    reviewCount: row.review_count,
  };
};
