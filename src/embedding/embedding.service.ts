import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ENCODER, type Encoder } from './encoder.port.js';

/** Called with the keys of items whose modality vectors have just been stored; the job waits for it. */
export type StoredListener = (itemKeys: number[]) => Promise<void>;

/**
 * Vectors for what visitors bring along (a picture, a sentence), and the news that an item's vectors are stored.
 * Both answers are kept for the last few thousand questions, so that typing the same search again costs nothing.
 */
@Injectable()
export class EmbeddingService {
  private readonly listeners: StoredListener[] = [];
  private readonly texts = new LRUCache<string, Float32Array>({ max: 5000 });
  private readonly pictures = new LRUCache<string, Float32Array>({ max: 2000 });

  constructor(@Inject(ENCODER) private readonly encoder: Encoder) {}

  /**
   * Unit vector of a picture that somebody waits for.
   * @throws `Problem` `VIT_IMAGE_…` when the bytes are no picture we read.
   */
  async embedPicture(bytes: Buffer): Promise<Float32Array> {
    return this.remembered(this.pictures, createHash('sha256').update(bytes).digest('hex'), async () =>
      first(await this.encoder.images([bytes], { urgent: true })),
    );
  }

  /**
   * Unit vector of a text of any length that somebody waits for.
   * @throws `Problem` `VIT_TEXT_EMPTY` for a text without a letter.
   */
  async embedText(text: string): Promise<Float32Array> {
    return this.remembered(this.texts, text, async () => first(await this.encoder.texts([text], { urgent: true })));
  }

  /** Hears of every item whose modality vectors were stored; what it does is part of the job, and is retried with it. */
  onStored(listener: StoredListener): void {
    this.listeners.push(listener);
  }

  /** Tells all listeners, one after another. */
  async announce(itemKeys: number[]): Promise<void> {
    if (itemKeys.length === 0) return;
    for (const listener of this.listeners) await listener(itemKeys);
  }

  private async remembered(
    cache: LRUCache<string, Float32Array>,
    key: string,
    make: () => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const known = cache.get(key);
    if (known) return known.slice();
    const vector = await make();
    cache.set(key, vector);
    return vector.slice();
  }
}

const first = (vectors: Float32Array[]): Float32Array => {
  const [vector] = vectors;
  if (!vector) throw new Error('the encoder answered without a vector');
  return vector;
};
