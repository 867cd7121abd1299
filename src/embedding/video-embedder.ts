import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DownloadFailed, SafeDownloader } from '../catalog/catalog.api.js';
import { LOGGER, type Logger, OUTBOX, type Outbox, Problem } from '../platform/platform.api.js';
import { captionOffset } from './caption-offset.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import type { StoredVector } from './modality-vectors.js';
import { hashOf, weightedMean } from './pooling.js';
import { type ClipView, viewClip } from './video-frames.js';
import { type Cue, parseWebVtt } from './webvtt.js';

/** A clip as the catalogue keeps it: `captions` is an address or the WebVTT text itself. */
export interface Video {
  url: string;
  captions?: string;
}

const MOST_CLIP_BYTES = 200 * 1024 * 1024;
const MOST_CAPTION_BYTES = 2 * 1024 * 1024;
const CLIP_TIMEOUT_MS = 5 * 60_000;
const FRAMES_AT_ONCE = 16;

/** Turns a clip into segments, each one scene's pictures and words together. What goes wrong stands under the item's problems. */
@Injectable()
export class VideoEmbedder {
  constructor(
    @Inject(ENCODER) private readonly encoder: Encoder,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly downloader: SafeDownloader,
  ) {}

  /** What the segments of a clip were made from. */
  hashOf(video: Video): string {
    return hashOf('video', video.url, video.captions ?? '');
  }

  /** Removes what was said about a clip that the item no longer has. */
  async forget(itemKey: number): Promise<void> {
    await this.note(itemKey, []);
  }

