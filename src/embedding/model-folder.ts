import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { modelFault, reasonOf } from './model-fault.js';
import { type PicturePlan, picturePlanOf } from './picture-plan.js';

/** Precisions that `CLIP_DTYPE` may name, with the file suffix of each in the Hugging Face layout. */
export const DTYPE_SUFFIXES = {
  fp32: '',
  fp16: '_fp16',
  q8: '_quantized',
  int8: '_int8',
  uint8: '_uint8',
  q4: '_q4',
  q4f16: '_q4f16',
  bnb4: '_bnb4',
} as const;
export type Dtype = keyof typeof DTYPE_SUFFIXES;

/** What `auto` looks for, best first: small and quick before exact. The same on every device, so that all processes make the same vectors. */
export const AUTO_DTYPES: readonly Dtype[] = ['q8', 'fp16', 'fp32'];

export type Family = 'clip' | 'siglip';
export type Tower = 'text' | 'vision';

/** Everything that is known about a model before its weights are loaded. */
export interface ModelFacts {
  folder: string;
  name: string;
  family: Family;
  dtype: Record<Tower, Dtype>;
  /** Where the weights lie below the folder. */
  subfolder: '' | 'onnx';
  picture: PicturePlan;
  /** Tokens in a window of text, marks included. */
  textWindow: number;
  temperature: number;
  /** Whether a tower measures its activations as it runs, so that a vector would depend on its neighbours in a batch. */
  dynamic: Record<Tower, boolean>;
  fingerprint: string;
}

type Json = Record<string, unknown>;

/** The published checkpoints' learned temperatures: CLIP's scale is capped at 100, SigLIP base has 117.33. */
const FAMILY_TEMPERATURE: Record<Family, number> = { clip: 0.01, siglip: 1 / 117.33 };
/** ln(1/0.07): what every published CLIP configuration holds as the value training began with, whatever it ended at. */
const UNTRAINED_LOGIT_SCALE = 2.6592;

/**
 * Reads a model folder in the Hugging Face layout and checks everything a library would only stumble over later.
 * Cost: every byte of the weights is hashed once (about 1 s for 600 MB).
 *
 * @throws ModelFault `VIT_ENCODER_FILE` (missing), `VIT_ENCODER_CONFIG` (a key is missing or wrong; the message names it)
 */
export const readModelFolder = async (folder: string, wanted: Dtype | 'auto', name: string): Promise<ModelFacts> => {
  const config = await readJson(folder, 'config.json');
  const preprocessor = await readJson(folder, 'preprocessor_config.json');
  const tokenizer = await readJson(folder, 'tokenizer_config.json');
  await requireFile(folder, 'tokenizer.json');
  const family = familyOf(config, folder);
  const subfolder = existsSync(join(folder, 'onnx')) ? 'onnx' : '';
  const dtype = {
    text: chooseDtype(folder, subfolder, 'text', wanted),
    vision: chooseDtype(folder, subfolder, 'vision', wanted),
  };
  const weights = {
    text: join(folder, subfolder, weightsFile('text', dtype.text)),
    vision: join(folder, subfolder, weightsFile('vision', dtype.vision)),
  };
  const hash = createHash('sha256');
  for (const file of ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    hash.update(file).update(await readFile(join(folder, file)));
  }
  const dynamic = { text: false, vision: false };
  for (const tower of ['text', 'vision'] as const) {
    hash.update(`${tower} ${dtype[tower]}`);
    dynamic[tower] = await hashWeights(weights[tower], hash);
    if (existsSync(`${weights[tower]}_data`)) await hashWeights(`${weights[tower]}_data`, hash);
  }
  return {
    folder,
    name: basename(name) || name,
    family,
    dtype,
    subfolder,
    picture: picturePlanOf(preprocessor, family, folder),
    textWindow: textWindowOf(config, tokenizer, folder),
    temperature: temperatureOf(config, family),
    dynamic,
    fingerprint: `${basename(name)}-${hash.digest('hex').slice(0, 16)}`,
  };
};

/** Name of a tower's weights in one precision. */
export const weightsFile = (tower: Tower, dtype: Dtype): string => `${tower}_model${DTYPE_SUFFIXES[dtype]}.onnx`;

