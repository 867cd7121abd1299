import type { Insertable } from 'kysely';
import type { ItemsTable } from '../platform/database/tables.js';
import { canonicalJson, sha256 } from './content-hash.js';
import type { ImportedItem } from './item.schema.js';
import type { PictureSource } from './picture-intake.js';

/** The columns of an item that a shop decides, as JSON-ready values. */
export type ItemColumns = Omit<
  Insertable<ItemsTable>,
  'key' | 'content_hash' | 'created_at' | 'updated_at' | 'attributes' | 'video' | 'revision' | 'embedded_revision'
> & {
  attributes: Record<string, string | number | boolean | string[]>;
  video: { url: string; captions?: string } | null;
};

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** `Women>Tops ` and `Women > Tops` are one category. */
const tidyPath = (path: string): string =>
  path
    .split('>')
    .map((step) => step.trim())
    .filter((step) => step !== '')
    .join(' > ');

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** An item's columns in their one form: nothing missing, categories tidied, doubles dropped, the time in UTC. */
export const columnsOf = (item: ImportedItem): ItemColumns => ({
  id: item.id,
  group_id: item.groupId ?? null,
  title: item.title.trim(),
  description: orNull(item.description),
  url: item.url ?? null,
  categories: unique((item.categories ?? []).map(tidyPath)),
  brand: orNull(item.brand),
  sku: orNull(item.sku),
  price_amount: item.price?.amount ?? null,
  price_currency: item.price?.currency ?? null,
  availability: item.availability ?? 'in_stock',
  tags: unique(item.tags ?? []),
  attributes: item.attributes ?? {},
  video: item.video ?? null,
  language: item.language ?? null,
  published_at: item.publishedAt === undefined ? null : new Date(item.publishedAt).toISOString(),
});

/** A picture by what it is, not by how it came: the same bytes as `data` and as `file` are the same picture. */
export const digestOf = (source: PictureSource): string =>
  'sha256' in source && source.sha256 ? source.sha256 : canonicalJson(source);

/** Equal for equal items: the mark by which a repeated write is known to change nothing. */
export const contentHashOf = (
  columns: ItemColumns,
  pictures: readonly { source: PictureSource; alt: string | null }[],
): string => sha256(canonicalJson({ columns, pictures: pictures.map(({ source, alt }) => [digestOf(source), alt]) }));
