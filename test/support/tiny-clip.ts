import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FLOAT, type Graph, INT64, type Operation, writeOnnx } from './onnx-writer.js';

export interface TinyClipOptions {
  family?: 'clip' | 'siglip';
  /** Suffix of the weight files, e.g. `_fp16` (the numbers inside stay full precision). */
  suffix?: string;
  seed?: number;
  /** Merged into `preprocessor_config.json`; a key set to `undefined` is left out. */
  preprocessor?: Record<string, unknown>;
  /** Merged into `tokenizer_config.json`. */
  tokenizerConfig?: Record<string, unknown>;
  /** Merged into `config.json`. */
  config?: Record<string, unknown>;
}

const HIDDEN = 32;
export const TINY_DIMENSION = 24;
export const TINY_SIDE = 32;
export const TINY_WINDOW = 16;

/** Numbers from −1 to 1, the same for the same seed (mulberry32). */
const random = (seed: number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
};

/**
 * Writes a tiny random model in the Hugging Face folder layout: byte-level BPE tokeniser, a text tower that pools at the end mark as
 * CLIP does (at the last place as SigLIP does), and a convolutional vision tower. About 150 kB.
 */
export const writeTinyClip = async (folder: string, options: TinyClipOptions = {}): Promise<string> => {
  const { family = 'clip', suffix = '', seed = 7 } = options;
  await mkdir(join(folder, 'onnx'), { recursive: true });
  const json = (name: string, value: unknown) => writeFile(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
  const next = random(seed);
  const { vocabulary, tokenizer, pad, end } = tinyTokenizer(family);
  await json('config.json', {
    model_type: family,
    text_config: { max_position_embeddings: TINY_WINDOW },
    ...options.config,
  });
  await json('preprocessor_config.json', { ...preprocessing(family), ...options.preprocessor });
  await json('tokenizer.json', tokenizer);
  await json('tokenizer_config.json', {
    tokenizer_class: family === 'clip' ? 'CLIPTokenizer' : 'PreTrainedTokenizerFast',
    model_max_length: TINY_WINDOW,
    pad_token: pad,
    eos_token: end,
    ...options.tokenizerConfig,
  });
  await writeFile(join(folder, 'onnx', `text_model${suffix}.onnx`), writeOnnx(textTower(vocabulary, family, next)));
  await writeFile(join(folder, 'onnx', `vision_model${suffix}.onnx`), writeOnnx(visionTower(family, next)));
  return folder;
};

const preprocessing = (family: 'clip' | 'siglip'): Record<string, unknown> =>
  family === 'clip'
    ? {
        do_resize: true,
        size: { shortest_edge: TINY_SIDE },
        resample: 3,
        do_center_crop: true,
        crop_size: { height: TINY_SIDE, width: TINY_SIDE },
        do_normalize: true,
        image_mean: [0.48145466, 0.4578275, 0.40821073],
        image_std: [0.26862954, 0.26130258, 0.27577711],
      }
    : {
        do_resize: true,
        size: { height: TINY_SIDE, width: TINY_SIDE },
        resample: 3,
        do_rescale: true,
        rescale_factor: 1 / 255,
        do_normalize: true,
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
      };

/** GPT-2's table of printable stand-ins for bytes. */
const byteLetters = (): string[] => {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : spare++));
};

const tinyTokenizer = (family: 'clip' | 'siglip') => {
  const letters = byteLetters();
  const merges = ['r e', 're d</w>', 'b l', 'c h', 't h', 'th e</w>', 'a n', 'an d</w>'];
  const start = '<|startoftext|>';
  const end = family === 'clip' ? '<|endoftext|>' : '</s>';
  const words = [
    ...letters,
    ...letters.map((letter) => `${letter}</w>`),
    ...merges.map((merge) => merge.replace(' ', '')),
    start,
    end,
  ];
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const special = (content: string) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const marks = [start, end].map(special);
  const tokenizer = {
    version: '1.0',
    added_tokens: marks,
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor:
      family === 'clip'
        ? {
            type: 'RobertaProcessing',
            sep: [end, vocab[end]],
            cls: [start, vocab[start]],
            trim_offsets: false,
            add_prefix_space: false,
          }
        : {
            type: 'TemplateProcessing',
            single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: end, type_id: 0 } }],
            pair: [],
            special_tokens: { [end]: { id: end, ids: [vocab[end]], tokens: [end] } },
          },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      unk_token: end,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  };
  return { vocabulary: words.length, tokenizer, pad: end, end };
};

class Builder {
  readonly constants: Graph['constants'][number][] = [];
  readonly operations: Operation[] = [];
  constructor(private readonly next: () => number) {}

  weights(name: string, dims: readonly number[], size: number): string {
    const count = dims.reduce((all, dim) => all * dim, 1);
    this.constants.push({ name, dims, data: Float32Array.from({ length: count }, () => this.next() * size) });
    return name;
  }