const readJson = async (folder: string, file: string): Promise<Json> => {
  await requireFile(folder, file);
  try {
    return JSON.parse(await readFile(join(folder, file), 'utf8')) as Json;
  } catch (error) {
    throw modelFault('CONFIG', `${join(folder, file)} is not JSON: ${reasonOf(error)}.`, error);
  }
};

const requireFile = async (folder: string, file: string): Promise<void> => {
  const found = await stat(join(folder, file)).catch(() => null);
  if (!found?.isFile()) {
    throw modelFault(
      'FILE',
      `${join(folder, file)} is missing; CLIP_MODEL wants a folder with config.json, preprocessor_config.json, tokenizer.json, tokenizer_config.json and onnx/.`,
    );
  }
};

const familyOf = (config: Json, folder: string): Family => {
  const type = config.model_type ?? 'clip';
  if (type === 'clip' || type === 'siglip') return type;
  throw modelFault(
    'CONFIG',
    `${join(folder, 'config.json')}: model_type is ${JSON.stringify(type)}; clip and siglip can be used.`,
  );
};

const chooseDtype = (folder: string, subfolder: string, tower: Tower, wanted: Dtype | 'auto'): Dtype => {
  const tried = wanted === 'auto' ? AUTO_DTYPES : [wanted];
  const found = tried.find((dtype) => existsSync(join(folder, subfolder, weightsFile(tower, dtype))));
  if (found) return found;
  const files = tried.map((dtype) => weightsFile(tower, dtype)).join(', ');
  throw modelFault('FILE', `${join(folder, subfolder)} holds none of ${files} (CLIP_DTYPE=${wanted}).`);
};

/** Feeds the file into the hash; true when it measures activations while it runs (dynamic quantisation). */
const hashWeights = async (path: string, hash: ReturnType<typeof createHash>): Promise<boolean> => {
  let dynamic = false;
  let tail = '';
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    if (!dynamic) {
      const text = tail + bytes.toString('latin1');
      dynamic = text.includes('DynamicQuantizeLinear');
      tail = text.slice(-32);
    }
  }
  return dynamic;
};

const textWindowOf = (config: Json, tokenizer: Json, folder: string): number => {
  if (typeof tokenizer.tokenizer_class !== 'string') {
    throw modelFault(
      'CONFIG',
      `${join(folder, 'tokenizer_config.json')}: tokenizer_class is missing, e.g. "CLIPTokenizer".`,
    );
  }
  const most = tokenizer.model_max_length;
  // Libraries write 1e30 where no limit was set.
  const declared = typeof most === 'number' && most >= 4 && most <= 8192 ? most : null;
  const positions = (config.text_config as Json | undefined)?.max_position_embeddings ?? config.max_position_embeddings;
  const placed = typeof positions === 'number' && positions >= 4 ? positions : null;
  const window = Math.min(declared ?? Number.POSITIVE_INFINITY, placed ?? Number.POSITIVE_INFINITY);
  if (Number.isFinite(window)) return window;
  throw modelFault(
    'CONFIG',
    `${join(folder, 'tokenizer_config.json')}: model_max_length is ${JSON.stringify(most)}; the number of tokens that fit is wanted, e.g. 77.`,
  );
};

/** A learned scale is kept as a logarithm (CLIP's is at most ln 100, SigLIP's about 4.8) or, beyond this, as the number itself. */
const MOST_LOG_SCALE = 8;

/** `temperature` as given; else from `logit_scale`; else what the family's published checkpoints learned. */
const temperatureOf = (config: Json, family: Family): number => {
  if (typeof config.temperature === 'number' && config.temperature > 0) return config.temperature;
  if (typeof config.logit_scale === 'number')
    return config.logit_scale > MOST_LOG_SCALE ? 1 / config.logit_scale : Math.exp(-config.logit_scale);
  const initial = config.logit_scale_init_value;
  if (typeof initial === 'number' && Math.abs(initial - UNTRAINED_LOGIT_SCALE) > 1e-3) return Math.exp(-initial);
  return FAMILY_TEMPERATURE[family];
};
