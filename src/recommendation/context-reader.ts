import { Inject, Injectable } from '@nestjs/common';
import { type LettersHit, LettersSearch, SafeDownloader } from '../catalog/catalog.api.js';
import { EmbeddingService, ENCODER, type Encoder } from '../embedding/embedding.api.js';
import type { FusionModel } from '../fusion/fusion.api.js';
import { Uploads } from '../interactions/interactions.api.js';
import { type Caller, invalidField, Problem } from '../platform/platform.api.js';
import { LiveCatalogue, type LiveItem } from '../retrieval/retrieval.api.js';
import { type Probe, pictureProbe, probeOf, textProbe } from './probe.js';
import type { Looks, PictureInput } from './recommendation.schema.js';
import type { Because } from './source.js';

const PICTURE_MAX_BYTES = 15 * 1024 * 1024;
const LETTERS = 200;
/** "No heels", "without stripes": a negative already says so, and the encoder would only hear a strange pair of heels. */
const NEGATION = /^\s*(no|not|without|nothing|kein\w*|nicht|ohne|pas de|sans|sin|senza|geen)\s+/i;

/** What is on the page, as questions to the catalogue. */
export interface Context {
  probes: Probe[];
  /** Keys of the items on the page, those whose pictures are looked at included. */
  keys: number[];
  warnings: string[];
}

