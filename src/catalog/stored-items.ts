import { Inject, Injectable } from '@nestjs/common';
import { type Selectable, sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import type { ItemsTable } from '../platform/database/tables.js';
import { publicAttributes } from '../platform/platform.api.js';
import { picturePath } from './catalog-reader.js';
import type { ItemStatus, ModalityState, PublicItem, StoredItem, StoredPicture } from './item.schema.js';
import type { PictureSource } from './picture-intake.js';

export type ItemRow = Selectable<ItemsTable>;

/** What there is on an item beside its own row. */
interface Evidence {
  item_key: number;
  pictures: { source: PictureSource; alt: string | null; hash: string | null; state: 'pending' | 'ready' | 'failed' }[];
  problems: { modality: string | null; code: string; detail: string; at: string }[];
  embedded: string[];
  reviews: number;
}

/** Reads items for people: with their pictures, and what became of their evidence. */
@Injectable()
export class StoredItems {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async row(id: string): Promise<ItemRow | undefined> {
    return this.database.query.selectFrom('items').selectAll().where('id', '=', id).executeTakeFirst();
  }

  /** Rows by id; unknown ids are left out. */
  async rows(ids: readonly string[]): Promise<Map<string, ItemRow>> {
    const rows = await this.database.query
      .selectFrom('items')
      .selectAll()
      .where(sql<boolean>`id = any(${[...ids]}::text[])`)
      .execute();
    return new Map(rows.map((row) => [row.id, row]));
  }

  async rowsAfter(afterKey: number, limit: number): Promise<ItemRow[]> {
    return this.database.query
      .selectFrom('items')
      .selectAll()
      .where('key', '>', afterKey)
      .orderBy('key')
      .limit(limit)
      .execute();
  }

  /** The rows as the shop's back end sees them, in order. */
  async present(rows: readonly ItemRow[]): Promise<StoredItem[]> {
    if (rows.length === 0) return [];
    const { rows: found } = await sql<Evidence>`
      select i.key as item_key,
        coalesce((select jsonb_agg(jsonb_build_object('source', p.source, 'alt', p.alt, 'hash', p.content_hash, 'state', p.state) order by p.ordinal)
          from item_images p where p.item_key = i.key), '[]'::jsonb) as pictures,
        coalesce((select jsonb_agg(jsonb_build_object('modality', q.modality, 'code', q.code, 'detail', q.detail,
            'at', to_char(q.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by q.key)
          from quarantine q where q.item_key = i.key), '[]'::jsonb) as problems,
        coalesce((select jsonb_agg(distinct v.modality) from modality_vectors v where v.item_key = i.key), '[]'::jsonb) as embedded,
        (select count(*)::int from reviews r where r.item_key = i.key) as reviews
      from items i where i.key = any(${rows.map(({ key }) => key)}::int[])`.execute(this.database.query);
    const evidence = new Map(found.map((row) => [row.item_key, row]));
    // An item deleted between the two reads shows what it was, without evidence.
    return rows.map((row) =>
      toStored(
        row,
        evidence.get(row.key) ?? { item_key: row.key, pictures: [], problems: [], embedded: [], reviews: 0 },
      ),
    );
  }
}

const given = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], null> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [K in keyof T]: Exclude<T[K], null>;
  };

const toPicture = ({ source, alt, hash, state }: Evidence['pictures'][number]): StoredPicture => ({
  ...('url' in source ? { url: source.url } : {}),
  ...('imageId' in source ? { imageId: source.imageId } : {}),
  ...('file' in source ? { file: source.file } : {}),
  ...(alt === null ? {} : { alt }),
  ...(hash === null || state !== 'ready' ? {} : { src: picturePath(hash) }),
  state,
});

const toStored = (row: ItemRow, evidence: Evidence): StoredItem => ({
  ...(given({
    id: row.id,
    title: row.title,
    description: row.description,
    url: row.url,
    video: row.video,
    brand: row.brand,
    sku: row.sku,
    groupId: row.group_id,
    language: row.language,
    publishedAt: row.published_at?.toISOString() ?? null,
    price: row.price_amount === null ? null : { amount: row.price_amount, currency: row.price_currency! },
  }) as Pick<StoredItem, 'id' | 'title'>),
  images: evidence.pictures.map(toPicture),
  categories: row.categories,
  availability: row.availability,
  tags: row.tags,
  attributes: row.attributes,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
  status: statusOf(row, evidence),
});

/** The state of each modality: what there is, what of it is embedded, what went wrong. */
const statusOf = (row: ItemRow, evidence: Evidence): ItemStatus => {
  const due = row.embedded_revision < row.revision;
  const embedded = new Set(evidence.embedded);
  const failed = new Set(evidence.problems.map(({ modality }) => modality));
  const { pictures } = evidence;
  const state = (modality: string, present: boolean): ModalityState => {
    if (present && due) return 'pending';
    if (embedded.has(modality)) return 'ready';
    return present && failed.has(modality) ? 'failed' : 'absent';
  };
  const allFailed = pictures.length > 0 && pictures.every((picture) => picture.state === 'failed');
  const modalities: Record<string, ModalityState> = {
    image: allFailed
      ? 'failed'
      : // A picture that is asked for again later does not hold back what the others already give.
        pictures.some((picture) => picture.state === 'pending') && (due || !embedded.has('image'))
        ? 'pending'
        : state('image', pictures.length > 0),
    text: state('text', true),
    review: state('review', evidence.reviews > 0),
    video: state('video', row.video !== null),
  };
  for (const modality of embedded) modalities[modality] ??= 'ready';
  return { modalities, problems: evidence.problems.map(({ code, detail, at }) => ({ code, detail, at })) };
};

/** What of a stored item everybody may see. */
export const toPublic = ({
  sku: _sku,
  status: _status,
  createdAt: _created,
  updatedAt: _updated,
  images,
  video,
  attributes,
  ...rest
}: StoredItem): PublicItem => ({
  ...rest,
  attributes: publicAttributes(attributes),
  images: images.flatMap(({ src, alt }) => (src === undefined ? [] : [{ src, ...(alt === undefined ? {} : { alt }) }])),
  ...(video ? { video: { url: video.url } } : {}),
});
