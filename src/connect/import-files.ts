import { REJECTED_KEPT } from '../catalog/catalog.api.js';
import type { BatchCounts, BatchLine, FieldError } from '../platform/platform.api.js';
import { Problem } from '../platform/platform.api.js';
import { withoutPassword } from './asked-address.js';
import type { FeedReader, FeedRow, RowKind } from './feed-reader.port.js';
import { IdSet } from './id-set.js';
import type { ImportTarget, PictureCounts } from './import-target.js';
import { expandFolders, type OpenAddress, type OpenSource, openSource } from './open-source.js';

/** A row that was refused, and why. */
export interface RefusedRow {
  file?: string;
  line: number;
  id?: string;
  errors: FieldError[];
}

/** What became of an import. `items` counts products (variants of one group are one), `variants` the rows that can be recommended. */
export interface ImportReport {
  format: string;
  read: number;
  accepted: number;
  unchanged: number;
  ignored: number;
  /** The first 10,000 of them. */
  rejected: RefusedRow[];
  rejectedCount: number;
  items: number;
  variants: number;
  reviews: number;
  events: number;
  images: PictureCounts;
  /** Why the rest of a source could not be read, where it breaks off in the middle. */
  brokenOff?: string;
}

export interface ImportFilesOptions {
  type?: RowKind;
  dryRun?: boolean;
  readers: readonly FeedReader[];
  /** For sources that are addresses; without it they are taken for files. */
  openAddress?: OpenAddress;
  /** Hears of all refused rows, also those that a report has no room for. */
  onRejected?(rows: readonly RefusedRow[]): void | Promise<void>;
  /** Hears how far the source is, after each chunk. */
  onProgress?(source: OpenSource, rowsRead: number, soFar: ImportReport): void | Promise<void>;
}

/** Rows handed over together; the memory of an import is a few of these. */
const CHUNK = 250;
/** Bytes of pictures in rows that are handed over together, as text. */
const CHUNK_CHARACTERS = 24 * 1024 * 1024;

const ORDER: Record<RowKind, number> = { items: 0, reviews: 1, events: 2 };

/** Imports files into a target, in constant memory but for the ids that are counted. Items come before the reviews of a chunk. */
export const importFiles = async (
  paths: readonly string[],
  target: ImportTarget,
  options: ImportFilesOptions,
): Promise<{ report: ImportReport; itemIds: IdSet }> => {
  const report: ImportReport = {
    format: '',
    read: 0,
    accepted: 0,
    unchanged: 0,
    ignored: 0,
    rejected: [],
    rejectedCount: 0,
    items: 0,
    variants: 0,
    reviews: 0,
    events: 0,
    images: { ok: 0, failed: 0, pending: 0 },
  };
  const products = new IdSet();
  const variants = new IdSet();
  const reject = async (rows: readonly RefusedRow[]): Promise<void> => {
    report.rejectedCount += rows.length;
    report.rejected.push(...rows.slice(0, Math.max(0, REJECTED_KEPT - report.rejected.length)));
    if (rows.length > 0) await options.onRejected?.(rows);
  };
  const formats = new Set<string>();
  const sources = await expandFolders(paths);
  for (const path of sources) {
    const source = await openSource(path, options.openAddress);
    const reader = options.readers.find((one) => one.recognises(source.head, source.name));
    if (!reader) {
      const names = options.readers.map(({ format }) => format).join(', ');
      throw new Problem({
        code: 'VIT_IMPORT_FORMAT',
        status: 400,
        fault: 'shop',
        title: 'Unknown format',
        detail: `"${withoutPassword(path).url}" is none of the formats that can be read (${names}).`,
      });
    }
    formats.add(reader.format);
    const named = sources.length > 1 ? { file: withoutPassword(path).url } : {};
    for await (const chunk of chunksOf(reader.read(source.stream, { head: source.head, kind: options.type }))) {
      report.read += chunk.length;
      const rejected: RefusedRow[] = [];
      for (const row of chunk) {
        if (!('errors' in row)) continue;
        const { line, id, errors, brokenOff } = row;
        rejected.push({ line, ...(id === undefined ? {} : { id }), errors });
        if (brokenOff) report.brokenOff = `line ${line}: ${errors[0]!.message}`;
      }
      for (const kind of (Object.keys(ORDER) as RowKind[]).sort((a, b) => ORDER[a] - ORDER[b])) {
        const rows = chunk.filter(
          (row): row is FeedRow & { kind: RowKind; value: unknown } => 'value' in row && row.kind === kind,
        );
        if (rows.length === 0) continue;
        const counts = await target.take(
          kind,
          rows.map(({ line, value }): BatchLine => ({ line, value })),
          options.dryRun ?? false,
        );
        if (options.dryRun && kind === 'reviews') pardonReviewsOf(variants, rows, counts);
        report.accepted += counts.accepted;
        report.unchanged += counts.unchanged;
        report.ignored += counts.ignored;
        rejected.push(...counts.rejected);
        const bad = new Set(counts.rejected.map(({ line }) => line));
        const kept = rows.filter(({ line }) => !bad.has(line));
        if (kind === 'items')
          for (const { value } of kept) countItem(value, products, variants, options.dryRun ? report.images : null);
        else report[kind] += kept.length - (kind === 'events' ? counts.ignored : 0);
      }
      // Kinds are stored one after another; people read the report beside the file.
      rejected.sort((a, b) => a.line - b.line);
      await reject(rejected.map((row) => ({ ...named, ...row })));
      report.format = [...formats].join(', ');
      report.items = products.size;
      report.variants = variants.size;
      await options.onProgress?.(source, report.read, report);
    }
  }
  report.format = [...formats].join(', ');
  report.items = products.size;
  report.variants = variants.size;
  if (!options.dryRun && variants.size > 0) report.images = await target.pictures(variants);
  return { report, itemIds: variants };
};

/** In a dry run the items of the same import are not stored, so their reviews are refused only for that. */
const pardonReviewsOf = (
  itemIds: IdSet,
  rows: readonly { line: number; value: unknown }[],
  counts: BatchCounts,
): void => {
  const itemOf = new Map(rows.map(({ line, value }) => [line, (value as { itemId?: string }).itemId ?? '']));
  const pardoned = counts.rejected.filter(
    ({ line, errors }) => errors.length === 1 && errors[0]!.path === 'itemId' && itemIds.has(itemOf.get(line)!),
  );
  counts.accepted += pardoned.length;
  counts.rejected = counts.rejected.filter((row) => !pardoned.includes(row));
};

const countItem = (value: unknown, products: IdSet, variants: IdSet, expected: PictureCounts | null): void => {
  const { id, groupId, images } = value as { id: string; groupId?: string; images?: unknown[] };
  variants.add(id);
  products.add(groupId === undefined ? `item ${id}` : `group ${groupId}`);
  if (expected) expected.pending += images?.length ?? 0;
};

const chunksOf = async function* (rows: AsyncIterable<FeedRow>): AsyncGenerator<FeedRow[]> {
  let chunk: FeedRow[] = [];
  let characters = 0;
  for await (const row of rows) {
    chunk.push(row);
    if ('value' in row) characters += picturesIn(row.value);
    if (chunk.length < CHUNK && characters < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = [];
    characters = 0;
  }
  if (chunk.length > 0) yield chunk;
};

const picturesIn = (value: unknown): number => {
  const images = (value as { images?: unknown } | null)?.images;
  if (!Array.isArray(images)) return 0;
  return images.reduce<number>((sum, image) => sum + (typeof image?.data === 'string' ? image.data.length : 0), 0);
};