  whole(name: string, values: readonly number[], scalar = false): string {
    this.constants.push({ name, dims: scalar ? [] : [values.length], data: BigInt64Array.from(values, BigInt) });
    return name;
  }

  add(type: string, inputs: readonly string[], output: string, attributes?: Operation['attributes']): string {
    this.operations.push({ type, inputs, outputs: [output], attributes });
    return output;
  }
}

/** Embedding and places, one mixing of neighbours by attention, a feed-forward layer, then the vector at the end mark. */
const textTower = (vocabulary: number, family: 'clip' | 'siglip', next: () => number): Graph => {
  const b = new Builder(next);
  const words = b.add('Gather', [b.weights('words', [vocabulary, HIDDEN], 1), 'input_ids'], 'embedded', { axis: 0 });
  b.add('Shape', ['input_ids'], 'shape');
  b.add('Gather', ['shape', b.whole('one', [1], true)], 'length', { axis: 0 });
  b.add('Range', [b.whole('zero', [0], true), 'length', 'one'], 'places');
  b.add('Gather', [b.weights('positions', [TINY_WINDOW, HIDDEN], 0.5), 'places'], 'placed', { axis: 0 });
  const x = b.add('Add', [words, 'placed'], 'x');
  const q = b.add('MatMul', [x, b.weights('wq', [HIDDEN, HIDDEN], 0.3)], 'q');
  const k = b.add('Transpose', [b.add('MatMul', [x, b.weights('wk', [HIDDEN, HIDDEN], 0.3)], 'k')], 'kt', {
    perm: [0, 2, 1],
  });
  const look = b.add('Softmax', [b.add('MatMul', [q, k], 'scores')], 'look', { axis: -1 });
  const mixed = b.add('Add', [x, b.add('MatMul', [look, x], 'seen')], 'mixed');
  const raised = b.add('Tanh', [b.add('MatMul', [mixed, b.weights('up', [HIDDEN, HIDDEN], 0.4)], 'up_out')], 'raised');
  const out = b.add('Add', [mixed, raised], 'out');
  let pooled: string;
  if (family === 'clip') {
    // The end mark has the highest id, so the first highest place is where the sentence ends.
    const at = b.add('ArgMax', ['input_ids'], 'at', { axis: 1, keepdims: 1 });
    const index = b.add('Unsqueeze', [at, b.whole('last_axis', [2])], 'at3');
    const wide = b.add(
      'Expand',
      [index, b.add('Concat', [b.add('Shape', [at], 'at_shape'), b.whole('hidden', [HIDDEN])], 'wide', { axis: 0 })],
      'index',
    );
    pooled = b.add(
      'Squeeze',
      [b.add('GatherElements', [out, wide], 'picked', { axis: 1 }), b.whole('axis1', [1])],
      'pooled',
    );
  } else {
    pooled = b.add('Gather', [out, b.whole('last', [TINY_WINDOW - 1], true)], 'pooled', { axis: 1 });
  }
  const name = family === 'clip' ? 'text_embeds' : 'pooler_output';
  b.add('MatMul', [pooled, b.weights('project', [HIDDEN, TINY_DIMENSION], 0.3)], name);
  return {
    inputs: [{ name: 'input_ids', type: INT64, dims: ['batch', 'sequence'] }],
    outputs: [{ name, type: FLOAT, dims: ['batch', TINY_DIMENSION] }],
    constants: b.constants,
    operations: b.operations,
  };
};

/** Two convolutions with stride, mean over places, projection. */
const visionTower = (family: 'clip' | 'siglip', next: () => number): Graph => {
  const b = new Builder(next);
  const first = b.add('Conv', ['pixel_values', b.weights('c1', [12, 3, 4, 4], 0.3)], 'a', {
    kernel_shape: [4, 4],
    strides: [4, 4],
  });
  const second = b.add('Conv', [b.add('Tanh', [first], 'ta'), b.weights('c2', [HIDDEN, 12, 2, 2], 0.4)], 'c', {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  const flat = b.add('Flatten', [b.add('GlobalAveragePool', [b.add('Tanh', [second], 'tc')], 'mean')], 'flat', {
    axis: 1,
  });
  const name = family === 'clip' ? 'image_embeds' : 'pooler_output';
  b.add('MatMul', [flat, b.weights('project', [HIDDEN, TINY_DIMENSION], 0.5)], name);
  return {
    inputs: [{ name: 'pixel_values', type: FLOAT, dims: ['batch', 3, TINY_SIDE, TINY_SIDE] }],
    outputs: [{ name, type: FLOAT, dims: ['batch', TINY_DIMENSION] }],
    constants: b.constants,
    operations: b.operations,
  };
};
