import { Inject, Injectable } from '@nestjs/common';
import { CatalogReader } from '../catalog/catalog.api.js';
import { normalised } from '../maths/vectors.js';
import { DATABASE, type Database, invalidField, notFound, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { EmbeddingService } from './embedding.service.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import { OWN_MODALITIES, replaceVectors, SHOP_ENCODER } from './modality-vectors.js';
import { hashOf } from './pooling.js';

/** Vectors that a shop supplies for modalities of its own: one an item and modality. */
@Injectable()
export class ShopVectors {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly catalogue: CatalogReader,
    private readonly embedding: EmbeddingService,
  ) {}

  /**
   * Stores a vector, brought to length 1. All vectors of a modality have one dimension: that of the first, or the encoder's for the
   * modalities that Vitrine makes itself.
   * @throws Problem 404 for an unknown item, 400 `VIT_VECTOR_ZERO`, `VIT_VECTOR_DIMENSION`
   */
  async put(
    itemId: string,
    modality: string,
    numbers: readonly number[],
  ): Promise<{ itemId: string; modality: string; dimension: number }> {
    const key = await this.keyOf(itemId);
    const vector = normalised(Float32Array.from(numbers));
    if (!vector) {
      throw invalidField(
        'vector',
        'must have a direction: numbers that are not all 0, and none too large for 32 bits',
        undefined,
        'VIT_VECTOR_ZERO',
      );
    }
    const dimension = await this.dimensionOf(modality);
    if (dimension !== null && dimension !== vector.length) {
      throw invalidField(
        'vector',
        `modality "${modality}" has ${dimension} numbers`,
        `${vector.length} numbers`,
        'VIT_VECTOR_DIMENSION',
      );
    }
    const contentHash = hashOf(...Array.from(vector, String));
    await this.write(key, modality, [{ ordinal: 0, vector, contentHash }], itemId);
    return { itemId, modality, dimension: vector.length };
  }

  /** Removes a shop's vector; removing it twice is no error. @throws Problem 404 for an unknown item */
  async delete(itemId: string, modality: string): Promise<void> {
    await this.write(await this.keyOf(itemId), modality, [], itemId);
  }

  private async write(
    itemKey: number,
    modality: string,
    vectors: Parameters<typeof replaceVectors>[2],
    itemId: string,
  ): Promise<void> {
    await this.outbox.write(async (trx, append) => {
      const item = await trx
        .selectFrom('items')
        .select('key')
        .where('key', '=', itemKey)
        .forUpdate()
        .executeTakeFirst();
      if (!item) throw notFound('item', itemId);
      await replaceVectors(trx, { itemKey, modality, encoder: SHOP_ENCODER }, vectors);
      append({ topic: 'item', subject: String(itemKey) });
    });
    await this.embedding.announceSoon(itemKey);
  }

  private async keyOf(itemId: string): Promise<number> {
    const key = (await this.catalogue.keysOf([itemId])).get(itemId);
    if (key === undefined) throw notFound('item', itemId);
    return key;
  }

  private async dimensionOf(modality: string): Promise<number | null> {
    if ((OWN_MODALITIES as readonly string[]).includes(modality)) return this.encoder.dimension;
    const { rows } = await this.database.run(
      'select vector_dims(vector) as dimension from modality_vectors where encoder = $1 and modality = $2 limit 1',
      [SHOP_ENCODER, modality],
    );
    return rows[0] ? Number(rows[0].dimension) : null;
  }
}
