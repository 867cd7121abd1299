import type { FeedReader } from './feed-reader.port.js';
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
  jsonLdReader,
  ndjsonReader,
  googleXmlReader,
  shopifyReader(currency),
  wooCommerceReader(currency),
  googleTsvReader,
  csvReader(mapping, currency),
];
