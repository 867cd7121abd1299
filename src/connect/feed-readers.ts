import { MOST_PICTURES } from '../catalog/catalog.api.js';
import type { FeedReader, FeedRow } from './feed-reader.port.js';
import { type ColumnMapping, csvReader } from './readers/csv-reader.js';
import { googleTsvReader } from './readers/google-tsv-reader.js';
import { googleXmlReader } from './readers/google-xml-reader.js';
import { jsonLdReader } from './readers/json-ld-reader.js';
import { ndjsonReader } from './readers/ndjson-reader.js';
import { shopifyReader } from './readers/shopify-reader.js';
import { wooCommerceReader } from './readers/woocommerce-reader.js';

/** What a feed does not say of itself. */
export interface FeedOptions {
  /** Currency of prices that carry none. */
  currency: string;
  /** Columns of a CSV that are named otherwise than the contract's fields. */
  mapping: ColumnMapping;
}

/** Names of the formats, as `FeedReader.format` has them. */
export const FEED_FORMATS = [
  'json-ld',
  'ndjson',
  'google-xml',
  'shopify-csv',
  'woocommerce-csv',
  'google-tsv',
  'csv',
] as const;

/** Every format that `vitrine import` reads; the first that recognises a source reads it. */
export const feedReaders = ({ currency, mapping }: FeedOptions): readonly FeedReader[] => [
  fitting(jsonLdReader(currency)),
  ndjsonReader,
  fitting(googleXmlReader(currency)),
  fitting(shopifyReader(currency)),
  fitting(wooCommerceReader(currency)),
  fitting(googleTsvReader(currency)),
  fitting(csvReader(mapping, currency)),
];

/** Shops have products with more pictures than an item keeps: the first are its pictures, the addresses of all others stay with it. */
const fitting = (reader: FeedReader): FeedReader => ({
  format: reader.format,
  recognises: (head, name) => reader.recognises(head, name),
  async *read(source, about): AsyncIterable<FeedRow> {
    for await (const row of reader.read(source, about)) {
      if ('kind' in row && row.kind === 'items') yield { ...row, value: withinPictures(row.value) };
      else yield row;
    }
  },
});

const withinPictures = (value: unknown): unknown => {
  const {
    images = [],
    attributes,
    ...item
  } = value as {
    images?: { url?: string; file?: string }[];
    attributes?: object;
  };
  if (images.length <= MOST_PICTURES) return value;
  const others = images.slice(MOST_PICTURES).map(({ url, file }) => url ?? file ?? '');
  return { ...item, images: images.slice(0, MOST_PICTURES), attributes: { ...attributes, _moreImages: others } };
};
