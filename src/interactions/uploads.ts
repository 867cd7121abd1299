import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../platform/clock/clock.port.js';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { type Caller, fromVectorText, roleSuffices, toVectorText } from '../platform/platform.api.js';
import { PICTURE_EMBEDDER, PICTURE_KEEPER, type PictureEmbedder, type PictureKeeper } from './picture.ports.js';

/** How long an upload may be browsed with. */
export const UPLOAD_LIFETIME_MS = 24 * 3_600_000;

/** A picture to browse with. */
export interface Upload {
  imageId: string;
  width: number;
  height: number;
  expiresAt: Date;
}

/** Pictures that visitors bring along; embedded at once, gone after a day. */
@Injectable()
export class Uploads {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PICTURE_KEEPER) private readonly keeper: PictureKeeper,
    @Inject(PICTURE_EMBEDDER) private readonly embedder: PictureEmbedder,
  ) {}

  /**
   * Keeps and embeds a picture. `visitorId` null: any server key may use it, no visitor may.
   * @throws Problem `VIT_IMAGE_*` for bytes that are no usable picture.
   */
  async put(bytes: Buffer, visitorId: string | null): Promise<Upload> {
    const { contentHash, width, height } = await this.keeper.keep(bytes);
    const vector = await this.embedder.embedPicture(bytes);
    const now = this.clock.now();
    const upload: Upload = {
      imageId: randomBytes(18).toString('base64url'),
      width,
      height,
      expiresAt: new Date(now.getTime() + UPLOAD_LIFETIME_MS),
    };
    await this.database.query
      .insertInto('uploads')
      .values({
        image_id: upload.imageId,
        visitor_id: visitorId,
        content_hash: contentHash,
        width,
        height,
        encoder: this.embedder.encoderId,
        vector: toVectorText(vector),
        expires_at: upload.expiresAt,
        created_at: now,
      })
      .execute();
    return upload;
  }

  /**
   * The upload's vector (of the present encoder) and content hash; null when it is unknown, expired, or another visitor's. Server and
   * admin keys may use every upload.
   */
  async get(imageId: string, caller: Caller): Promise<{ vector: Float32Array; contentHash: string } | null> {
    const row = await this.database.query
      .selectFrom('uploads')
      .select(['visitor_id', 'content_hash', 'encoder', 'vector'])
      .where('image_id', '=', imageId)
      .where('expires_at', '>', this.clock.now())
      .executeTakeFirst();
    if (!row) return null;
    const theirs =
      !roleSuffices(caller.role, 'server') && (row.visitor_id === null || row.visitor_id !== caller.visitorId);
    if (theirs) return null;
    const vector =
      row.encoder === this.embedder.encoderId
        ? fromVectorText(row.vector)
        : await this.embedAgain(imageId, row.content_hash);
    return { vector, contentHash: row.content_hash };
  }

  /** Removes what has expired; returns how many uploads went. */
  async sweep(): Promise<number> {
    const gone = await this.database.query
      .deleteFrom('uploads')
      .where('expires_at', '<=', this.clock.now())
      .returning('content_hash')
      .execute();
    await this.keeper.release(gone.map((row) => row.content_hash));
    return gone.length;
  }

  private async embedAgain(imageId: string, contentHash: string): Promise<Float32Array> {
    const vector = await this.embedder.embedPicture(await this.keeper.read(contentHash));
    await this.database.query
      .updateTable('uploads')
      .set({ encoder: this.embedder.encoderId, vector: toVectorText(vector) })
      .where('image_id', '=', imageId)
      .execute();
    return vector;
  }
}
