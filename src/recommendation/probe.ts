import type { LettersHit } from '../catalog/catalog.api.js';
import type { FusionModel } from '../fusion/fusion.api.js';
import { dot, normalised } from '../maths/vectors.js';
import { CentredCosine } from './centred-cosine.js';
import type { ItemVectors } from './item-vectors.js';
import type { Because } from './source.js';

/** Where a question to the catalogue comes from. */
export type ProbeSource = 'context.image' | 'context.item' | 'context.text' | 'history' | 'negatives' | 'dismissed';

/** One question to the catalogue: a picture, an item, words, or an interest of the visitor. */
export interface Probe {
  readonly source: ProbeSource;
  readonly because: Because | undefined;
  /** How strong it is beside the others of its source; the strongest has 1. */
  readonly share: number;
  /** Unit vector in the fused space; null where it cannot be taken there. */
  readonly fused: Float32Array | null;
  /** Against single pictures, in the encoder's space. */
  readonly picture: CentredCosine | null;
  /** Against single reviews and descriptions, in the encoder's space. */
  readonly words: {
    readonly review: CentredCosine;
    readonly text: CentredCosine;
    readonly video: CentredCosine;
  } | null;
  /** What the letters of the words find, by item key. */
  readonly letters: ReadonlyMap<number, LettersHit> | null;
}

/** How much the single nearest picture counts beside the fused vector, when a picture is asked with. */
const PICTURE_SHARE = 0.7;
/** What words gain by the nearest review, the description and the letters, beside the fused vector. */
const REVIEW_GAIN = 0.5;
const TEXT_GAIN = 0.3;
const CLIP_GAIN = 0.3;
const LETTERS_GAIN = 0.6;
/** An exact id, SKU or title stands before every likeness. */
const EXACT_GAIN = 10;

export const probeOf = (parts: Pick<Probe, 'source'> & Partial<Probe>): Probe => ({
  because: undefined,
  share: 1,
  fused: null,
  picture: null,
  words: null,
  letters: null,
  ...parts,
});

/**
 * A question by a picture. `whole`: the fused vector of the item it belongs to, if it is one of the catalogue's: half of what is asked in the
 * fused space then, since more is known of that picture than can be seen on it.
 */
export const pictureProbe = (
  source: ProbeSource,
  because: Because | undefined,
  vector: Float32Array,
  model: Pick<FusionModel, 'project' | 'centre'> | null,
  whole?: Float32Array,
): Probe => {
  const seen = model?.project('image', vector) ?? null;
  const sum = seen && whole?.length === seen.length ? seen.map((value, i) => value + whole[i]!) : seen;
  return probeOf({
    source,
    because,
    fused: sum && (normalised(sum) ?? seen),
    picture: new CentredCosine(vector, model?.centre('image') ?? null),
  });
};

/** A question in words. */
export const textProbe = (
  source: ProbeSource,
  because: Because | undefined,
  vector: Float32Array | null,
  letters: readonly LettersHit[],
  model: FusionModel | null,
): Probe =>
  probeOf({
    source,
    because,
    fused: vector ? (model?.project('text', vector) ?? null) : null,
    words: vector
      ? {
          review: new CentredCosine(vector, model?.centre('review') ?? null),
          text: new CentredCosine(vector, model?.centre('text') ?? null),
          video: new CentredCosine(vector, model?.centre('video') ?? null),
        }
      : null,
    letters: new Map(letters.map((hit) => [hit.key, hit])),
  });

/**
 * How well an item answers a question; only the order within one question means anything. NaN when nothing of the item can be
 * compared. Pictures: the fused likeness and the likest single picture. Words: the fused likeness, plus what the likest review, the
 * description, the clip and the letters add, none of which can take anything away.
 */
export const answerOf = (probe: Probe, key: number, catalogue: ItemVectors): number => {
  const vector = catalogue.vector(key);
  const fused = probe.fused && vector && vector.length === probe.fused.length ? dot(probe.fused, vector) : Number.NaN;
  if (probe.picture) {
    const { cosine, at } = probe.picture.best(catalogue.pictures(key));
    if (at < 0) return fused;
    return Number.isNaN(fused) ? cosine : PICTURE_SHARE * cosine + (1 - PICTURE_SHARE) * fused;
  }
  if (!probe.words && !probe.letters) return fused;
  let gain = 0;
  if (probe.words) {
    const review = probe.words.review.best(catalogue.reviews(key));
    if (review.at >= 0) gain += REVIEW_GAIN * Math.max(0, review.cosine);
    const text = catalogue.text(key);
    if (text) gain += TEXT_GAIN * Math.max(0, probe.words.text.best([text]).cosine);
    const clip = probe.words.video.best(catalogue.parts('video', key).map((part) => part.vector));
    if (clip.at >= 0) gain += CLIP_GAIN * Math.max(0, clip.cosine);
  }
  const letters = probe.letters?.get(key);
  if (letters) gain += LETTERS_GAIN * letters.score + (letters.exact ? EXACT_GAIN : 0);
  if (Number.isNaN(fused)) return gain > 0 ? gain : Number.NaN;
  return fused + gain;
};

/** Ordinal of the segment of the item's clip that answers the words best; undefined without a clip, or one that does not answer. */
export const segmentFor = (probe: Probe, key: number, catalogue: ItemVectors): number | undefined => {
  if (!probe.words) return undefined;
  const segments = catalogue.parts('video', key).filter(({ ordinal }) => ordinal > 0);
  const clip = probe.words.video.best(segments.map((segment) => segment.vector));
  return clip.cosine > 0 ? segments[clip.at]?.ordinal : undefined;
};
