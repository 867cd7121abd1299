import type { Readable } from 'node:stream';
import type { FeedReader, FeedRow, SourceFacts } from '../feed-reader.port.js';
import { csvRows, headerOf } from './csv-rows.js';
import { addressesIn, listOf } from './feed-values.js';
import { googleItem } from './google-item.js';

/** Attributes that hold several values in one cell, and how these are parted. */
const SEVERAL: Record<string, (text: string) => string[]> = {
  additional_image_link: addressesIn,
  product_highlight: (text) => listOf(text),
};

/** Google Merchant product feeds as a table: columns named like the attributes, with blanks or underscores; a column may stand there several times. */
export const googleTsvReader = (currency: string): FeedReader => ({
  format: 'google-tsv',
  recognises: (head) => {
    const { columns } = headerOf(head);
    const has = (name: string) => columns.has(name) || columns.has(name.replace(/_/g, ' '));
    return has('id') && has('title') && has('image_link') && has('link');
  },
  async *read(source: Readable, { head }: SourceFacts): AsyncIterable<FeedRow> {
    for await (const row of csvRows(source, headerOf(head).delimiter)) {
      if ('errors' in row) {
        yield row;
        continue;
      }
      const spaced = (name: string): string => name.replace(/_/g, ' ');
      const product = {
        one: (name: string): string => row.cell(name) || row.cell(spaced(name)),
        all: (name: string): string[] => {
          const cells = [...row.cells(name), ...(name === spaced(name) ? [] : row.cells(spaced(name)))];
          return SEVERAL[name] ? cells.flatMap(SEVERAL[name]) : cells;
        },
        rest: () => row.rest(),
      };
      yield { line: row.line, kind: 'items', value: googleItem(product, currency) };
    }
  },
});
