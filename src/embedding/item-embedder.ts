import { Inject, Injectable } from '@nestjs/common';
import {
  CatalogReader,
  EmbeddingLedger,
  ItemPictures,
  type ItemRecord,
  ReviewReader,
  type ReviewRecord,
} from '../catalog/catalog.api.js';
import { DATABASE, type Database, type JobOutcome, OUTBOX, type Outbox, Problem } from '../platform/platform.api.js';
import { EmbeddingService } from './embedding.service.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import { replaceVectors, type StoredVector } from './modality-vectors.js';
import { hashOf, honestReviews, pooledPictures, pooledReviews, pooledText } from './pooling.js';
import { VectorCache } from './vector-cache.js';
import { VideoEmbedder } from './video-embedder.js';

/** Most reviews of an item that get a vector of their own: the newest. */
export const MOST_REVIEWS = 64;
/** Changes of an item while it is being embedded, after which its next job takes over. */
const MOST_ROUNDS = 3;

/** What an item's vectors are to be, by modality; a modality that is absent here is removed. */
type Vectors = Map<string, StoredVector[]>;

/** What `embed` did. */
export interface EmbedOutcome {
  outcome: JobOutcome;
  /** Some picture's address failed in a way that may pass: embed again later. */
  retryPictures: boolean;
}

/**
 * Makes one item's modality vectors true: fetches its pictures, embeds what is new by content, stores, and tells the listeners.
 * Idempotent; an item that changes meanwhile is embedded again before anything of it is stored.
 */
