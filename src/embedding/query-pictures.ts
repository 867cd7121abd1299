import { Inject, Injectable } from '@nestjs/common';
import { bytesOfBase64, CatalogReader, PICTURE_MAX_BYTES, SafeDownloader } from '../catalog/catalog.api.js';
import { Uploads } from '../interactions/interactions.api.js';
import {
  type Caller,
  DATABASE,
  type Database,
  fromVectorText,
  invalidField,
  Problem,
} from '../platform/platform.api.js';
import type { QueryPicture } from './embedding.schema.js';
import { EmbeddingService } from './embedding.service.js';
import { ENCODER, type Encoder } from './encoder.port.js';

/** Vectors of pictures that a call brings along or points at. */
@Injectable()
export class QueryPictures {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly embedding: EmbeddingService,
    private readonly catalogue: CatalogReader,
    private readonly downloader: SafeDownloader,
    private readonly uploads: Uploads,
  ) {}

  /**
   * Unit vector of the picture.
   * @param path where it stands in the request, e.g. `images.0`
   * @throws Problem 400 that names the field: unreadable, unknown, not to be fetched
   */
  async vectorOf(picture: QueryPicture, path: string, caller: Caller): Promise<Float32Array> {
    if (picture.itemId !== undefined) return this.ofItem(picture.itemId, picture.index ?? 0, path);
    if (picture.imageId !== undefined) return this.ofUpload(picture.imageId, path, caller);
    if (picture.url !== undefined) {
      const url = picture.url;
      return named(`${path}.url`, url, async () =>
        this.embedding.embedPicture(await this.downloader.fetch(url, { maxBytes: PICTURE_MAX_BYTES })),
      );
    }
    const data = picture.data ?? '';
    return named(`${path}.data`, `${data.slice(0, 40)}${data.length > 40 ? '…' : ''}`, async () => {
      const bytes = bytesOfBase64(data);
      if (!bytes) throw invalidField(`${path}.data`, 'must be base64', data.slice(0, 40), 'VIT_IMAGE_BASE64');
      return this.embedding.embedPicture(bytes);
    });
  }

  private async ofUpload(imageId: string, path: string, caller: Caller): Promise<Float32Array> {
    const upload = await this.uploads.get(imageId, caller);
    if (!upload)
      throw invalidField(`${path}.imageId`, 'no such upload, or it has expired', imageId, 'VIT_IMAGE_UNKNOWN');
    return upload.vector;
  }

  private async ofItem(itemId: string, index: number, path: string): Promise<Float32Array> {
    const key = (await this.catalogue.keysOf([itemId])).get(itemId);
    if (key === undefined) throw invalidField(`${path}.itemId`, 'no such item', itemId, 'VIT_ITEM_UNKNOWN');
    const row = await this.database.query
      .selectFrom('modality_vectors')
      .select('vector')
      .where('item_key', '=', key)
      .where('encoder', '=', this.encoder.id)
      .where('modality', '=', 'image')
      .where('ordinal', '=', index + 1)
      .executeTakeFirst();
    if (!row)
      throw invalidField(
        `${path}.index`,
        `"${itemId}" has no picture ${index} that is embedded`,
        index,
        'VIT_IMAGE_UNKNOWN',
      );
    return fromVectorText(row.vector);
  }
}

/** Gives what is wrong with a picture the name of its field; Vitrine's own faults pass as they are. */
const named = async <T>(path: string, received: unknown, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500 || error.errors) throw error;
    throw invalidField(path, error.detail, received, error.code);
  }
};
