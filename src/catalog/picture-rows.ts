import { Inject, Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { CLOCK, type Clock } from '../platform/clock/clock.port.js';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import type { Tables } from '../platform/database/tables.js';
import { Problem } from '../platform/http/problem.js';
import { IMAGE_STORE, type ImageStore } from './image-store.port.js';
import type { PictureRow } from './item-writer.js';
import { digestOf } from './normal-item.js';
import { inspectPicture } from './picture-inspection.js';
import type { IncomingPicture, PictureSource } from './picture-intake.js';

/** A picture as it is stored, with its quarantine note. */
export type StoredPictureRow = PictureRow;

/** Turns pictures that came in into rows: sent bytes are looked at and kept at once, addresses wait for the embedding job. */
@Injectable()
export class PictureRows {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IMAGE_STORE) private readonly store: ImageStore,
  ) {}

  /** The pictures of each of these items, in order. */
  async ofItems(itemKeys: readonly number[]): Promise<Map<number, StoredPictureRow[]>> {
    const byItem = new Map<number, StoredPictureRow[]>(itemKeys.map((key) => [key, []]));
    if (itemKeys.length === 0) return byItem;
    const { rows } = await sql<{
      item_key: number;
      source: PictureSource;
      alt: string | null;
      content_hash: string | null;
      state: PictureRow['state'];
      attempts: number;
      code: string | null;
      detail: string | null;
    }>`
      select p.item_key, p.source, p.alt, p.content_hash, p.state, p.attempts, q.code, q.detail from item_images p
      left join lateral (select code, detail from quarantine where item_key = p.item_key and modality = 'image' and ordinal = p.ordinal
        order by key desc limit 1) q on true
      where p.item_key = any(${[...itemKeys]}::int[]) order by p.item_key, p.ordinal`.execute(this.database.query);
    for (const { item_key, source, alt, content_hash, state, attempts, code, detail } of rows) {
      const problem = code === null ? {} : { problem: { code, detail: detail! } };
      byItem.get(item_key)!.push({ source, alt, contentHash: content_hash, state, attempts, ...problem });
    }
    return byItem;
  }

  /**
   * The rows that `incoming` comes to, or null when they would be the ones already there. Pictures that were there before keep what is
   * known of them; an address that failed is asked again.
   */
  async settle(
    incoming: readonly IncomingPicture[],
    before: readonly StoredPictureRow[],
    isNew: boolean,
  ): Promise<PictureRow[] | null> {
    const known = new Map(before.map((picture) => [digestOf(picture.source), picture]));
    const rows: PictureRow[] = [];
    for (const [index, picture] of incoming.entries()) {
      const kept = known.get(digestOf(picture.source));
      const usable = kept && (kept.state === 'ready' || ('sha256' in kept.source && kept.source.sha256 !== null));
      rows.push(usable ? { ...kept, alt: picture.alt } : await this.fresh(picture, index + 1));
    }
    const same = rows.length === before.length && rows.every((row, index) => isSame(row, before[index]!));
    return same && !isNew ? null : rows;
  }

  /** Makes the failed addresses of these items pending again; returns the items' keys. */
  async askAgain(trx: Kysely<Tables>, itemKeys: readonly number[]): Promise<number[]> {
    if (itemKeys.length === 0) return [];
    const { rows } = await sql<{ key: number }>`
      with again as (
        update item_images set state = 'pending', attempts = 0
        where item_key = any(${[...itemKeys]}::int[]) and state = 'failed' and source ? 'url' returning item_key)
      update items set revision = revision + 1 where key in (select item_key from again) returning key`.execute(trx);
    return rows.map(({ key }) => key);
  }

  private async fresh(picture: IncomingPicture, ordinal: number): Promise<PictureRow> {
    const row = { source: picture.source, alt: picture.alt, attempts: 0 };
    const refused = (code: string, detail: string): PictureRow => ({
      ...row,
      contentHash: null,
      state: 'failed',
      problem: { code, detail: `Picture ${ordinal}: ${detail}` },
    });
    if (picture.problem) return refused(picture.problem.code, picture.problem.detail);
    if ('url' in picture.source) return { ...row, contentHash: null, state: 'pending' };
    if ('imageId' in picture.source) {
      const contentHash = await this.uploaded(picture.source.imageId);
      return contentHash === null
        ? refused('VIT_IMAGE_UNKNOWN', `there is no upload "${picture.source.imageId}"; it may have expired.`)
        : { ...row, contentHash, state: 'ready' };
    }
    try {
      const bytes = picture.bytes!;
      const facts = await inspectPicture(bytes);
      const { hash } = await this.store.put(bytes);
      return { ...row, contentHash: hash, state: 'ready', kept: { ...facts, bytes: bytes.length } };
    } catch (error) {
      if (error instanceof Problem) return refused(error.code, error.detail);
      throw error;
    }
  }

  private async uploaded(imageId: string): Promise<string | null> {
    const upload = await this.database.query
      .selectFrom('uploads')
      .select('content_hash')
      .where('image_id', '=', imageId)
      .where('expires_at', '>', this.clock.now())
      .executeTakeFirst();
    return upload?.content_hash ?? null;
  }
}

const isSame = (row: PictureRow, before: PictureRow): boolean =>
  digestOf(row.source) === digestOf(before.source) &&
  row.alt === before.alt &&
  row.state === before.state &&
  row.contentHash === before.contentHash;
