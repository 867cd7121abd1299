import { join } from 'node:path';
import {
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  type PreTrainedModel,
  type PreTrainedTokenizer,
  SiglipTextModel,
  SiglipVisionModel,
  Tensor,
} from '@huggingface/transformers';
import { fromHalf, toHalf } from './half-floats.js';
import { ModelFault, modelFault, reasonOf } from './model-fault.js';
import { type ModelFacts, type Tower, weightsFile } from './model-folder.js';
import { textWindows, windowWeights } from './text-windows.js';

/** Where and how a model runs. */
export interface RunPlan {
  device: 'cpu' | 'cuda' | 'webgpu';
  /** Threads of one inference. */
  threads: number;
}

/** Most windows of text in one run of the network. */
const MOST_TEXTS = 16;
/** Most pictures in one run: on a processor, what a few of them need stays in its cache (4 to 8 % less time than eight at once). */
const MOST_PICTURES = { cpu: 4, cuda: 16, webgpu: 16 } as const;

/**
 * The two towers of a CLIP or SigLIP model, loaded into the thread that calls this. Everything here blocks that thread while the network
 * runs, so it is used inside a worker only.
 */
export class ClipTowers {
  private constructor(
    readonly facts: ModelFacts,
    private readonly tokenizer: PreTrainedTokenizer,
    private readonly models: Record<Tower, PreTrainedModel>,
    private readonly marks: RegExp,
    private readonly device: RunPlan['device'],
  ) {}

  /** @throws ModelFault `VIT_ENCODER_WEIGHTS` (not readable as ONNX), `VIT_ENCODER_TOKENIZER`, `VIT_ENCODER_DEVICE` */
  static async load(facts: ModelFacts, plan: RunPlan): Promise<ClipTowers> {
    // Everything lies in the folder by now; nothing is to be fetched behind our back.
    env.allowRemoteModels = false;
    env.allowLocalModels = true;
    const tokenizer = await loadTokenizer(facts);
    const [text, vision] = facts.family === 'clip' ? CLIP_CLASSES : SIGLIP_CLASSES;
    const models = {
      text: await loadTower(text, 'text', facts, plan),
      vision: await loadTower(vision, 'vision', facts, plan),
    };
    return new ClipTowers(facts, tokenizer, models, marksOf(tokenizer), plan.device);
  }

  /**
   * Vectors of `count` pictures that are numbers already, `pixels` being `Float32Array(count × 3 × height × width)`.
   * A vector does not depend on its neighbours: a network that measures its activations as it runs gets one picture at a time.
   */
  async pictures(pixels: Float32Array, count: number): Promise<Float32Array[]> {
    const { width, height } = this.facts.picture;
    const step = this.facts.dynamic.vision ? 1 : MOST_PICTURES[this.device];
    const half = inputType(this.models.vision, 'pixel_values') === 'float16';
    const each = 3 * height * width;
    const vectors: Float32Array[] = [];
    for (let at = 0; at < count; at += step) {
      const rows = Math.min(step, count - at);
      const some = pixels.subarray(at * each, (at + rows) * each);
      const tensor = new Tensor(half ? 'float16' : 'float32', half ? toHalf(some) : some, [rows, 3, height, width]);
      vectors.push(...unitRows(await this.run('vision', { pixel_values: tensor }), rows, 'vision'));
    }
    return vectors;
  }

  /** Vectors of texts of any length: windows at sentences, pooled with weights 1, ½, ¼, … */
  async texts(texts: readonly string[]): Promise<Float32Array[]> {
    const windows = texts.map((text) => this.windowsOf(text));
    const vectors = await this.windows(windows.flat());
    let at = 0;
    return windows.map((own) => {
      const parts = vectors.slice(at, at + own.length);
      at += own.length;
      return parts.length === 1 ? parts[0]! : weightedUnit(parts, windowWeights(parts.length));
    });
  }

