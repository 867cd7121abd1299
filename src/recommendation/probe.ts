import type { LettersHit } from '../catalog/catalog.api.js';
import type { FusionModel } from '../fusion/fusion.api.js';
import { CentredCosine } from '../maths/centred-cosine.js';
import { normalised } from '../maths/vectors.js';
import type { LiveCatalogue } from '../retrieval/retrieval.api.js';
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
const WORD_GAINS = [
  ['review', 0.5],
  ['text', 0.3],
  ['video', 0.3],
] as const;
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
 * How well items answer a question, in the order of the keys; only the order within one question means anything. NaN when nothing of an item can be
 * compared. Pictures: the fused likeness and the likest single picture. Words: the fused likeness, plus what the likest review, the
 * description, the clip and the letters add, none of which can take anything away.
 */
export const answersOf = (probe: Probe, keys: readonly number[], vectors: ItemVectors): Float64Array => {
  const values = probe.fused ? vectors.fused(probe.fused, keys) : new Float64Array(keys.length).fill(Number.NaN);
  if (probe.picture) {
    const cosines = vectors.best('image', probe.picture, keys);
    for (let at = 0; at < keys.length; at++) {
      const cosine = cosines[at]!;
      if (Number.isNaN(cosine)) continue;
      const fused = values[at]!;
      values[at] = Number.isNaN(fused) ? cosine : PICTURE_SHARE * cosine + (1 - PICTURE_SHARE) * fused;
    }
    return values;
  }
  const { words, letters } = probe;
  if (!words && !letters) return values;
  const gains = new Float64Array(keys.length);
  for (const [modality, gain] of WORD_GAINS) {
    if (!words) break;
    const cosines = vectors.best(modality, words[modality], keys);
    for (let at = 0; at < keys.length; at++) if (cosines[at]! > 0) gains[at]! += gain * cosines[at]!;
  }
  for (let at = 0; at < keys.length; at++) {
    const hit = letters?.get(keys[at]!);
    if (hit) gains[at]! += LETTERS_GAIN * hit.score + (hit.exact ? EXACT_GAIN : 0);
    const gain = gains[at]!;
    if (Number.isNaN(values[at]!)) values[at] = gain > 0 ? gain : Number.NaN;
    else values[at]! += gain;
  }
  return values;
};

/** Ordinal of the segment of the item's clip that answers the words best; undefined without a clip, or one that does not answer. */
export const segmentFor = (probe: Probe, key: number, catalogue: Pick<LiveCatalogue, 'parts'>): number | undefined => {
  if (!probe.words) return undefined;
  const segments = catalogue.parts('video', key).filter(({ ordinal }) => ordinal > 0);
  const clip = probe.words.video.best(segments.map((segment) => segment.vector));
  return clip.cosine > 0 ? segments[clip.at]?.ordinal : undefined;
};
