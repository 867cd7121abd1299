import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { EncodeOptions, Encoder, EncoderAbout } from './encoder.port.js';
import { EncoderLane, type LanePlan } from './encoder-lane.js';
import type { EncoderReady, EncoderThreadsData } from './encoder-threads.js';
import { type HubOptions, modelFolderOf } from './model-download.js';
import type { Dtype } from './model-folder.js';

export interface TransformersEncoderOptions extends HubOptions {
  /** `CLIP_MODEL`: local folder or Hugging Face id. */
  model: string;
  /** @default 'auto' */
  dtype?: Dtype | 'auto';
  /** @default 'auto' */
  device?: 'auto' | 'cpu' | 'cuda' | 'webgpu';
  /**
   * Which of the two threads loads the model at once; the other does when it is first asked.
   * @default 'urgent'
   */
  first?: 'urgent' | 'backfill';
  /** Most bytes and pixels of a picture. */
  limits: { maxBytes: number; maxPixels: number };
  /**
   * Threads of one inference in the backfill.
   * @default processors − 1, at least 1
   */
  threads?: number;
}

const URGENT: LanePlan = { windowMs: 2, mostPictures: 8, mostTexts: 16, ahead: 2 };
const BACKFILL: LanePlan = { windowMs: 8, mostPictures: 8, mostTexts: 32, ahead: 3 };

/**
 * CLIP and SigLIP models of the Hugging Face layout on ONNX Runtime, through @huggingface/transformers.
 *
 * Two threads, each with the model in its memory: one for visitors who wait, one for the backfill, so that neither a batch nor the
 * process's own loop stands in a visitor's way.
 */
export class TransformersEncoder implements Encoder {
  readonly id: string;
  readonly name: string;
  readonly dimension: number;
  readonly temperature: number;
  readonly about: EncoderAbout;

  private constructor(
    private readonly lanes: Record<'urgent' | 'backfill', EncoderLane>,
    model: string,
    ready: EncoderReady,
  ) {
    const { facts } = ready;
    this.id = facts.fingerprint;
    this.name = facts.name;
    this.dimension = ready.dimension;
    this.temperature = facts.temperature;
    this.about = {
      model,
      family: facts.family,
      dtype: facts.dtype,
      device: ready.device,
      deviceNote: ready.deviceNote,
      picture: { width: facts.picture.width, height: facts.picture.height },
      textWindow: facts.textWindow,
    };
  }

  /**
   * Finds the model (fetching it from the hub where it isn't a folder), loads it and tries both towers once.
   * @throws Problem `VIT_ENCODER_FILE`, `VIT_ENCODER_CONFIG`, `VIT_ENCODER_WEIGHTS`, `VIT_ENCODER_TOKENIZER`, `VIT_ENCODER_DOWNLOAD`
   */
  static async open(options: TransformersEncoderOptions): Promise<TransformersEncoder> {
    const folder = await modelFolderOf(options.model, options.dtype ?? 'auto', options);
    const processors = availableParallelism();
    const threads = options.threads ?? Math.max(1, processors - 1);
    const device = chosenDevice(options.device ?? 'auto');
    const data = (most: number): EncoderThreadsData => ({
      folder,
      name: options.model,
      dtype: options.dtype ?? 'auto',
      plan: { device, threads: Math.min(most, threads) },
      limits: options.limits,
      // The shared pool has four threads; two stay free for files and name look-ups.
      decoders: Math.min(2, processors),
    });
    const lanes = { urgent: new EncoderLane(data(4), URGENT), backfill: new EncoderLane(data(threads), BACKFILL) };
    return new TransformersEncoder(lanes, options.model, await lanes[options.first ?? 'urgent'].start());
  }

  async images(pictures: readonly Buffer[], options?: EncodeOptions): Promise<Float32Array[]> {
    return (await this.imagesSettled(pictures, options)).map(orThrow);
  }

  async imagesSettled(pictures: readonly Buffer[], options?: EncodeOptions): Promise<(Float32Array | Error)[]> {
    return this.laneOf(options).ask('images', pictures);
  }

  async texts(texts: readonly string[], options?: EncodeOptions): Promise<Float32Array[]> {
    return (await this.laneOf(options).ask('texts', texts)).map(orThrow);
  }

  async close(): Promise<void> {
    await Promise.all([this.lanes.urgent.close(), this.lanes.backfill.close()]);
  }

  private laneOf(options: EncodeOptions | undefined): EncoderLane {
    return this.lanes[options?.urgent ? 'urgent' : 'backfill'];
  }
}

const orThrow = (answer: Float32Array | Error): Float32Array => {
  if (answer instanceof Error) throw answer;
  return answer;
};

/** `auto` is an NVIDIA card where the machine has one, else the processor; whether the card can really be used is tried when loading. */
const chosenDevice = (wanted: 'auto' | 'cpu' | 'cuda' | 'webgpu'): 'cpu' | 'cuda' | 'webgpu' => {
  if (wanted !== 'auto') return wanted;
  return process.platform === 'linux' && existsSync('/dev/nvidiactl') ? 'cuda' : 'cpu';
};
