import type { FieldError } from './problem.js';

/** A line of a batch: parsed, or why it could not be. Lines count from 1, blank ones too. */
export type BatchLine = { line: number; value: unknown } | { line: number; errors: FieldError[] };

/** A line that was not taken. */
export interface RejectedLine {
  line: number;
  id?: string;
  errors: FieldError[];
}

/** What became of a batch. `accepted`: new or changed. */
export interface BatchCounts {
  accepted: number;
  unchanged: number;
  ignored: number;
  rejected: RejectedLine[];
}

/** What became of one good row. */
export type RowOutcome = 'created' | 'changed' | 'unchanged' | 'ignored' | { errors: FieldError[] };

/** How a caller follows a batch. */
export interface BatchOptions {
  /** Hears after each written chunk how many lines were read so far. */
  onProgress?: (linesRead: number) => void;
  /** Hears each outcome, in the order of the lines of a chunk. */
  onOutcome?: (outcome: { line: number; id?: string; outcome: RowOutcome; row?: unknown }) => void;
  /** Count, but write nothing. */
  dryRun?: boolean;
}

/** How one kind of row is taken in. */
export interface BatchPlan<Row> {
  /** Rows written together at most. */
  mostRows: number;
  /** Bytes held at most before they are written. */
  mostBytes: number;
  /** Checks one line. `id` parts chunks: no two rows with one id are written together. */
  parse(value: unknown): Promise<{ row: Row; id?: string; bytes?: number } | { errors: FieldError[] }>;
  /** Writes rows, one outcome each, in order. */
  write(rows: readonly Row[]): Promise<readonly RowOutcome[]>;
}

const idIn = (value: unknown): string | undefined => {
  const id = value !== null && typeof value === 'object' && 'id' in value ? value.id : undefined;
  return typeof id === 'string' ? id.slice(0, 200) : undefined;
};

/**
 * Runs any number of lines through a plan in constant memory: good rows are kept, bad ones named, nothing in between. A row that repeats an id
 * comes after the earlier one, as if sent apart.
 */
export const runBatch = async <Row>(
  lines: AsyncIterable<BatchLine>,
  options: BatchOptions,
  plan: BatchPlan<Row>,
): Promise<BatchCounts> => {
  const counts: BatchCounts = { accepted: 0, unchanged: 0, ignored: 0, rejected: [] };
  let chunk: { line: number; id?: string; row: Row }[] = [];
  let bytes = 0;
  let lastLine = 0;
  const ids = new Set<string>();

  const settle = (line: number, id: string | undefined, outcome: RowOutcome, row?: Row): void => {
    if (typeof outcome === 'object')
      counts.rejected.push({ line, ...(id === undefined ? {} : { id }), errors: outcome.errors });
    else if (outcome === 'created' || outcome === 'changed') counts.accepted++;
    else counts[outcome]++;
    options.onOutcome?.({ line, id, outcome, row });
  };
  const flush = async (): Promise<void> => {
    if (chunk.length === 0) return;
    const outcomes = await plan.write(chunk.map(({ row }) => row));
    for (const [index, { line, id, row }] of chunk.entries()) settle(line, id, outcomes[index]!, row);
    chunk = [];
    bytes = 0;
    ids.clear();
    options.onProgress?.(lastLine);
  };

  for await (const given of lines) {
    lastLine = given.line;
    const parsed = 'value' in given ? await plan.parse(given.value) : given;
    if ('errors' in parsed) {
      settle(given.line, 'value' in given ? idIn(given.value) : undefined, { errors: parsed.errors });
      continue;
    }
    if (parsed.id !== undefined && ids.has(parsed.id)) await flush();
    if (parsed.id !== undefined) ids.add(parsed.id);
    chunk.push({ line: given.line, id: parsed.id, row: parsed.row });
    bytes += parsed.bytes ?? 0;
    if (chunk.length >= plan.mostRows || bytes >= plan.mostBytes) await flush();
  }
  await flush();
  counts.rejected.sort((a, b) => a.line - b.line);
  return counts;
};