  async dispose(): Promise<void> {
    await Promise.all([this.models.text.dispose(), this.models.vision.dispose()]);
  }

  private windowsOf(text: string): string[] {
    // A model's marks inside a review would end its sentence for the model.
    const clean = text.replace(this.marks, ' ').replace(/\s+/gu, ' ').trim();
    if (clean === '') {
      throw new ModelFault({
        code: 'VIT_TEXT_EMPTY',
        status: 400,
        title: 'The text is empty',
        detail: `"${text.slice(0, 40)}" holds no words.`,
      });
    }
    const marks = this.ids('').length;
    return textWindows(clean, this.facts.textWindow - marks, { count: (piece) => this.ids(piece).length - marks });
  }

  /** One vector a window. Windows of equal length run together, so that nothing is padded and no vector depends on its neighbours. */
  private async windows(windows: readonly string[]): Promise<Float32Array[]> {
    const vectors = new Array<Float32Array>(windows.length);
    const byLength = new Map<number, { at: number; ids: number[] }[]>();
    windows.forEach((window, at) => {
      const ids = this.fitted(this.ids(window));
      const group = byLength.get(ids.length);
      if (group) group.push({ at, ids });
      else byLength.set(ids.length, [{ at, ids }]);
    });
    const step = this.facts.dynamic.text ? 1 : MOST_TEXTS;
    for (const [length, group] of byLength) {
      for (let from = 0; from < group.length; from += step) {
        const some = group.slice(from, from + step);
        const rows = unitRows(
          await this.run(
            'text',
            this.textInputs(
              some.map(({ ids }) => ids),
              length,
            ),
          ),
          some.length,
          'text',
        );
        some.forEach(({ at }, row) => {
          vectors[at] = rows[row]!;
        });
      }
    }
    return vectors;
  }

  private ids(text: string): number[] {
    return this.tokenizer.encode(text, { add_special_tokens: true });
  }

  /** Never longer than the window, and always with its end mark: towers that pool at the end mark read a wrong place without it. */
  private fitted(ids: number[]): number[] {
    const window = this.facts.textWindow;
    const cut = ids.length <= window ? ids : [...ids.slice(0, window - 1), ids[ids.length - 1]!];
    if (this.facts.family !== 'siglip') return cut;
    // SigLIP was trained on rows of full length only.
    const padding = this.tokenizer.pad_token_id ?? 0;
    return [...cut, ...new Array<number>(window - cut.length).fill(padding)];
  }

  private textInputs(rows: readonly number[][], length: number): Record<string, Tensor> {
    const ids = BigInt64Array.from(rows.flat(), (id) => BigInt(id));
    const dims = [rows.length, length];
    return {
      input_ids: new Tensor('int64', ids, dims),
      attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), dims),
    };
  }

  private async run(tower: Tower, inputs: Record<string, Tensor>): Promise<Tensor> {
    const outputs = (await this.models[tower](inputs)) as Record<string, Tensor>;
    const name = OUTPUTS[tower].find((candidate) => outputs[candidate] !== undefined);
    if (name) return outputs[name]!;
    throw modelFault(
      'OUTPUT',
      `The ${tower} tower answers ${Object.keys(outputs).join(', ')}; one of ${OUTPUTS[tower].join(', ')} is wanted.`,
    );
  }
}

const OUTPUTS: Record<Tower, readonly string[]> = {
  text: ['text_embeds', 'pooler_output'],
  vision: ['image_embeds', 'pooler_output'],
};
const CLIP_CLASSES = [CLIPTextModelWithProjection, CLIPVisionModelWithProjection] as const;
const SIGLIP_CLASSES = [SiglipTextModel, SiglipVisionModel] as const;

const loadTokenizer = async (facts: ModelFacts): Promise<PreTrainedTokenizer> => {
  try {
    return await AutoTokenizer.from_pretrained(facts.folder, { local_files_only: true });
  } catch (error) {
    throw modelFault('TOKENIZER', `The tokeniser in ${facts.folder} can't be read: ${reasonOf(error)}.`, error);
  }
};

