import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Problem, stage } from '../platform/platform.api.js';
import { ENCODER, type Encoder } from './encoder.port.js';

/** Called with the keys of items whose modality vectors have just been stored; the job waits for it. */
export type StoredListener = (itemKeys: number[]) => Promise<void>;

/** Items announced together. */
interface Gathering {
  keys: Set<number>;
  done: Promise<void>;
}

const GATHER_MS = 20;
/** Pictures and texts of callers who wait, beyond which a new one would wait for many seconds: some 15 and some hundred a second are made on two cores. */
const MOST_WAITING = { pictures: 200, texts: 1_000 };

/**
 * Vectors for what visitors bring along (a picture, a sentence), and the news that an item's vectors are stored.
 * Both answers are kept for the last few thousand questions, so that typing the same search again costs nothing.
 */
@Injectable()
export class EmbeddingService {
  private readonly listeners: StoredListener[] = [];
  private readonly known = {
    texts: new LRUCache<string, Float32Array>({ max: 5000 }),
    pictures: new LRUCache<string, Float32Array>({ max: 2000 }),
  };
  private gathering: Gathering | null = null;
  private announcing: Promise<void> = Promise.resolve();
  private readonly pending = { pictures: 0, texts: 0 };

  constructor(@Inject(ENCODER) private readonly encoder: Encoder) {}

  /**
   * Unit vector of a picture that somebody waits for.
   * @throws `Problem` `VIT_IMAGE_…` when the bytes are no picture we read, 503 `VIT_OVERLOADED` when too many wait already.
   */
  async embedPicture(bytes: Buffer): Promise<Float32Array> {
    return this.remembered('pictures', createHash('sha256').update(bytes).digest('hex'), async () =>
      first(await this.encoder.images([bytes], { urgent: true })),
    );
  }

  /**
   * Unit vector of a text of any length that somebody waits for.
   * @throws `Problem` `VIT_TEXT_EMPTY` for a text without a letter, 503 `VIT_OVERLOADED` when too many wait already.
   */
  async embedText(text: string): Promise<Float32Array> {
    return this.remembered('texts', text, async () => first(await this.encoder.texts([text], { urgent: true })));
  }

  /** Several texts at once, as `embedText` gives them. */
  async embedTexts(texts: readonly string[]): Promise<Float32Array[]> {
    return Promise.all(texts.map((text) => this.embedText(text)));
  }

  /** Fingerprint of the encoder in use. */
  get encoderId(): string {
    return this.encoder.id;
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

  /** Like `announce`, together with other items whose vectors are stored in the same moment. */
  announceSoon(itemKey: number): Promise<void> {
    this.gathering ??= this.gather();
    this.gathering.keys.add(itemKey);
    return this.gathering.done;
  }

  private gather(): Gathering {
    const keys = new Set<number>();
    const before = this.announcing;
    const done = (async () => {
      await pause(GATHER_MS);
      // The next gathering waits for this one, so that listeners never overlap.
      await before.catch(() => undefined);
      this.gathering = null;
      await this.announce([...keys]);
    })();
    this.announcing = done;
    return { keys, done };
  }

  private async remembered(
    kind: 'pictures' | 'texts',
    key: string,
    make: () => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const known = this.known[kind].get(key);
    if (known) return known.slice();
    if (this.pending[kind] >= MOST_WAITING[kind]) throw tooMany(kind);
    this.pending[kind]++;
    try {
      const vector = await stage(kind === 'texts' ? 'encode.text' : 'encode.picture', make);
      this.known[kind].set(key, vector);
      return vector.slice();
    } finally {
      this.pending[kind]--;
    }
  }
}

const tooMany = (kind: 'pictures' | 'texts'): Problem =>
  new Problem({
    code: 'VIT_OVERLOADED',
    status: 503,
    fault: 'shop',
    title: 'Too much at once',
    detail: `${MOST_WAITING[kind]} ${kind} of other calls wait for the encoder. Nothing was changed; the same call may be made again in a few seconds.`,
    retryAfterSeconds: 5,
  });

const first = (vectors: Float32Array[]): Float32Array => {
  const [vector] = vectors;
  if (!vector) throw new Error('the encoder answered without a vector');
  return vector;
};
