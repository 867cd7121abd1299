import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { FieldError } from '../../platform/platform.api.js';

/** One record of a table by its column names, with the line it begins on. Cells are trimmed; absent ones are ''. */
export interface CsvRow {
  line: number;
  /** A cell that has its place in the item; it is no longer among the rest. Of columns with the same name the first that says something. */
  cell(column: string): string;
  /** All cells under a name that stands over several columns. */
  cells(column: string): string[];
  /** A cell that is only looked at. */
  peek(column: string): string;
  /** Cells with something in them that nobody has taken, by the column's name as the file writes it. */
  rest(): { column: string; text: string | string[] }[];
}

/** A record that can't be read. */
export interface BadCsvRow {
  line: number;
  errors: FieldError[];
  brokenOff?: true;
}

/** Longest record; beyond it a quotation mark has been left open. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Rows of a CSV or TSV with a header, streamed; column names are compared without case. A row with more cells than the header, or one that doesn't end, is named as wrong: there a
 * separator or a quotation mark stands in a text unquoted, and nobody knows which cell is which.
 */
export async function* csvRows(source: Readable, delimiter = ','): AsyncGenerator<CsvRow | BadCsvRow> {
  let isLost = false;
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MOST_BYTES,
    // What came before it is still to be read when this is noticed.
    skip_records_with_error: true,
    on_skip: () => {
      isLost = true;
    },
  });
  const lines = Readable.from(withPlainLineEnds(source), { objectMode: false });
  lines.on('error', (error) => parser.destroy(error));
  lines.pipe(parser);
  let header: Header | null = null;
  let before = 0;
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    before = info.lines;
    // Cells with line breaks in them: the row began as many lines before it ended.
    const line = info.lines - record.reduce((sum, cell) => sum + breaksIn(cell), 0);
    if (header === null) {
      if (!/^sep=.?$/i.test(record[0]!.trim()) || record.length > 2) header = headerFrom(record);
    } else yield rowOf(header, record, line);
  }
  if (!isLost) return;
  const message = `from here on nothing can be read: a quotation mark is open for more than ${MOST_BYTES} bytes, or to the end`;
  yield { line: before + 1, errors: [{ path: '', message }], brokenOff: true };
}

/** Windows ends lines with two characters, also those within cells. */
async function* withPlainLineEnds(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const RETURN = 13;
  let held = false;
  for await (const chunk of source) {
    const bytes: Buffer = held ? Buffer.concat([Buffer.from([RETURN]), chunk]) : chunk;
    held = bytes.at(-1) === RETURN;
    const whole = held ? bytes.subarray(0, -1) : bytes;
    if (whole.length > 0)
      yield whole.includes('\r\n') ? Buffer.from(whole.toString('latin1').replaceAll('\r\n', '\n'), 'latin1') : whole;
  }
  if (held) yield Buffer.from([RETURN]);
}

interface Header {
  names: string[];
  /** Places of a column by its name in lower case. */
  places: Map<string, number[]>;
}

const headerFrom = (record: readonly string[]): Header => {
  const names = record.map((name) => name.trim());
  const places = new Map<string, number[]>();
  for (const [at, name] of names.entries()) {
    const key = name.toLowerCase();
    places.set(key, [...(places.get(key) ?? []), at]);
  }
  return { names, places };
};

const breaksIn = (cell: string): number => {
  let count = 0;
  for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) count++;
  return count;
};

const rowOf = ({ names, places }: Header, record: readonly string[], line: number): CsvRow | BadCsvRow => {
  const surplus = record.slice(names.length).filter((cell) => cell.trim() !== '');
  if (surplus.length > 0) {
    const message = `has ${record.length} cells and the header ${names.length}: a separator or a quotation mark in a text isn't quoted`;
    return { line, errors: [{ path: '', message, received: surplus[0]!.slice(0, 200) }] };
  }
  const taken = new Map<string, 'one' | 'all'>();
  const cells = (column: string): string[] =>
    (places.get(column.toLowerCase()) ?? []).map((at) => (record[at] ?? '').trim()).filter((text) => text !== '');
  const peek = (column: string): string => cells(column)[0] ?? '';
  return {
    line,
    peek,
    cell: (column) => {
      taken.set(column.toLowerCase(), taken.get(column.toLowerCase()) ?? 'one');
      return peek(column);
    },
    cells: (column) => {
      taken.set(column.toLowerCase(), 'all');
      return cells(column);
    },
    rest: () =>
      [...places].flatMap(([key, at]) => {
        const all = cells(key);
        const how = taken.get(key);
        // Of several columns with one name that were taken as one cell, what else they say is still nobody's.
        const left = how === 'all' ? [] : how === 'one' ? all.slice(1).filter((text) => text !== all[0]) : all;
        return left.length === 0 ? [] : [{ column: names[at[0]!]!, text: left.length === 1 ? left[0]! : left }];
      }),
  };
};

/** The first line of a table: its column names in lower case, and what parts them. Excel's own `sep=;` before it is heeded. */
export const headerOf = (head: Buffer): { columns: Set<string>; delimiter: ',' | '\t' | ';' | '|' } => {
  const [first = '', second = ''] = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
    .split(/\r\n|\n|\r/, 2);
  const line = /^sep=.$/i.test(first) ? second : first;
  const count = (sign: string) => line.split(sign).length;
  const signs = ['\t', ';', '|'] as const;
  const delimiter = signs.reduce<',' | '\t' | ';' | '|'>(
    (best, sign) => (count(sign) > count(best) ? sign : best),
    ',',
  );
  return {
    delimiter,
    columns: new Set(line.split(delimiter).map((name) => name.trim().replace(/^"|"$/g, '').toLowerCase())),
  };
};
