import type { Readable } from 'node:stream';
import type { FeedReader, FeedRow, SourceFacts } from '../feed-reader.port.js';
import { csvRows, headerOf } from './csv-rows.js';
import { listOf } from './feed-values.js';
import { googleItem } from './google-item.js';

const SEVERAL = new Set(['additional_image_link', 'product_highlight']);

/** Google Merchant product feeds as a table: columns named like the attributes, with blanks or underscores. */
export const googleTsvReader: FeedReader = {
  format: 'google-tsv',
  recognises: (head) => {
    const { columns } = headerOf(head);
    const has = (name: string) => columns.has(name) || columns.has(name.replace(/_/g, ' '));
    return has('id') && has('title') && has('image_link') && has('link');
  },
  async *read(source: Readable, { head }: SourceFacts): AsyncIterable<FeedRow> {
    for await (const row of csvRows(source, headerOf(head).delimiter)) {
      const values = (name: string): string[] => {
        const text = row.cell(name) || row.cell(name.replace(/_/g, ' '));
        return text === '' ? [] : SEVERAL.has(name) ? listOf(text) : [text];
      };
      yield { line: row.line, kind: 'items', value: googleItem({ values, rest: () => row.rest() }) };
    }
  },
};
