import type { Readable } from 'node:stream';
import { type FieldError } from '../../platform/platform.api.js';
import type { FeedReader, FeedRow, RowKind, SourceFacts } from '../feed-reader.port.js';
import { type CsvRow, csvRows, headerOf } from './csv-rows.js';
import { availabilityOf, given, listOf, moneyOf } from './feed-values.js';
import { numberOf, restAttributes } from './rest-attributes.js';

/** Column of each field of the contract, where a file calls it something else. */
export type ColumnMapping = Readonly<Record<string, string>>;

const ATTRIBUTE = 'attributes.';
const SEPARATOR = /[|\n]/;

const TEXTS: Record<RowKind, readonly string[]> = {
  items: ['id', 'groupId', 'title', 'description', 'url', 'brand', 'sku', 'availability', 'publishedAt', 'language'],
  reviews: ['id', 'itemId', 'text', 'title', 'author', 'createdAt', 'language'],
  events: ['id', 'type', 'userId', 'visitorId', 'sessionId', 'itemId', 'query', 'requestId', 'at'],
};
const NUMBERS: Record<RowKind, readonly string[]> = {
  items: [],
  reviews: ['rating', 'helpful'],
  events: ['value', 'quantity'],
};

/**
 * Any table with a header whose columns are named like the contract's fields, or mapped to them. Lists are parted by `|`; `image`, `images`
 * hold addresses, `price` may carry its currency or stand beside a `currency`; `attributes.NAME` become attributes, all other columns private
 * ones, and `price.CA` or `Price / Canada` prices by market.
 */
export const csvReader = (mapping: ColumnMapping, currency: string): FeedReader => {
  const columnOf = (field: string): string => mapping[field] ?? field;
  return {
    format: 'csv',
    recognises: (head, name) => {
      const { columns } = headerOf(head);
      const has = (field: string) => columns.has(columnOf(field).toLowerCase());
      return (
        (has('id') && has('title')) ||
        (has('itemId') && has('text')) ||
        (has('type') && (has('userId') || has('visitorId'))) ||
        /\.(csv|tsv)(\.gz)?$/i.test(name)
      );
    },
    async *read(source: Readable, { head, kind }: SourceFacts): AsyncIterable<FeedRow> {
      const { columns, delimiter } = headerOf(head);
      const has = (field: string) => columns.has(columnOf(field).toLowerCase());
      const rowsAre: RowKind =
        kind ?? (has('itemId') && has('text') ? 'reviews' : has('type') && !has('title') ? 'events' : 'items');
      const attributes = [
        ...[...columns]
          .filter((column) => column.startsWith(ATTRIBUTE))
          .map((column) => [column.slice(ATTRIBUTE.length), column] as const),
        ...Object.entries(mapping)
          .filter(([field]) => field.startsWith(ATTRIBUTE))
          .map(([field, column]) => [field.slice(ATTRIBUTE.length), column] as const),
      ];
      for await (const row of csvRows(source, delimiter))
        yield 'errors' in row ? row : rowOf(row, rowsAre, columnOf, attributes, currency);
    },
  };
};

const rowOf = (
  row: CsvRow,
  kind: RowKind,
  columnOf: (field: string) => string,
  attributeColumns: readonly (readonly [name: string, column: string])[],
  currency: string,
): FeedRow => {
  const cell = (field: string): string => row.cell(columnOf(field));
  const errors: FieldError[] = [];
  const numberIn = (field: string): number | undefined => {
    if (cell(field) === '') return undefined;
    const value = Number(cell(field).replace(',', '.'));
    if (Number.isFinite(value)) return value;
    errors.push({ path: field, message: 'must be a number', received: cell(field) });
    return undefined;
  };
  const value: Record<string, unknown> = Object.fromEntries([
    ...TEXTS[kind].map((field) => [field, cell(field)]),
    ...NUMBERS[kind].map((field) => [field, numberIn(field)]),
  ]);
  if (kind === 'items') {
    value.categories = [...listOf(cell('categories'), SEPARATOR), ...listOf(cell('category'), SEPARATOR)];
    value.tags = listOf(cell('tags'), SEPARATOR);
    value.images = [...listOf(cell('image'), SEPARATOR), ...listOf(cell('images'), SEPARATOR)].map((place) =>
      /^https?:/i.test(place) ? { url: place } : { file: place },
    );
    value.price = moneyOf(cell('price'), cell('currency') || currency);
    value.availability = availabilityOf(cell('availability'));
    if (!value.price && cell('price') !== '')
      errors.push({ path: 'price', message: 'must be an amount such as 49.90 or 49,90 EUR', received: cell('price') });
    const attributes: Record<string, unknown> = Object.fromEntries(
      attributeColumns
        .filter(([, column]) => row.cell(column) !== '')
        .map(([name, column]) => [name, row.cell(column)]),
    );
    const stock = numberOf(row.peek('stock'));
    if (stock !== undefined && row.cell('stock') !== '') attributes.stock = stock;
    value.attributes = { ...attributes, ...restAttributes(row.rest(), attributes) };
  }
  if (kind === 'events') {
    value.itemIds = listOf(cell('itemIds'), SEPARATOR);
    const consent = cell('consent').toLowerCase();
    if (consent !== '') value.consent = { personalization: ['true', '1', 'yes', 'given'].includes(consent) };
  }
  if (errors.length > 0) return { line: row.line, id: cell('id') || undefined, errors };
  return { line: row.line, kind, value: given(value) };
};
