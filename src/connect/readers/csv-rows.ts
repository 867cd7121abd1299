import { Readable } from 'node:stream';
import { parse } from 'csv-parse';

/** One record of a table by its column names, with the line it ends on. Cells are trimmed; absent ones are ''. */
export interface CsvRow {
  line: number;
  cell(column: string): string;
}

/** Rows of a CSV or TSV with a header, streamed; column names are compared without case. A byte-order mark is skipped. */
export async function* csvRows(source: Readable, delimiter = ','): AsyncGenerator<CsvRow> {
  const parser = source.pipe(
    parse({
      bom: true,
      delimiter,
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      quote: delimiter === '\t' ? null : '"',
    }),
  );
  source.on('error', (error) => parser.destroy(error));
  for await (const { record, info } of parser as AsyncIterable<{
    record: Record<string, string>;
    info: { lines: number };
  }>) {
    yield { line: info.lines, cell: (column) => (record[column.toLowerCase()] ?? '').trim() };
  }
}

/** The first line of a table: its column names in lower case, and what parts them. */
export const headerOf = (head: Buffer): { columns: Set<string>; delimiter: ',' | '\t' | ';' } => {
  const line =
    head
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/, 1)[0] ?? '';
  const count = (sign: string) => line.split(sign).length;
  const delimiter = count('\t') > count(',') ? '\t' : count(';') > count(',') ? ';' : ',';
  return {
    delimiter,
    columns: new Set(line.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, '').toLowerCase())),
  };
};
