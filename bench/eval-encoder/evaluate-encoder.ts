import { basename, join } from 'node:path';
import { DTYPE_SUFFIXES, type Dtype } from '../../src/embedding/model-folder.js';
import { TransformersEncoder } from '../../src/embedding/transformers-encoder.js';
import { Eyes } from './eyes.js';
import type { Measure } from './judge.js';
import { measureClothing, measureGrocery, measureRooms, measureTitled } from './measure-sets.js';
import { measureLanguages, measureMagento, measureShop } from './measure-shops.js';

export interface EvaluateOptions {
  data: string;
  model: string;
  dtype: string;
  split: 'train' | 'val' | 'test';
  /** Sets to measure. @default all that are there */
  only?: string[] | undefined;
  cacheDir: string;
  /** Measures the demo shop's titles in other languages too. */
  languages?: boolean;
  /** Mirror of the Hugging Face hub. @default the hub itself */
  hubEndpoint?: string | undefined;
  say: (line: string) => void;
}

export interface EncoderReport {
  model: string;
  split: string;
  sets: Record<string, Record<string, Measure>>;
  /** The demo shop's titles by language; only when asked for. */
  languages?: Record<string, Record<string, Measure>>;
  /** A sentence for each set that could not be measured. */
  leftOut: string[];
}

/**
 * Measures an encoder through the product's own pipeline (decode, resize, infer, normalise). A set whose files are not in `data` is
 * skipped with a sentence. Cost: every picture of the sets is embedded once, about 40 a second on two processors for the bundled model.
 * @throws Problem when the model can't be loaded; Error when nothing could be measured or a set is damaged
 */
export const evaluateEncoder = async (options: EvaluateOptions): Promise<EncoderReport> => {
  const { data, split, only, say } = options;
  if (options.dtype !== 'auto' && !(options.dtype in DTYPE_SUFFIXES)) {
    throw new Error(`--dtype ${options.dtype}: auto or one of ${Object.keys(DTYPE_SUFFIXES).join(', ')}`);
  }
  const encoder = await TransformersEncoder.open({
    model: options.model,
    dtype: options.dtype as Dtype | 'auto',
    first: 'backfill',
    cacheDir: join(options.cacheDir, 'models'),
    remoteHost: options.hubEndpoint,
    limits: { maxBytes: 15 * 2 ** 20, maxPixels: 40e6 },
  });
  const eyes = new Eyes(encoder, say);
  const measures: Record<string, () => Promise<Record<string, Measure> | string>> = {
    fashion: () => measureTitled(eyes, join(data, 'fashion'), split, 'article_type'),
    general: () => measureTitled(eyes, join(data, 'general'), split, 'concept'),
    clothing: () => measureClothing(eyes, join(data, 'clothing'), split),
    grocery: () => measureGrocery(eyes, join(data, 'grocery'), split),
    rooms: () => measureRooms(eyes, join(data, 'general'), split),
    magento: () => measureMagento(eyes, join(data, 'magento')),
    shop: () => measureShop(eyes, join(options.cacheDir, 'demo')),
  };
  const unknown = only?.find((set) => !(set in measures));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: one or more of ${Object.keys(measures).join(', ')}`);
  const report: EncoderReport = { model: basename(options.model), split, sets: {}, leftOut: [] };
  try {
    for (const [set, measure] of Object.entries(measures)) {
      if (only && !only.includes(set)) continue;
      const measured = await measure();
      if (typeof measured === 'string') report.leftOut.push(`${set}: ${measured}`);
      else report.sets[set] = measured;
    }
    if (options.languages) {
      const measured = await measureLanguages(eyes, join(options.cacheDir, 'demo'));
      if (typeof measured === 'string') report.leftOut.push(`languages: ${measured}`);
      else report.languages = measured;
    }
  } finally {
    await encoder.close();
  }
  if (Object.keys(report.sets).length === 0)
    throw new Error(`nothing could be measured in ${data}: ${report.leftOut.join('; ')}`);
  return report;
};
