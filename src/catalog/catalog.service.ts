import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { fieldErrorsOf, invalidBody } from '../platform/http/field-errors.js';
import { invalidField, notFound } from '../platform/http/problem.js';
import { type BatchCounts, type BatchLine, type BatchOptions, runBatch } from '../platform/http/run-batch.js';
import { JOB_QUEUE, type JobQueue } from '../platform/jobs/job-queue.port.js';
import { OUTBOX, type Outbox } from '../platform/outbox/outbox.port.js';
import { type Availability, ImportedItem, ItemInput, type StoredItem } from './item.schema.js';
import { ChangedMeanwhile, type ItemWrite, writeItems } from './item-writer.js';
import { mergePatch } from './merge-patch.js';
import { columnsOf, contentHashOf, type ItemColumns } from './normal-item.js';
import { type IncomingPicture, takePicture } from './picture-intake.js';
import { PictureRows, type StoredPictureRow } from './picture-rows.js';
import { type ItemRow, StoredItems } from './stored-items.js';
import { TakingTurns } from './taking-turns.js';

/** What a write did to one item. */
export type ItemOutcome = 'created' | 'changed' | 'unchanged';

/** How rows are taken in. */
export interface ImportOptions extends BatchOptions {
  /** Folder below which `images[].file` is looked for; without it a file is a problem of its picture. */
  imagesDir?: string;
  /** Rows may name files even when there is no folder (each is then a problem of its picture). */
  files?: boolean;
}

/** An item on its way in: validated, its pictures' bytes in hand, not yet compared with what is stored. */
interface IncomingItem {
  columns: ItemColumns;
  /** null: as stored (a PATCH that doesn't name them). */
  pictures: IncomingPicture[] | null;
}

/** Items of one transaction, and bytes of pictures held at once. */
const MOST_ITEMS = 50;
const MOST_BYTES = 48 * 1024 * 1024;
/** Items whose pictures are looked at side by side. */
const PICTURES_AT_ONCE = 3;
/** Attempts of one write while other processes keep changing its items. */
const MOST_ATTEMPTS = 20;

/**
 * Every write to items. Each is one transaction with its outbox entry (topic `item`); what is to be embedded is noted in the item's row
 * in that transaction (see `EmbeddingLedger`) and the job `embedding.item` is sent right after it: a process killed between
 * the two leaves the note, which the sweep at the next start turns into the job.
 */
@Injectable()
export class CatalogService {
  private readonly turns = new TakingTurns();

  constructor(
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    private readonly pictures: PictureRows,
    private readonly stored: StoredItems,
  ) {}

  /** Stores an item. The same content again changes nothing (but asks once more for pictures that could not be fetched). */
  async putItem(input: ItemInput): Promise<{ outcome: ItemOutcome; item: StoredItem }> {
    const [outcome] = await this.take([await this.incoming(input)]);
    return { outcome: outcome!, item: await this.getItem(input.id) };
  }

  /**
   * Merges `patch` into the stored item (RFC 7396: null removes, objects merge, lists are replaced); the result is checked as a whole.
   * @throws Problem 404 for an unknown item, 400 when the merged item is not valid.
   */
  async patchItem(id: string, patch: Record<string, unknown>): Promise<{ outcome: ItemOutcome; item: StoredItem }> {
    const row = await this.stored.row(id);
    if (!row) throw notFound('item', id);
    if (patch.id !== undefined && patch.id !== id)
      throw invalidField('id', `must be "${id}" as in the path, or left out`, patch.id);
    const { images, ...rest } = patch;
    const merged = mergePatch(inputOf(row), rest) as Record<string, unknown>;
    const parsed = ItemInput.safeParse(images === undefined || images === null ? merged : { ...merged, images });
    if (!parsed.success) throw invalidBody(parsed.error, patch);
    const incoming = await this.incoming(parsed.data);
    if (images === undefined) incoming.pictures = null;
    const [outcome] = await this.take([incoming]);
    return { outcome: outcome!, item: await this.getItem(id) };
  }

  /** Gives items another availability and leaves all else of them as it is; ids that are unknown are passed over. Returns how many changed. */
  async setAvailability(ids: readonly string[], availability: Availability): Promise<number> {
    let changed = 0;
    for (let start = 0; start < ids.length; start += MOST_ITEMS) {
      const rows = await this.stored.rows(ids.slice(start, start + MOST_ITEMS));
      const items = [...rows.values()]
        .filter((row) => row.availability !== availability)
        .map((row) => ({ columns: columnsOf(ItemInput.parse({ ...inputOf(row), availability })), pictures: null }));
      if (items.length > 0) changed += (await this.take(items)).filter((outcome) => outcome === 'changed').length;
    }
    return changed;
  }

  /** Removes an item with its pictures, reviews and vectors; the very next answer is without it. Returns whether it was there. */
  async deleteItem(id: string): Promise<boolean> {
    return this.outbox.write(async (trx, append) => {
      const gone = await trx.deleteFrom('items').where('id', '=', id).returning('key').executeTakeFirst();
      if (gone) append({ topic: 'item', subject: String(gone.key) });
      return gone !== undefined;
    });
  }

  /** @throws Problem 404 `VIT_ITEM_UNKNOWN`. */
  async getItem(id: string): Promise<StoredItem> {
    const row = await this.stored.row(id);
    if (!row) throw notFound('item', id);
    return (await this.stored.present([row]))[0]!;
  }