/** Reads what a call looks at (or does not want) into questions. */
@Injectable()
export class ContextReader {
  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly embedding: EmbeddingService,
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly letters: LettersSearch,
    private readonly uploads: Uploads,
    private readonly downloader: SafeDownloader,
  ) {}

  /**
   * @param at where in the call it stands (`context`, `negatives`, empty for the top), for the paths of errors
   * @throws Problem 400 that names the field, for a picture that can't be had or read and for an unknown `imageId`
   */
  async read(looks: Partial<Looks> | undefined, at: 'context' | 'negatives' | '', caller: Caller): Promise<Context> {
    const context: Context = { probes: [], keys: [], warnings: [] };
    if (!looks) return context;
    const model = this.model();
    const negative = at === 'negatives';
    const keys = new Set<number>();
    const item = (id: string, path: string): LiveItem | undefined => {
      const found = this.catalogue.byId(id);
      if (found) keys.add(found.key);
      else context.warnings.push(`${path}: there is no item "${id}"; it was left out`);
      return found;
    };
    const prefix = at === '' ? '' : `${at}.`;
    looks.itemIds?.forEach((id, index) => {
      const found = item(id, `${prefix}itemIds.${index}`);
      const vector = found && this.catalogue.vector(found.key);
      if (vector) {
        context.probes.push(
          probeOf({ source: negative ? 'negatives' : 'context.item', because: { itemId: id }, fused: vector }),
        );
      }
    });
    const pictures = await Promise.all(
      (looks.images ?? []).map((picture, index) =>
        this.picture(picture, index, `${prefix}images.${index}`, caller, item, context),
      ),
    );
    for (const read of pictures) {
      if (!read) continue;
      const source = negative ? 'negatives' : 'context.image';
      context.probes.push(
        read.fused
          ? probeOf({ source, because: read.because, fused: read.fused })
          : pictureProbe(source, read.because, read.vector, model, read.whole),
      );
    }
    const text = looks.text?.trim();
    if (text) {
      const probe = await this.words(negative ? text.replace(NEGATION, '') : text, negative, model);
      if (probe) context.probes.push(probe);
      else context.warnings.push(`${prefix}text: "${text.slice(0, 60)}" has no letter to go by; it was left out`);
    }
    context.keys = [...keys];
    return context;
  }

  /** The model whose vectors memory holds, when it reads this encoder's; else null: bare pictures and words have no place in it. */
  private model(): FusionModel | null {
    const model = this.catalogue.fusionModel;
    return model && model.encoder === this.encoder.id ? model : null;
  }

  private async picture(
    picture: PictureInput,
    index: number,
    path: string,
    caller: Caller,
    item: (id: string, path: string) => LiveItem | undefined,
    context: Context,
  ): Promise<{ because: Because; vector: Float32Array; fused?: Float32Array; whole?: Float32Array } | null> {
    if (picture.itemId !== undefined) return this.itemPicture(picture.itemId, picture.index, path, item, context);
    if (picture.imageId !== undefined) {
      const upload = await this.uploads.get(picture.imageId, caller);
      if (!upload)
        throw invalidField(
          `${path}.imageId`,
          'there is no such upload, or it has expired',
          picture.imageId,
          'VIT_IMAGE_UNKNOWN',
        );
      return { because: { imageId: picture.imageId }, vector: upload.vector };
    }
    if (picture.url !== undefined) {
      const vector = await this.named(`${path}.url`, picture.url, async () =>
        this.embedding.embedPicture(await this.downloader.fetch(picture.url!, { maxBytes: PICTURE_MAX_BYTES })),
      );
      return { because: { url: picture.url }, vector };
    }
    const vector = await this.named(`${path}.data`, undefined, async () => {
      const bytes = bytesOf(picture.data!, `${path}.data`);
      return this.embedding.embedPicture(bytes);
    });
    return { because: { image: index }, vector };
  }

  private itemPicture(
    id: string,
    index: number | undefined,
    path: string,
    item: (id: string, path: string) => LiveItem | undefined,
    context: Context,
  ): { because: Because; vector: Float32Array; fused?: Float32Array; whole?: Float32Array } | null {
    const found = item(id, `${path}.itemId`);
    if (!found) return null;
    const wanted = this.catalogue.picture(found.key, (index ?? 0) + 1);
    const whole = this.catalogue.vector(found.key);
    if (wanted) return { because: { itemId: id, index: index ?? 0 }, vector: wanted, whole };
    const first = found.pictures[0];
    const other = first && this.catalogue.picture(found.key, first.ordinal);
    if (index !== undefined)
      context.warnings.push(
        `${path}: item "${id}" has no readable picture ${index}; ${other ? 'another one of it was taken' : 'it was left out'}`,
      );
    if (first && other) return { because: { itemId: id, index: first.ordinal - 1 }, vector: other, whole };
    return whole ? { because: { itemId: id }, vector: whole, fused: whole } : null;
  }

  private async words(text: string, negative: boolean, model: FusionModel | null): Promise<Probe | null> {
    const [vector, letters] = await Promise.all([
      this.embedded(text),
      negative ? ([] as LettersHit[]) : this.letters.find(text, LETTERS),
    ]);
    if (!vector && letters.length === 0) return null;
    return textProbe(negative ? 'negatives' : 'context.text', { text: text.slice(0, 200) }, vector, letters, model);
  }

  private async embedded(text: string): Promise<Float32Array | null> {
    try {
      return await this.embedding.embedText(text);
    } catch (error) {
      if (error instanceof Problem && error.code === 'VIT_TEXT_EMPTY') return null;
      throw error;
    }
  }

  /** Gives the fault of a picture the name of its field; what is Vitrine's own fault passes as it is. */
  private async named<T>(path: string, received: unknown, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem && error.status >= 500 && !error.code.startsWith('VIT_DOWNLOAD')) throw error;
      if (error instanceof Problem && error.errors?.some((each) => each.path.startsWith(path))) throw error;
      if (error instanceof Problem) throw invalidField(path, error.detail, received, error.code);
      if (error instanceof Error && error.name === 'DownloadFailed')
        throw invalidField(path, error.message, received, 'VIT_IMAGE_DOWNLOAD');
      throw error;
    }
  }
}

/** Bytes of base64 text, with or without a `data:` head and line breaks. @throws Problem 400 for anything else. */
const bytesOf = (text: string, path: string): Buffer => {
  const body = text.replace(/^data:[^,]{0,100};base64,/, '').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(body))
    throw invalidField(path, 'must be base64', `${text.slice(0, 40)}…`, 'VIT_IMAGE_UNREADABLE');
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length > PICTURE_MAX_BYTES)
    throw invalidField(
      path,
      `a picture has at most 15 MB, not ${bytes.length} bytes`,
      undefined,
      'VIT_IMAGE_TOO_LARGE',
    );
  return bytes;
};