@Injectable()
export class ItemEmbedder {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly ledger: EmbeddingLedger,
    private readonly pictures: ItemPictures,
    private readonly catalogue: CatalogReader,
    private readonly reviews: ReviewReader,
    private readonly cache: VectorCache,
    private readonly video: VideoEmbedder,
    private readonly embedding: EmbeddingService,
  ) {}

  async embed(itemKey: number, lastAttempt: boolean): Promise<EmbedOutcome> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const revision = await this.ledger.revision(itemKey);
      if (revision === null) return { outcome: { is: 'skipped', reason: 'the item is gone' }, retryPictures: false };
      const { retry } = await this.pictures.fetchPending(itemKey);
      const [record] = await this.catalogue.records([itemKey]);
      if (!record) continue;
      const vectors = await this.vectorsOf(record);
      // Words and pictures first: a clip takes its time.
      if (!(await this.store(itemKey, revision, vectors, ['image', 'text', 'review']))) continue;
      await this.embedding.announceSoon(itemKey);
      if (!(await this.embedVideo(record, revision, lastAttempt))) continue;
      await this.ledger.settle(itemKey, revision);
      return { outcome: { is: 'done' }, retryPictures: retry };
    }
    return {
      outcome: { is: 'skipped', reason: 'the item keeps changing; its next job embeds it' },
      retryPictures: false,
    };
  }

  private async vectorsOf(record: ItemRecord): Promise<Vectors> {
    const [image, text] = await Promise.all([this.imageVectors(record), this.textVector(record)]);
    const review = await this.reviewVectors(record, text.vector);
    return new Map([
      ['image', image],
      ['text', [text]],
      ['review', review],
    ]);
  }

  private async imageVectors(record: ItemRecord): Promise<StoredVector[]> {
    const ready = record.pictures.flatMap(({ ordinal, contentHash, state }) =>
      state === 'ready' && contentHash !== null ? [{ ordinal, contentHash }] : [],
    );
    if (ready.length === 0) return [];
    const answers = await this.cache.pictures(
      ready.map(({ contentHash }) => contentHash),
      (hash) => this.pictures.read(hash),
    );
    const singles: StoredVector[] = [];
    for (const { ordinal, contentHash } of ready) {
      const answer = answers.get(contentHash)!;
      if (answer instanceof Float32Array) singles.push({ ordinal, vector: answer, contentHash });
      else if (answer instanceof Problem && answer.status < 500)
        await this.quarantine(record.key, ordinal, contentHash, answer);
      else throw answer;
    }
    const pooled = pooledPictures(singles.map(({ vector }) => vector));
    return pooled
      ? [
          { ordinal: 0, vector: pooled, contentHash: hashOf(...singles.map(({ contentHash }) => contentHash)) },
          ...singles,
        ]
      : [];
  }

  private async textVector(record: ItemRecord): Promise<StoredVector> {
    const description = record.description?.trim() ? record.description : null;
    const [title, more] = await this.cache.texts(description ? [record.title, description] : [record.title]);
    const vector = pooledText(title!, more ?? null) ?? title!;
    return { ordinal: 0, vector, contentHash: hashOf('text', record.title, description ?? '') };
  }

  private async reviewVectors(record: ItemRecord, text: Float32Array): Promise<StoredVector[]> {
    if (record.reviewCount === 0) return [];
    const newest = (await this.reviews.of(record.key, MOST_REVIEWS * 4)).filter(
      ({ text: words }) => words.trim() !== '',
    );
    const honest = honestReviews(newest).slice(0, MOST_REVIEWS);
    if (honest.length === 0) return [];
    const vectors = await this.cache.texts(honest.map(wordsOf));
    const pooled = pooledReviews(
      honest.map((review, at) => ({ ...review, vector: vectors[at]! })),
      text,
    );
    const singles = honest.map((review, at) => ({
      ordinal: at + 1,
      vector: vectors[at]!,
      contentHash: review.contentHash,
    }));
    const hash = hashOf(
      'review',
      ...honest.map(({ contentHash }) => contentHash),
      hashOf(...Array.from(text.subarray(0, 8), String)),
    );
    return pooled ? [{ ordinal: 0, vector: pooled, contentHash: hash }, ...singles] : singles;
  }

  private async embedVideo(record: ItemRecord, revision: number, lastAttempt: boolean): Promise<boolean> {
    if (!record.video) {
      await this.video.forget(record.key);
      return this.store(record.key, revision, new Map(), ['video']);
    }
    const known = await this.database.query
      .selectFrom('modality_vectors')
      .select('content_hash')
      .where('item_key', '=', record.key)
      .where('encoder', '=', this.encoder.id)
      .where('modality', '=', 'video')
      .where('ordinal', '=', 0)
      .executeTakeFirst();
    const hash = this.video.hashOf(record.video);
    if (known?.content_hash === hash) return true;
    const segments = await this.video.embed(record.key, record.video, lastAttempt);
    if (!(await this.store(record.key, revision, new Map([['video', segments]]), ['video']))) return false;
    await this.embedding.announceSoon(record.key);
    return true;
  }

  /** Stores what differs; false, and nothing stored, when the item has changed since `revision` was read. */
  private async store(
    itemKey: number,
    revision: number,
    vectors: Vectors,
    modalities: readonly string[],
  ): Promise<boolean> {
    return this.database.transaction(async (trx) => {
      const item = await trx
        .selectFrom('items')
        .select('revision')
        .where('key', '=', itemKey)
        .forUpdate()
        .executeTakeFirst();
      if (item?.revision !== revision) return false;
      const stored = await trx
        .selectFrom('modality_vectors')
        .select(['modality', 'ordinal', 'content_hash'])
        .where('item_key', '=', itemKey)
        .where('encoder', '=', this.encoder.id)
        .where('modality', 'in', [...modalities])
        .orderBy('ordinal')
        .execute();
      for (const modality of modalities) {
        const wanted = vectors.get(modality) ?? [];
        const before = stored
          .filter((row) => row.modality === modality)
          .map((row) => `${row.ordinal} ${row.content_hash}`);
        if (before.join() === wanted.map((part) => `${part.ordinal} ${part.contentHash}`).join()) continue;
        await replaceVectors(trx, { itemKey, modality, encoder: this.encoder.id }, wanted);
      }
      return true;
    });
  }

  /** The item lives on its other pictures; this one is shown with its reason under the item's problems. */
  private async quarantine(itemKey: number, ordinal: number, contentHash: string, problem: Problem): Promise<void> {
    await this.outbox.write(async (trx, append) => {
      const changed = await trx
        .updateTable('item_images')
        .set({ state: 'failed' })
        .where('item_key', '=', itemKey)
        .where('ordinal', '=', ordinal)
        .where('content_hash', '=', contentHash)
        .executeTakeFirst();
      if (Number(changed.numUpdatedRows) === 0) return;
      await trx
        .deleteFrom('quarantine')
        .where('item_key', '=', itemKey)
        .where('modality', '=', 'image')
        .where('ordinal', '=', ordinal)
        .execute();
      await trx
        .insertInto('quarantine')
        .values({
          item_key: itemKey,
          modality: 'image',
          ordinal,
          code: problem.code,
          detail: `Picture ${ordinal}: ${problem.detail}`,
        })
        .execute();
      append({ topic: 'item', subject: String(itemKey) });
    });
  }
}

const wordsOf = (review: ReviewRecord): string =>
  review.title?.trim() ? `${review.title}. ${review.text}` : review.text;
