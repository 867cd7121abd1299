import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { IMAGE_STORE, type ImageStore } from './image-store.port.js';
import { inspectPicture, type PictureFacts } from './picture-inspection.js';

/** A picture that was looked at and kept. */
export interface KeptPicture extends PictureFacts {
  contentHash: string;
}

/** Keeps pictures that aren't (yet) an item's: uploads to browse with. The bytes go when nobody needs them any more. */
@Injectable()
export class PictureVault {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(IMAGE_STORE) private readonly store: ImageStore,
  ) {}

  /** Looks at the bytes and keeps them. @throws Problem `VIT_IMAGE_*` of `inspectPicture`. */
  async keep(bytes: Buffer): Promise<KeptPicture> {
    const facts = await inspectPicture(bytes);
    const { hash } = await this.store.put(bytes);
    await this.database.query
      .insertInto('images')
      .values({
        content_hash: hash,
        media_type: facts.mediaType,
        bytes: bytes.length,
        width: facts.width,
        height: facts.height,
      })
      .onConflict((conflict) => conflict.column('content_hash').doNothing())
      .execute();
    return { contentHash: hash, ...facts };
  }

  /** The bytes. @throws Problem 404 `VIT_IMAGE_MISSING`. */
  read(contentHash: string): Promise<Buffer> {
    return this.store.read(contentHash);
  }

  /** Removes those of the pictures that no item and no upload uses; returns how many went. */
  async release(contentHashes: readonly string[]): Promise<number> {
    let released = 0;
    for (const hash of new Set(contentHashes)) {
      const gone = await this.database.query
        .deleteFrom('images')
        .where('content_hash', '=', hash)
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('item_images').select('item_key').where('content_hash', '=', hash))),
        )
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('uploads').select('image_id').where('content_hash', '=', hash))),
        )
        .executeTakeFirst();
      if (gone.numDeletedRows === 0n) continue;
      await this.store.remove(hash);
      released++;
    }
    return released;
  }

  /** Removes pictures that nothing has used for an hour (younger ones may be on their way into an item); returns how many went. */
  async releaseUnused(): Promise<number> {
    const { rows } = await sql<{ content_hash: string }>`
      select content_hash from images i where created_at < now() - interval '1 hour'
        and not exists (select 1 from item_images where content_hash = i.content_hash)
        and not exists (select 1 from uploads where content_hash = i.content_hash)
      limit 10000`.execute(this.database.query);
    return this.release(rows.map((row) => row.content_hash));
  }
}
