import { Readable } from 'node:stream';
import { parse } from 'csv-parse';

/** One record of a table by its column names, with the line it ends on. Cells are trimmed; absent ones are ''. */
export interface CsvRow {
  line: number;
  /** A cell that has its place in the item; it is no longer among the rest. */
  cell(column: string): string;
  /** A cell that is only looked at. */
  peek(column: string): string;
  /** Cells with something in them that nobody has taken, by the column's name as the file writes it. */
  rest(): { column: string; text: string }[];
}

/** Rows of a CSV or TSV with a header, streamed; column names are compared without case. A byte-order mark is skipped. */
export async function* csvRows(source: Readable, delimiter = ','): AsyncGenerator<CsvRow> {
  let names: string[] = [];
  const parser = source.pipe(
    parse({
      bom: true,
      delimiter,
      columns: (header: string[]) => {
        names = header.map((name) => name.trim());
        return names.map((name) => name.toLowerCase());
      },
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
    const taken = new Set<string>();
    const peek = (column: string): string => (record[column.toLowerCase()] ?? '').trim();
    yield {
      line: info.lines,
      peek,
      cell: (column) => {
        taken.add(column.toLowerCase());
        return peek(column);
      },
      rest: () =>
        names.flatMap((column) => {
          const text = taken.has(column.toLowerCase()) ? '' : peek(column);
          return text === '' ? [] : [{ column, text }];
        }),
    };
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
