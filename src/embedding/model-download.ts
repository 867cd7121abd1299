import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Problem } from '../platform/http/problem.js';
import { packageRoot } from '../platform/package-root.js';
import { reasonOf } from './model-fault.js';
import { AUTO_DTYPES, type Dtype, type Tower, weightsFile } from './model-folder.js';

/** Where models that aren't a folder come from. */
export interface HubOptions {
  /** Folder that fetched models are kept in, one folder a model. */
  cacheDir: string;
  /** @default 'https://huggingface.co' */
  remoteHost?: string | undefined;
  /** Told about each file that is fetched. */
  onFetch?: (file: string, bytes: number | null) => void;
}

const CONFIGURATION = ['config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const HUB_ID = /^[\w-][\w.-]*\/[\w-][\w.-]*$/;

/**
 * The folder of a model: itself when `model` is a folder (looked for from here, then from where Vitrine is installed), else its copy
 * from the Hugging Face hub, fetched once. A copy that was broken off is completed.
 *
 * @throws Problem `VIT_ENCODER_FILE` (no such folder), `VIT_ENCODER_DOWNLOAD` (the hub can't be reached or lacks the file)
 */
export const modelFolderOf = async (model: string, dtype: Dtype | 'auto', options: HubOptions): Promise<string> => {
  const places = isAbsolute(model) ? [model] : [resolve(model), join(packageRoot, model)];
  const found = places.find((place) => existsSync(place));
  if (found) return found;
  if (!HUB_ID.test(model) || model.startsWith('models/')) {
    throw unusable(
      'FILE',
      `CLIP_MODEL is "${model}", and there is no such folder (looked at ${places.join(' and ')}).`,
    );
  }
  return fetched(model, dtype, options);
};

const fetched = async (model: string, dtype: Dtype | 'auto', options: HubOptions): Promise<string> => {
  const folder = join(options.cacheDir, ...model.split('/'));
  const hub = new Hub(model, folder, options);
  for (const file of CONFIGURATION) await hub.demand(file);
  for (const tower of ['text', 'vision'] as const) await fetchTower(hub, tower, dtype, model);
  return folder;
};

const fetchTower = async (hub: Hub, tower: Tower, dtype: Dtype | 'auto', model: string): Promise<void> => {
  const tried = (dtype === 'auto' ? AUTO_DTYPES : [dtype]).map((each) => `onnx/${weightsFile(tower, each)}`);
  for (const file of tried) {
    if (!(await hub.bring(file))) continue;
    // Weights over 2 GB lie in a file of their own beside the graph.
    await hub.bring(`${file}_data`);
    return;
  }
  throw unusable(
    'DOWNLOAD',
    `${model} on the hub holds none of ${tried.join(', ')}; a repository with ONNX weights is wanted, such as Xenova/clip-vit-base-patch32.`,
  );
};

/** One repository of the hub and its copy here. */
class Hub {
  constructor(
    private readonly model: string,
    private readonly folder: string,
    private readonly options: HubOptions,
  ) {}

  async demand(file: string): Promise<void> {
    if (await this.bring(file)) return;
    throw unusable(
      'DOWNLOAD',
      `${this.address(file)} does not exist; CLIP_MODEL=${this.model} wants a repository with ${CONFIGURATION.join(', ')} and onnx/.`,
    );
  }

  /** Makes sure that the file is here; false when the repository has none of that name (which is remembered). */
  async bring(file: string): Promise<boolean> {
    const path = join(this.folder, file);
    const absent = `${path}.absent`;
    if ((await stat(path).catch(() => null))?.isFile()) return true;
    if (existsSync(absent)) return false;
    const response = await this.ask(file);
    await mkdir(dirname(path), { recursive: true });
    if (response === null) {
      await writeFile(absent, '');
      return false;
    }
    await this.save(response, path, file);
    return true;
  }

  private async ask(file: string): Promise<Response | null> {
    let response: Response;
    try {
      response = await fetch(this.address(file), { redirect: 'follow' });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw unusable(
        'DOWNLOAD',
        `${this.address(file)} can't be reached (${reasonOf(cause)}). ${this.wayOut()}`,
        error,
      );
    }
    if (response.ok) return response;
    await response.body?.cancel();
    if (response.status === 404) return null;
    throw unusable('DOWNLOAD', `${this.address(file)} answered ${response.status}. ${this.wayOut()}`);
  }

  private async save(response: Response, path: string, file: string): Promise<void> {
    const length = Number(response.headers.get('content-length')) || null;
    this.options.onFetch?.(file, length);
    const part = `${path}.${randomBytes(4).toString('hex')}.part`;
    try {
      if (!response.body) throw new Error('the answer has no body');
      await pipeline(Readable.fromWeb(response.body as NodeReadableStream), createWriteStream(part));
      const { size } = await stat(part);
      // With a content encoding the length counts the bytes on the wire, not those of the file.
      if (length !== null && !response.headers.get('content-encoding') && size !== length)
        throw new Error(`${size} of ${length} bytes came`);
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw unusable('DOWNLOAD', `${this.address(file)} broke off (${reasonOf(error)}). ${this.wayOut()}`, error);
    }
  }

  private address(file: string): string {
    return `${(this.options.remoteHost ?? 'https://huggingface.co').replace(/\/$/, '')}/${this.model}/resolve/main/${file}`;
  }

  private wayOut(): string {
    return 'Start again when the network is back, copy the repository into a folder and name that in CLIP_MODEL, or leave CLIP_MODEL out to use the bundled model.';
  }
}

const unusable = (what: string, detail: string, cause?: unknown): Problem =>
  new Problem({
    code: `VIT_ENCODER_${what}`,
    status: 503,
    title: 'The encoder model cannot be used',
    detail,
    fault: 'shop',
    cause,
  });