/** What a machine needs for a device, as the rest of a sentence. */
const WANTS = {
  cuda: "it wants an NVIDIA card with driver, CUDA 12, cuDNN 9 and the runtime's own files: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node.",
  webgpu: 'it wants a card with a Vulkan, Metal or Direct3D 12 driver.',
} as const;

type TowerClass = (typeof CLIP_CLASSES)[number] | (typeof SIGLIP_CLASSES)[number];

const loadTower = async (
  type: TowerClass,
  tower: Tower,
  facts: ModelFacts,
  plan: RunPlan,
): Promise<PreTrainedModel> => {
  const dtype = facts.dtype[tower];
  try {
    return (await type.from_pretrained(facts.folder, {
      dtype,
      device: plan.device,
      subfolder: facts.subfolder,
      local_files_only: true,
      session_options: {
        intraOpNumThreads: plan.threads,
        interOpNumThreads: 1,
        // Threads that wait by spinning would take the processor from the thread that answers HTTP.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      },
    })) as PreTrainedModel;
  } catch (error) {
    const file = join(facts.folder, facts.subfolder, weightsFile(tower, dtype));
    if (plan.device !== 'cpu')
      throw modelFault('DEVICE', `${plan.device} can't run ${file} (${reasonOf(error)}); ${WANTS[plan.device]}`, error);
    throw modelFault(
      'WEIGHTS',
      `${file} can't be read as an ONNX model: ${reasonOf(error)}. Fetch the file again, or point CLIP_MODEL elsewhere.`,
      error,
    );
  }
};

/** Everything in a text that the tokeniser would take for one of its own marks. */
const marksOf = (tokenizer: PreTrainedTokenizer): RegExp => {
  const own = tokenizer.all_special_tokens
    .filter((mark) => mark.length > 1)
    .map((mark) => mark.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp([...own, '<\\|[^|<>]{0,64}\\|>'].join('|'), 'giu');
};

/** Element type a tower wants for an input, where the runtime tells. */
const inputType = (model: PreTrainedModel, name: string): string | null => {
  const session = (model.sessions as Record<string, { inputMetadata?: readonly { name: string; type?: string }[] }>)
    .model;
  return session?.inputMetadata?.find((input) => input.name === name)?.type ?? null;
};

/** Rows of a `[rows, d]` tensor, each brought to length 1. */
const unitRows = (tensor: Tensor, rows: number, tower: Tower): Float32Array[] => {
  const [count, dimension] = tensor.dims;
  if (tensor.dims.length !== 2 || count !== rows || !dimension) {
    throw modelFault(
      'OUTPUT',
      `The ${tower} tower answered [${tensor.dims.join(', ')}]; [${rows}, dimension] is wanted.`,
    );
  }
  const data = tensor.type === 'float16' ? fromHalf(tensor.data as ArrayLike<number>) : (tensor.data as Float32Array);
  return Array.from({ length: rows }, (_, row) => unit(data.subarray(row * dimension, (row + 1) * dimension), tower));
};

const unit = (row: Float32Array, tower: Tower): Float32Array => {
  let square = 0;
  for (const part of row) square += part * part;
  const length = Math.sqrt(square);
  if (!Number.isFinite(length) || length < 1e-12) {
    throw modelFault(
      'OUTPUT',
      `The ${tower} tower answered a vector of length ${length}; finite numbers that are not all 0 are wanted.`,
    );
  }
  return row.map((part) => part / length);
};

const weightedUnit = (parts: readonly Float32Array[], weights: readonly number[]): Float32Array => {
  const sum = new Float32Array(parts[0]!.length);
  parts.forEach((part, k) => {
    for (let d = 0; d < sum.length; d++) sum[d]! += part[d]! * weights[k]!;
  });
  return unit(sum, 'text');
};
