import { sql } from 'kysely';
import { type ImageStore } from '../catalog/catalog.api.js';
import type { Database } from '../platform/platform.api.js';
import type { RowKind } from './feed-reader.port.js';

const PAGE = 200;

/** What becomes of a picture that came as bytes: its place in the exported item. */
export type PictureExport = (contentHash: string, mediaType: string) => Promise<Record<string, string>>;

/** Pictures travel inside the rows. */
export const picturesAsData =
  (store: ImageStore): PictureExport =>
  async (contentHash) => ({ data: (await store.read(contentHash)).toString('base64') });

const without = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));

/** Everything stored of these kinds, as rows that an import reads back: items, then reviews, then events. Constant memory. */
export async function* exportRows(
  database: Database,
  kinds: readonly RowKind[],
  pictures: PictureExport,
): AsyncGenerator<Record<string, unknown>> {
  if (kinds.includes('items')) yield* items(database, pictures);
  if (kinds.includes('reviews')) yield* reviews(database);
  if (kinds.includes('events')) yield* events(database);
}

interface PictureOfRow {
  source: { url?: string; imageId?: string; file?: string };
  alt: string | null;
  hash: string | null;
  type: string | null;
}

async function* items(database: Database, pictures: PictureExport): AsyncGenerator<Record<string, unknown>> {
  for (let after = -1; ; ) {
    const rows = await database.lagging.query
      .selectFrom('items')
      .selectAll()
      .select(
        sql<
          PictureOfRow[]
        >`coalesce((select jsonb_agg(jsonb_build_object('source', p.source, 'alt', p.alt, 'hash', p.content_hash, 'type', i.media_type) order by p.ordinal)
        from item_images p left join images i using (content_hash) where p.item_key = items.key), '[]'::jsonb)`.as(
          'pictures',
        ),
      )
      .where('key', '>', after)
      .orderBy('key')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      yield without({
        id: row.id,
        title: row.title,
        description: row.description,
        url: row.url,
        images: await picturesOf(row.pictures, pictures),
        video: row.video,
        categories: row.categories.length > 0 ? row.categories : null,
        brand: row.brand,
        sku: row.sku,
        price: row.price_amount === null ? null : { amount: row.price_amount, currency: row.price_currency },
        availability: row.availability,
        groupId: row.group_id,
        tags: row.tags.length > 0 ? row.tags : null,
        attributes: Object.keys(row.attributes).length > 0 ? row.attributes : null,
        publishedAt: row.published_at?.toISOString(),
        language: row.language,
      });
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.key;
  }
}

const picturesOf = async (
  rows: readonly PictureOfRow[],
  pictures: PictureExport,
): Promise<Record<string, unknown>[] | null> => {
  const found: Record<string, unknown>[] = [];
  for (const { source, alt, hash, type } of rows) {
    const place =
      source.url !== undefined
        ? { url: source.url }
        : hash !== null
          ? await pictures(hash, type ?? 'image/jpeg')
          : null;
    // A picture that was sent and could not be read has nothing to be read back from.
    if (place) found.push(without({ ...place, alt }));
  }
  return found.length > 0 ? found : null;
};

async function* reviews(database: Database): AsyncGenerator<Record<string, unknown>> {
  for (let after: [number, string] = [-1, '']; ; ) {
    const { rows } = await sql<{
      item_key: number;
      item_id: string;
      id: string;
      text: string;
      title: string | null;
      rating: number | null;
      author: string | null;
      created_at: Date | null;
      helpful: number | null;
      language: string | null;
    }>`
      select r.item_key, i.id as item_id, r.id, r.text, r.title, r.rating, r.author, r.created_at, r.helpful, r.language from reviews r join items i on i.key = r.item_key
      where (r.item_key, r.id) > (${after[0]}, ${after[1]}) order by r.item_key, r.id limit ${PAGE}`.execute(
      database.lagging.query,
    );
    for (const row of rows) {
      yield without({
        id: row.id,
        itemId: row.item_id,
        text: row.text,
        title: row.title,
        rating: row.rating,
        author: row.author,
        createdAt: row.created_at?.toISOString(),
        helpful: row.helpful,
        language: row.language,
      });
    }
    if (rows.length < PAGE) return;
    after = [rows.at(-1)!.item_key, rows.at(-1)!.id];
  }
}

/** Events carry the consent under which they were kept, so that they are kept again. */
async function* events(database: Database): AsyncGenerator<Record<string, unknown>> {
  for (let after = -1; ; ) {
    const rows = await database.lagging.query
      .selectFrom('events')
      .selectAll()
      .where('key', '>', after)
      .orderBy('key')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      yield without({
        id: row.id,
        type: row.type,
        userId: row.user_id,
        visitorId: row.visitor_id,
        sessionId: row.session_id,
        itemIds: row.item_ids.length > 0 ? row.item_ids : null,
        query: row.query,
        value: row.value,
        quantity: row.quantity,
        requestId: row.request_id,
        at: row.at.toISOString(),
        consent: { personalization: true },
      });
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.key;
  }
}
