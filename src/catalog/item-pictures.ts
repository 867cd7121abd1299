import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { Problem } from '../platform/http/problem.js';
import { OUTBOX, type Outbox } from '../platform/outbox/outbox.port.js';
import { IMAGE_STORE, type ImageStore } from './image-store.port.js';
import { inspectPicture, PICTURE_MAX_BYTES, type PictureFacts } from './picture-inspection.js';
import { DownloadFailed, SafeDownloader } from './safe-downloader.js';

/** Attempts at fetching one address before its picture is quarantined for good. */
export const MOST_ATTEMPTS = 5;

/** What `fetchPending` achieved. `retry`: some address failed in a way that may pass; ask again later (with backoff). */
export interface FetchOutcome {
  fetched: number;
  failed: number;
  retry: boolean;
}

/** Brings an item's pictures into the image store; the embedding job calls it before it reads the item's record. */
@Injectable()
export class ItemPictures {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(IMAGE_STORE) private readonly store: ImageStore,
    private readonly downloader: SafeDownloader,
  ) {}

  /**
   * Fetches every picture of the item that is still `pending`: afterwards it is `ready` (with its content hash), `failed` (with a row in
   * `quarantine` that says why), or still `pending` when `retry` is true. Never rejects for a bad picture. Idempotent.
   */
  async fetchPending(itemKey: number): Promise<FetchOutcome> {
    const pending = await this.database.query
      .selectFrom('item_images')
      .select(['ordinal', 'source', 'attempts'])
      .where('item_key', '=', itemKey)
      .where('state', '=', 'pending')
      .orderBy('ordinal')
      .execute();
    const outcome: FetchOutcome = { fetched: 0, failed: 0, retry: false };
    for (const { ordinal, source, attempts } of pending) {
      const url = String(source.url ?? '');
      try {
        const bytes = await this.downloader.fetch(url, { maxBytes: PICTURE_MAX_BYTES });
        const facts = await inspectPicture(bytes);
        const { hash } = await this.store.put(bytes);
        await this.settle(itemKey, ordinal, url, { hash, bytes: bytes.length, facts });
        outcome.fetched++;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        const final = !(error instanceof DownloadFailed && error.temporary) || attempts + 1 >= MOST_ATTEMPTS;
        await this.refuse(itemKey, ordinal, url, error, final);
        if (final) outcome.failed++;
        else outcome.retry = true;
      }
    }
    return outcome;
  }

  /** The bytes of a picture in the store. */
  read(contentHash: string): Promise<Buffer> {
    return this.store.read(contentHash);
  }

  private async settle(
    itemKey: number,
    ordinal: number,
    url: string,
    picture: { hash: string; bytes: number; facts: PictureFacts },
  ): Promise<void> {
    await this.outbox.write(async (trx, append) => {
      await trx
        .insertInto('images')
        .values({
          content_hash: picture.hash,
          media_type: picture.facts.mediaType,
          bytes: picture.bytes,
          width: picture.facts.width,
          height: picture.facts.height,
        })
        .onConflict((conflict) => conflict.column('content_hash').doNothing())
        .execute();
      // The shop may have replaced the list meanwhile: only the row that asked for this address takes the answer.
      await trx
        .updateTable('item_images')
        .set({ content_hash: picture.hash, state: 'ready' })
        .where('item_key', '=', itemKey)
        .where('ordinal', '=', ordinal)
        .where('state', '=', 'pending')
        .where((row) => row(row.ref('source', '->>').key('url'), '=', url))
        .execute();
      await trx
        .deleteFrom('quarantine')
        .where('item_key', '=', itemKey)
        .where('modality', '=', 'image')
        .where('ordinal', '=', ordinal)
        .execute();
      append({ topic: 'item', subject: String(itemKey) });
    });
  }

  private async refuse(itemKey: number, ordinal: number, url: string, problem: Problem, final: boolean): Promise<void> {
    await this.outbox.write(async (trx, append) => {
      const changed = await trx
        .updateTable('item_images')
        .set((row) => ({ attempts: row('attempts', '+', 1), ...(final ? { state: 'failed' as const } : {}) }))
        .where('item_key', '=', itemKey)
        .where('ordinal', '=', ordinal)
        .where('state', '=', 'pending')
        .where((row) => row(row.ref('source', '->>').key('url'), '=', url))
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) return;
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