  /** The next `limit` items after the one with key `afterKey`, in the order in which they were first stored. */
  async listItems(afterKey: number, limit: number): Promise<{ items: StoredItem[]; lastKey: number | null }> {
    const rows = await this.stored.rowsAfter(afterKey, limit + 1);
    const page = rows.slice(0, limit);
    return { items: await this.stored.present(page), lastKey: rows.length > limit ? page.at(-1)!.key : null };
  }

  /**
   * Takes in any number of rows in constant memory. Good rows are kept, bad ones named; a row is `unchanged` when it says what is stored.
   * `dryRun` counts without writing.
   */
  importRows(lines: AsyncIterable<BatchLine>, options: ImportOptions = {}): Promise<BatchCounts> {
    const schema = options.imagesDir === undefined && !options.files ? ItemInput : ImportedItem;
    return runBatch<IncomingItem>(lines, options, {
      mostRows: MOST_ITEMS,
      mostBytes: MOST_BYTES,
      parse: async (value) => {
        const parsed = schema.safeParse(value);
        if (!parsed.success) return { errors: fieldErrorsOf(parsed.error, value) };
        const row = await this.incoming(parsed.data, options.imagesDir);
        return {
          row,
          id: row.columns.id,
          bytes: (row.pictures ?? []).reduce((sum, picture) => sum + (picture.bytes?.length ?? 0), 0),
        };
      },
      write: (rows) => this.take(rows, options.dryRun ?? false),
    });
  }

  private async incoming(item: ImportedItem, imagesDir?: string): Promise<IncomingItem> {
    const pictures: IncomingPicture[] = [];
    for (const picture of item.images ?? []) pictures.push(await takePicture(picture, imagesDir));
    return { columns: columnsOf(item), pictures };
  }

  /** Stores items of distinct ids; one outcome each. Begins again when somebody else changed one of them meanwhile. */
  private take(items: readonly IncomingItem[], dryRun = false): Promise<ItemOutcome[]> {
    return this.turns.run(
      items.map(({ columns }) => columns.id),
      () => this.takeInTurn(items, dryRun),
    );
  }

  private async takeInTurn(items: readonly IncomingItem[], dryRun: boolean): Promise<ItemOutcome[]> {
    for (let attempt = 1; ; attempt++) {
      const { outcomes, writes, retry } = await this.compare(items, dryRun);
      if (dryRun) return outcomes;
      try {
        await this.commit(writes, retry);
        return outcomes;
      } catch (error) {
        if (!(error instanceof ChangedMeanwhile) || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }

  /** Compares with what is stored; looks at pictures only where something differs. */
  private async compare(
    items: readonly IncomingItem[],
    dryRun: boolean,
  ): Promise<{ outcomes: ItemOutcome[]; writes: ItemWrite[]; retry: number[] }> {
    const known = await this.stored.rows(items.map(({ columns }) => columns.id));
    const pictures = await this.pictures.ofItems([...known.values()].map(({ key }) => key));
    const writes: ItemWrite[] = [];
    const retry: number[] = [];
    const limit = pLimit(PICTURES_AT_ONCE);
    const outcomes = items.map((item): ItemOutcome => {
      const row = known.get(item.columns.id);
      const before = (row && pictures.get(row.key)) ?? [];
      const contentHash = contentHashOf(item.columns, item.pictures ?? before);
      if (row?.content_hash !== contentHash) {
        writes.push({ columns: item.columns, contentHash, expected: row?.content_hash ?? null, pictures: null });
        return row ? 'changed' : 'created';
      }
      if (before.some(isRefetchable)) retry.push(row.key);
      return 'unchanged';
    });
    if (dryRun) return { outcomes, writes, retry };
    const byId = new Map(items.map((item) => [item.columns.id, item]));
    await Promise.all(
      writes.map((write) =>
        limit(async () => {
          const row = known.get(write.columns.id);
          const given = byId.get(write.columns.id)!.pictures;
          write.pictures =
            given && (await this.pictures.settle(given, (row && pictures.get(row.key)) ?? [], row === undefined));
        }),
      ),
    );
    return { outcomes, writes, retry };
  }

  private async commit(writes: readonly ItemWrite[], retry: readonly number[]): Promise<void> {
    if (writes.length === 0 && retry.length === 0) return;
    // One order for all writers, so that two batches over the same items wait for each other instead of locking each other out.
    const ordered = [...writes].sort((a, b) => (a.columns.id < b.columns.id ? -1 : 1));
    const due = await this.outbox.write(async (trx, append) => {
      const items = ordered.length > 0 ? await writeItems(trx, ordered) : [];
      const again = await this.pictures.askAgain(trx, retry);
      for (const { key } of items) append({ topic: 'item', subject: String(key) });
      return [...items.filter(({ due }) => due).map(({ key }) => key), ...again];
    });
    if (due.length > 0)
      await this.jobs.sendMany(
        'embedding.item',
        due.map((itemKey) => ({ itemKey })),
        { keyOf: ({ itemKey }) => String(itemKey) },
      );
  }
}

const isRefetchable = (picture: StoredPictureRow): boolean => picture.state === 'failed' && 'url' in picture.source;

/** The item as its shop would give it again, without its pictures. */
const inputOf = (row: ItemRow): Record<string, unknown> => {
  const input: Record<string, unknown> = {
    id: row.id,
    title: row.title,
    description: row.description,
    url: row.url,
    video: row.video,
    categories: row.categories,
    brand: row.brand,
    sku: row.sku,
    price: row.price_amount === null ? null : { amount: row.price_amount, currency: row.price_currency },
    availability: row.availability,
    groupId: row.group_id,
    tags: row.tags,
    attributes: row.attributes,
    publishedAt: row.published_at?.toISOString() ?? null,
    language: row.language,
  };
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
};
