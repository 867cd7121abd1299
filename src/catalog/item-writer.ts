import { type Kysely, sql } from 'kysely';
import type { Tables } from '../platform/database/tables.js';
import { refreshLetters } from './item-letters.js';
import type { ItemColumns } from './normal-item.js';
import type { PictureFacts } from './picture-inspection.js';
import type { PictureProblem, PictureSource } from './picture-intake.js';

/** One row of `item_images` to be, with what makes its neighbours in `images` and `quarantine`. */
export interface PictureRow {
  source: PictureSource;
  alt: string | null;
  contentHash: string | null;
  state: 'pending' | 'ready' | 'failed';
  attempts: number;
  problem?: PictureProblem;
  /** Given when the bytes were inspected just now. */
  kept?: PictureFacts & { bytes: number };
}

/** An item to be written. `pictures` null: they stay as they are. */
export interface ItemWrite {
  columns: ItemColumns;
  contentHash: string;
  /** Content hash that the comparison saw; null: there was no such item. */
  expected: string | null;
  pictures: readonly PictureRow[] | null;
}

/** What was written: `due` when something is to be embedded. */
export interface WrittenItem {
  key: number;
  id: string;
  created: boolean;
  due: boolean;
}

/** An item was changed by somebody else between comparing and writing; compare again. */
export class ChangedMeanwhile extends Error {
  constructor(readonly itemId: string) {
    super(`Item "${itemId}" was changed by another writer.`);
    this.name = 'ChangedMeanwhile';
  }
}

const lockUnchanged = async (trx: Kysely<Tables>, writes: readonly ItemWrite[]): Promise<void> => {
  const ids = writes.map(({ columns }) => columns.id);
  const { rows } = await sql<{ id: string; content_hash: string }>`
    select id, content_hash from items where id = any(${ids}::text[]) order by id for update`.execute(trx);
  const present = new Map(rows.map((row) => [row.id, row.content_hash]));
  const moved = writes.find(({ columns, expected }) => (present.get(columns.id) ?? null) !== expected);
  if (moved) throw new ChangedMeanwhile(moved.columns.id);
};

/**
 * Writes items with their pictures and letters in a handful of statements, however many they are, inside the caller's transaction.
 * No id may stand twice among them. @throws ChangedMeanwhile
 */
export const writeItems = async (trx: Kysely<Tables>, writes: readonly ItemWrite[]): Promise<WrittenItem[]> => {
  await lockUnchanged(trx, writes);
  const rows = writes.map(({ columns, contentHash }) => ({ ...columns, content_hash: contentHash }));
  const { rows: written } = await sql<{ key: number; id: string; created: boolean; due: boolean }>`
    insert into items (id, group_id, title, description, url, categories, brand, sku, price_amount, price_currency, availability, tags, attributes,
      video, language, published_at, content_hash)
    select id, group_id, title, description, url, categories, brand, sku, price_amount, price_currency, availability, tags, attributes,
      video, language, published_at, content_hash
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as given (id text, group_id text, title text, description text, url text, categories text[],
      brand text, sku text, price_amount numeric, price_currency text, availability text, tags text[], attributes jsonb, video jsonb, language text,
      published_at timestamptz, content_hash text)
    on conflict (id) do update set group_id = excluded.group_id, title = excluded.title, description = excluded.description, url = excluded.url,
      categories = excluded.categories, brand = excluded.brand, sku = excluded.sku, price_amount = excluded.price_amount,
      price_currency = excluded.price_currency, availability = excluded.availability, tags = excluded.tags, attributes = excluded.attributes,
      video = excluded.video, language = excluded.language, published_at = excluded.published_at, content_hash = excluded.content_hash,
      updated_at = now(),
      revision = items.revision + (case when (items.title, items.description, items.categories, items.video, items.language)
        is distinct from (excluded.title, excluded.description, excluded.categories, excluded.video, excluded.language) then 1 else 0 end)
    returning key, id, (xmax = 0) as created, (embedded_revision < revision) as due`.execute(trx);
  const byId = new Map(written.map((item) => [item.id, item]));
  const repictured = writes.flatMap(({ columns, pictures }) =>
    pictures === null ? [] : [{ item: byId.get(columns.id)!, pictures }],
  );
  await writePictures(trx, repictured);
  for (const { item } of repictured) item.due = true;
  await refreshLetters(
    trx,
    written.map(({ key }) => key),
  );
  return writes.map(({ columns }) => byId.get(columns.id)!);
};

const writePictures = async (
  trx: Kysely<Tables>,
  items: readonly { item: WrittenItem; pictures: readonly PictureRow[] }[],
): Promise<void> => {
  const changed = items.filter(({ item, pictures }) => !item.created || pictures.length > 0);
  if (changed.length === 0) return;
  const keys = changed.filter(({ item }) => !item.created).map(({ item }) => item.key);
  if (keys.length > 0) {
    await sql`delete from item_images where item_key = any(${keys}::int[])`.execute(trx);
    await sql`delete from quarantine where modality = 'image' and item_key = any(${keys}::int[])`.execute(trx);
    await sql`update items set revision = revision + 1 where key = any(${keys}::int[])`.execute(trx);
  }
  const pictures = changed.flatMap(({ item, pictures }) =>
    pictures.map((picture, index) => ({ itemKey: item.key, ordinal: index + 1, ...picture })),
  );
  await insertImages(trx, pictures);
  if (pictures.length === 0) return;
  await trx
    .insertInto('item_images')
    .values(
      pictures.map(({ itemKey, ordinal, source, alt, contentHash, state, attempts }) => ({
        item_key: itemKey,
        ordinal,
        source: JSON.stringify(source),
        alt,
        content_hash: contentHash,
        state,
        attempts,
      })),
    )
    .execute();
  const problems = pictures.flatMap(({ itemKey, ordinal, problem }) =>
    problem ? [{ item_key: itemKey, modality: 'image', ordinal, ...problem }] : [],
  );
  if (problems.length > 0) await trx.insertInto('quarantine').values(problems).execute();
};

const insertImages = async (trx: Kysely<Tables>, pictures: readonly PictureRow[]): Promise<void> => {
  const kept = new Map(
    pictures.flatMap(({ contentHash, kept }) => (contentHash && kept ? [[contentHash, kept] as const] : [])),
  );
  if (kept.size === 0) return;
  await trx
    .insertInto('images')
    .values(
      [...kept].map(([hash, facts]) => ({
        content_hash: hash,
        media_type: facts.mediaType,
        bytes: facts.bytes,
        width: facts.width,
        height: facts.height,
      })),
    )
    // Touched, so that the sweep of pictures nobody uses sees that it was wanted just now.
    .onConflict((conflict) => conflict.column('content_hash').doUpdateSet({ created_at: sql`now()` }))
    .execute();
};
