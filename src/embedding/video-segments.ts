import { Inject, Injectable } from '@nestjs/common';
import { dot } from '../maths/vectors.js';
import { DATABASE, type Database, fromVectorText } from '../platform/platform.api.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import type { Segment } from './modality-vectors.js';

/** A piece of a clip and how near it is to a question (cosine). */
export interface FoundSegment extends Segment {
  score: number;
}

/** Finds the place in an item's clip that speaks of something. */
@Injectable()
export class VideoSegments {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(ENCODER) private readonly encoder: Encoder,
  ) {}

  /** The segment nearest to a text's (or picture's) vector; null for an item without a clip. */
  async search(vector: Float32Array, itemKey: number): Promise<FoundSegment | null> {
    return (await this.searchMany(vector, [itemKey])).get(itemKey) ?? null;
  }

  /** The nearest segment of each of these items that has a clip, in one query. */
  async searchMany(vector: Float32Array, itemKeys: readonly number[]): Promise<Map<number, FoundSegment>> {
    const best = new Map<number, FoundSegment>();
    if (itemKeys.length === 0) return best;
    const rows = await this.database.query
      .selectFrom('modality_vectors')
      .select(['item_key', 'segment', 'vector'])
      .where('item_key', 'in', [...itemKeys])
      .where('encoder', '=', this.encoder.id)
      .where('modality', '=', 'video')
      .where('ordinal', '>', 0)
      .orderBy('item_key')
      .orderBy('ordinal')
      .limit(5000)
      .execute();
    for (const row of rows) {
      const score = dot(vector, fromVectorText(row.vector));
      const before = best.get(row.item_key);
      if (row.segment && (!before || score > before.score))
        best.set(row.item_key, { ...(row.segment as unknown as Segment), score });
    }
    return best;
  }
}
