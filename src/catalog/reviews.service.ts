import { Inject, Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import type { Tables } from '../platform/database/tables.js';
import { fieldErrorsOf } from '../platform/http/field-errors.js';
import { notFound } from '../platform/http/problem.js';
import {
  type BatchCounts,
  type BatchLine,
  type BatchOptions,
  type RowOutcome,
  runBatch,
} from '../platform/http/run-batch.js';
import { JOB_QUEUE, type JobQueue } from '../platform/jobs/job-queue.port.js';
import { OUTBOX, type Outbox } from '../platform/outbox/outbox.port.js';
import { canonicalJson, sha256 } from './content-hash.js';
import { refreshLetters } from './item-letters.js';
import { ReviewInput } from './review.schema.js';

/** Reviews of one transaction. */
const MOST_REVIEWS = 200;

/** Every write to reviews: one transaction with the item's outbox entry, its letters and its note for the embedding job. */
@Injectable()
export class ReviewsService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
  ) {}

  /** Stores a review. @throws Problem 404 `VIT_ITEM_UNKNOWN` when its item is not there. */
  async put(review: ReviewInput): Promise<'created' | 'changed' | 'unchanged'> {
    const [outcome] = await this.take([review], false);
    if (typeof outcome === 'object') throw notFound('item', review.itemId);
    return outcome as 'created' | 'changed' | 'unchanged';
  }

  /** Removes a review; returns whether it was there. @throws Problem 404 for an unknown item. */
  async delete(itemId: string, reviewId: string): Promise<boolean> {
    const itemKey = await this.keyOf(itemId);
    const gone = await this.outbox.write(async (trx, append) => {
      const { numDeletedRows } = await trx
        .deleteFrom('reviews')
        .where('item_key', '=', itemKey)
        .where('id', '=', reviewId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await touch(trx, [itemKey]);
      append({ topic: 'item', subject: String(itemKey) });
      return true;
    });
    if (gone) await this.send([itemKey]);
    return gone;
  }

  /** A page of an item's reviews, newest first. `after` skips that many. @throws Problem 404 for an unknown item. */
  async list(itemId: string, after: number, limit: number): Promise<{ reviews: ReviewInput[]; more: boolean }> {
    const itemKey = await this.keyOf(itemId);
    const rows = await this.database.query
      .selectFrom('reviews')
      .selectAll()
      .where('item_key', '=', itemKey)
      .orderBy('created_at', (order) => order.desc().nullsLast())
      .orderBy('id')
      .offset(after)
      .limit(limit + 1)
      .execute();
    const reviews = rows.slice(0, limit).map((row) => ({
      id: row.id,
      itemId,
      text: row.text,
      ...(row.title === null ? {} : { title: row.title }),
      ...(row.rating === null ? {} : { rating: row.rating }),
      ...(row.author === null ? {} : { author: row.author }),
      ...(row.created_at === null ? {} : { createdAt: row.created_at.toISOString() }),
      ...(row.helpful === null ? {} : { helpful: row.helpful }),
      ...(row.language === null ? {} : { language: row.language }),
    }));
    return { reviews, more: rows.length > limit };
  }

  /** Takes in any number of rows; a review of an unknown item is a rejected row. */
  importRows(lines: AsyncIterable<BatchLine>, options: BatchOptions = {}): Promise<BatchCounts> {
    return runBatch<ReviewInput>(lines, options, {
      mostRows: MOST_REVIEWS,
      mostBytes: 4 * 1024 * 1024,
      parse: async (value) => {
        const parsed = ReviewInput.safeParse(value);
        if (!parsed.success) return { errors: fieldErrorsOf(parsed.error, value) };
        // Ids of reviews are their item's own: the chunk is parted by both.
        return { row: parsed.data, id: parsed.data.id, bytes: parsed.data.text.length };
      },
      write: (rows) => this.take(rows, options.dryRun ?? false),
    });
  }

  private async take(reviews: readonly ReviewInput[], dryRun: boolean): Promise<RowOutcome[]> {
    const keys = new Map<string, number>();
    const outcomes = await this.outbox.write(async (trx, append) => {
      const ids = [...new Set(reviews.map(({ itemId }) => itemId))];
      const items = await sql<{
        id: string;
        key: number;
      }>`select id, key from items where id = any(${ids}::text[]) order by id for update`.execute(trx);
      for (const { id, key } of items.rows) keys.set(id, key);
      const rows = reviews.flatMap((review) =>
        keys.has(review.itemId) ? [toRow(review, keys.get(review.itemId)!)] : [],
      );
      const known = await knownHashes(trx, rows);
      const changed = rows.filter((row) => known.get(`${row.item_key} ${row.id}`) !== row.content_hash);
      if (!dryRun && changed.length > 0) {
        await writeReviews(trx, changed);
        const touched = [...new Set(changed.map(({ item_key }) => item_key))];
        await touch(trx, touched);
        for (const key of touched) append({ topic: 'item', subject: String(key) });
      }
      return reviews.map((review): RowOutcome => {
        const itemKey = keys.get(review.itemId);
        if (itemKey === undefined)
          return { errors: [{ path: 'itemId', message: 'there is no item with this id', received: review.itemId }] };
        const before = known.get(`${itemKey} ${review.id}`);
        return before === undefined ? 'created' : before === hashOf(review) ? 'unchanged' : 'changed';
      });
    });
    const due = new Set(
      reviews.flatMap((review, index) =>
        outcomes[index] === 'created' || outcomes[index] === 'changed' ? [keys.get(review.itemId)!] : [],
      ),
    );
    if (!dryRun) await this.send([...due]);
    return outcomes;
  }

  private async keyOf(itemId: string): Promise<number> {
    const row = await this.database.query.selectFrom('items').select('key').where('id', '=', itemId).executeTakeFirst();
    if (!row) throw notFound('item', itemId);
    return row.key;
  }

  private async send(itemKeys: readonly number[]): Promise<void> {
    if (itemKeys.length === 0) return;
    await this.jobs.sendMany(
      'embedding.item',
      itemKeys.map((itemKey) => ({ itemKey })),
      { keyOf: ({ itemKey }) => String(itemKey) },
    );
  }
}

