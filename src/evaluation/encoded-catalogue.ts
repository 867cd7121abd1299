import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  configuredEncoder,
  type Encoder,
  honestReviews,
  pooledPictures,
  pooledReviews,
  pooledText,
} from '../embedding/embedding.api.js';
import type { TrainingModality } from '../maths/maths.api.js';
import { loadSettings } from '../platform/platform.api.js';
import { readNdjsonRows } from './data-files.js';

interface CatalogueLine {
  id: string;
  title: string;
  description?: string;
  categories?: string[];
  images?: { file?: string; data?: string }[];
}
interface ReviewLine {
  itemId: string;
  text: string;
  title?: string;
  author?: string;
  helpful?: number;
  createdAt?: string;
}

/** A catalogue as the encoder sees it: pooled vectors by modality, as the shop would store them. */
export interface EncodedCatalogue {
  readonly ids: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  readonly categories: readonly (string | undefined)[];
  readonly modalities: readonly TrainingModality[];
  readonly encoder: Encoder;
}

/** Opens the configured encoder for a judgement. */
export const openEncoder = (): Promise<Encoder> => {
  const { settings } = loadSettings();
  return configuredEncoder(settings, { cacheDir: join(tmpdir(), 'vitrine-models'), first: 'backfill' });
};

/** Reads `catalog.ndjson` and, where there is one, `catalog-reviews.ndjson`; encodes pictures, words and reviews. Pictures that can't be read are left out. */
export async function encodeCatalogue(directory: string, progress?: (line: string) => void): Promise<EncodedCatalogue> {
  const items = readNdjsonRows<CatalogueLine>(join(directory, 'catalog.ndjson'));
  const reviewsFile = join(directory, 'catalog-reviews.ndjson');
  const reviews = existsSync(reviewsFile) ? readNdjsonRows<ReviewLine>(reviewsFile) : [];
  const encoder = await openEncoder();
  const numbers = new Map(items.map((item, k) => [item.id, k]));
  const byItem: ReviewLine[][] = items.map(() => []);
  for (const review of reviews) byItem[numbers.get(review.itemId) ?? -1]?.push(review);
  const width = encoder.dimension;
  const tables = new Map(
    ['image', 'text', 'review'].map((name) => [
      name,
      { name, width, vectors: new Float32Array(items.length * width), present: new Uint8Array(items.length) },
    ]),
  );
  const put = (name: string, k: number, vector: Float32Array | null): void => {
    if (!vector) return;
    tables.get(name)!.vectors.set(vector, k * width);
    tables.get(name)!.present[k] = 1;
  };
  for (const [k, item] of items.entries()) {
    if (k % 50 === 0) progress?.(`encoding item ${k} of ${items.length}`);
    const pictures = (item.images ?? []).flatMap((image) =>
      image.file && existsSync(join(directory, image.file))
        ? [readFileSync(join(directory, image.file))]
        : image.data
          ? [Buffer.from(image.data, 'base64')]
          : [],
    );
    const seen = (await encoder.imagesSettled(pictures)).filter((v): v is Float32Array => v instanceof Float32Array);
    put('image', k, pooledPictures(seen));
    const words = await encoder.texts([item.title, ...(item.description ? [item.description] : [])]);
    const text = pooledText(words[0]!, words[1] ?? null);
    put('text', k, text);
    const honest = honestReviews(
      byItem[k]!.map((r) => ({
        text: [r.title, r.text].filter(Boolean).join('. '),
        author: r.author ?? null,
        helpful: r.helpful ?? null,
        createdAt: r.createdAt ? new Date(r.createdAt) : null,
      })),
    );
    const vectors = honest.length > 0 ? await encoder.texts(honest.map((r) => r.text)) : [];
    put(
      'review',
      k,
      pooledReviews(
        honest.map((r, n) => ({ ...r, vector: vectors[n]! })),
        text,
      ),
    );
  }
  return {
    ids: items.map((i) => i.id),
    numbers,
    categories: items.map((i) => i.categories?.[0]),
    modalities: [...tables.values()].filter((t) => t.present.some((p) => p === 1)),
    encoder,
  };
}