  /**
   * Vectors of the clip's segments and, as ordinal 0, of the whole; empty when the clip can't be used.
   * @throws DownloadFailed for a fault that may pass, unless this is the last attempt
   */
  async embed(itemKey: number, video: Video, lastAttempt: boolean): Promise<StoredVector[]> {
    const problems: Problem[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-clip-'));
    try {
      const view = await this.view(video.url, folder);
      const cues = await this.captions(video.captions, problems);
      const { segments, shift } = await this.segments(view, cues);
      if (shift !== 0) problems.push(shifted(shift));
      const hash = this.hashOf(video);
      const pooled = weightedMean(
        segments.map(({ vector, segment }) => ({ vector, weight: segment.end - segment.start })),
      );
      return pooled
        ? [
            { ordinal: 0, vector: pooled, contentHash: hash },
            ...segments.map((each, at) => ({ ...each, ordinal: at + 1, contentHash: hash })),
          ]
        : [];
    } catch (error) {
      if (!(error instanceof Problem) || error.code.startsWith('VIT_ENCODER')) throw error;
      if (error instanceof DownloadFailed && error.temporary && !lastAttempt) throw error;
      problems.push(error);
      return [];
    } finally {
      await rm(folder, { recursive: true, force: true });
      await this.note(itemKey, problems);
    }
  }

  private async view(url: string, folder: string): Promise<ClipView> {
    const file = join(folder, 'clip');
    await writeFile(file, await this.downloader.fetch(url, { maxBytes: MOST_CLIP_BYTES, timeoutMs: CLIP_TIMEOUT_MS }));
    const frames = join(folder, 'frames');
    await mkdir(frames);
    return viewClip(file, frames);
  }

  /** Captions that can't be had cost the clip its words, not its pictures. */
  private async captions(captions: string | undefined, problems: Problem[]): Promise<Cue[]> {
    if (!captions?.trim()) return [];
    try {
      if (!/^https?:\/\/\S+$/i.test(captions.trim())) return parseWebVtt(captions);
      return parseWebVtt(
        (await this.downloader.fetch(captions.trim(), { maxBytes: MOST_CAPTION_BYTES })).toString('utf8'),
      );
    } catch (error) {
      if (error instanceof DownloadFailed && error.temporary) throw error;
      const detail = error instanceof Problem ? error.detail : error instanceof Error ? error.message : String(error);
      problems.push(
        new Problem({
          code: 'VIT_VIDEO_CAPTIONS',
          status: 400,
          title: 'The captions cannot be used',
          detail: `Captions: ${detail}`,
        }),
      );
      return [];
    }
  }

  private async segments(view: ClipView, cues: readonly Cue[]) {
    const frames = await this.frames(view);
    const words = cues.length > 0 ? await this.encoder.texts(cues.map((cue) => cue.words)) : [];
    const spoken = cues.map((cue, at) => ({ ...cue, vector: words[at]! }));
    const { seconds, agreement, agreementUnshifted } = captionOffset(spoken, frames);
    if (seconds !== 0)
      this.logger.info(
        { seconds, agreement, agreementUnshifted },
        'captions shifted to where words and pictures agree',
      );
    const moved = spoken.map((cue) => ({ ...cue, start: cue.start + seconds, end: cue.end + seconds }));
    const segments = view.scenes.flatMap(({ start, end }) => {
      const shown = frames.filter((frame) => overlap(frame, { start, end }) > (frame.end - frame.start) / 2);
      const said = moved.filter((cue) => belongs(cue, { start, end }, view.scenes));
      const pictures = weightedMean(shown.map(({ vector }) => ({ vector, weight: 1 })));
      const speech = weightedMean(said.map((cue) => ({ vector: cue.vector, weight: cue.end - cue.start })));
      const vector = weightedMean([
        ...(pictures ? [{ vector: pictures, weight: 1 }] : []),
        ...(speech ? [{ vector: speech, weight: 1 }] : []),
      ]);
      const segment = { start: tenth(start), end: tenth(end), words: said.map((cue) => cue.words).join(' ') };
      return vector ? [{ vector, segment }] : [];
    });
    return { segments, shift: seconds };
  }

  private async frames(view: ClipView) {
    const vectors: (Float32Array | Error)[] = [];
    for (let at = 0; at < view.frames.length; at += FRAMES_AT_ONCE) {
      vectors.push(
        ...(await this.encoder.imagesSettled(view.frames.slice(at, at + FRAMES_AT_ONCE).map(({ jpeg }) => jpeg))),
      );
    }
    return view.frames.flatMap(({ start, end }, at) => {
      const vector = vectors[at];
      return vector instanceof Float32Array ? [{ start, end, vector }] : [];
    });
  }

  private async note(itemKey: number, problems: readonly Problem[]): Promise<void> {
    await this.outbox.write(async (trx, append) => {
      const gone = await trx
        .deleteFrom('quarantine')
        .where('item_key', '=', itemKey)
        .where('modality', '=', 'video')
        .executeTakeFirst();
      if (
        problems.length > 0 &&
        (await trx.selectFrom('items').select('key').where('key', '=', itemKey).executeTakeFirst())
      ) {
        await trx
          .insertInto('quarantine')
          .values(problems.map(({ code, detail }) => ({ item_key: itemKey, modality: 'video', code, detail })))
          .execute();
      }
      if (problems.length > 0 || Number(gone.numDeletedRows) > 0) append({ topic: 'item', subject: String(itemKey) });
    });
  }
}

interface Stretch {
  start: number;
  end: number;
}

const overlap = (a: Stretch, b: Stretch): number => Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

/** A caption belongs to the scene it shares most time with, the earlier one of two equals. */
const belongs = (cue: Stretch, scene: Stretch, scenes: readonly Stretch[]): boolean => {
  const most = Math.max(...scenes.map((each) => overlap(cue, each)));
  if (most <= 0) return false;
  const home = scenes.find((each) => overlap(cue, each) >= most - 1e-6)!;
  return home.start === scene.start && home.end === scene.end;
};

const tenth = (seconds: number): number => Math.round(seconds * 10) / 10;

const shifted = (seconds: number): Problem =>
  new Problem({
    code: 'VIT_VIDEO_CAPTIONS_SHIFTED',
    status: 400,
    title: 'The captions were shifted',
    detail: `The captions come ${Math.abs(seconds).toFixed(1)} s too ${seconds < 0 ? 'late' : 'early'}; words and pictures agree best ${seconds > 0 ? '+' : '−'}${Math.abs(seconds).toFixed(1)} s from where they stood, and were put there.`,
  });