const hashOf = (review: ReviewInput): string => sha256(canonicalJson(review));

const toRow = (review: ReviewInput, itemKey: number) => ({
  item_key: itemKey,
  id: review.id,
  text: review.text,
  title: review.title ?? null,
  rating: review.rating ?? null,
  author: review.author ?? null,
  helpful: review.helpful ?? null,
  language: review.language ?? null,
  created_at: review.createdAt ?? null,
  content_hash: hashOf(review),
});

type Row = ReturnType<typeof toRow>;

const knownHashes = async (trx: Kysely<Tables>, rows: readonly Row[]): Promise<Map<string, string>> => {
  if (rows.length === 0) return new Map();
  const known = await sql<{ item_key: number; id: string; content_hash: string }>`
    select r.item_key, r.id, r.content_hash from reviews r
    join json_to_recordset(${JSON.stringify(rows.map(({ item_key, id }) => ({ item_key, id })))}::text::json) as given (item_key int, id text)
      on given.item_key = r.item_key and given.id = r.id`.execute(trx);
  return new Map(known.rows.map((row) => [`${row.item_key} ${row.id}`, row.content_hash]));
};

const writeReviews = async (trx: Kysely<Tables>, rows: readonly Row[]): Promise<void> => {
  await sql`
    insert into reviews (item_key, id, text, title, rating, author, helpful, language, created_at, content_hash)
    select item_key, id, text, title, rating, author, helpful, language, created_at, content_hash
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as given (item_key int, id text, text text, title text, rating float8, author text,
      helpful int, language text, created_at timestamptz, content_hash text)
    on conflict (item_key, id) do update set text = excluded.text, title = excluded.title, rating = excluded.rating, author = excluded.author,
      helpful = excluded.helpful, language = excluded.language, created_at = excluded.created_at, content_hash = excluded.content_hash,
      stored_at = now()`.execute(trx);
};

/** Notes that the items' words changed: for the embedding job, and in their letters. */
const touch = async (trx: Kysely<Tables>, itemKeys: readonly number[]): Promise<void> => {
  await sql`update items set revision = revision + 1 where key = any(${[...itemKeys]}::int[])`.execute(trx);
  await refreshLetters(trx, itemKeys);
};
