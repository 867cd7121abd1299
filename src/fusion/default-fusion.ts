import type { GatedModality } from '../maths/gated-fusion.js';
import { norm } from '../maths/vectors.js';
import type { ModalityWeight } from './fusion-model.js';
import { GatedFusionModel } from './gated-fusion-model.js';

/** What the catalogue holds of one modality, over items (pooled vectors). */
export interface ModalityMean {
  modality: string;
  dimension: number;
  items: number;
  /** Mean of the unit vectors, (dimension). */
  mean: Float32Array;
}

/** Prior weights before anything is learned: the picture first, then what the shop says, then what shoppers say. */
const PRIOR: Readonly<Record<string, number>> = { image: 0.5, text: 0.35, video: 0.2, review: 0.15 };
const PRIOR_OF_OTHERS = 0.1;
/** Whose mean stands in while a modality has too few items for a mean of its own: the same tower of the encoder made both. */
const SAME_CONE: Readonly<Record<string, string>> = { review: 'text', video: 'image' };
/** Items from which on a mean says more about the modality than about the items. */
export const ITEMS_FOR_A_MEAN = 8;
/** Items' worth of doubt: keeps a little of every vector even in a catalogue where all are alike. */
const DOUBT = 2;

const shrunk = ({ mean, items }: ModalityMean): Float32Array => mean.map((value) => (value * items) / (items + DOUBT));

const meanFor = (name: string, dimension: number, known: ReadonlyMap<string, ModalityMean>): Float32Array => {
  for (const source of [name, SAME_CONE[name]]) {
    const found = source === undefined ? undefined : known.get(source);
    if (found && found.dimension === dimension && found.items >= ITEMS_FOR_A_MEAN) return shrunk(found);
  }
  return new Float32Array(dimension);
};

/**
 * The fusion model that needs no data but the catalogue itself: `W = identity`, `μ` the catalogue's own means, so that pictures and words leave
 * their separate cones (Liang 2022), fixed prior gates, and a scale that gives every centred modality the same mean square length.
 *
 * A modality whose vectors have another length than the encoder's cannot be placed in its space without having learned how: it is
 * switched off, and its weight says why. Modalities of fewer than 8 items are not centred by themselves.
 *
 * @param means what the catalogue holds, in any order; several dimensions of one name: the encoder's counts
 */
export const defaultFusion = (
  version: string,
  encoder: { id: string; dimension: number },
  means: readonly ModalityMean[],
): GatedFusionModel => {
  const { dimension } = encoder;
  const fitting = new Map(means.filter((mean) => mean.dimension === dimension).map((mean) => [mean.modality, mean]));
  const foreign = means.filter((mean) => mean.dimension !== dimension && !fitting.has(mean.modality));
  const names = [...new Set([...Object.keys(PRIOR), ...[...fitting.keys()].sort()])];
  const modalities = names.map((name): GatedModality => {
    const mean = meanFor(name, dimension, fitting);
    return {
      name,
      inputDimension: dimension,
      mean,
      map: null,
      scale: 1 / Math.sqrt(Math.max(0.05, 1 - norm(mean) ** 2)),
      bias: Math.log(PRIOR[name] ?? PRIOR_OF_OTHERS),
      categoryBias: {},
      attention: null,
    };
  });
  for (const { modality, dimension: length } of foreign) {
    modalities.push({
      name: modality,
      inputDimension: length,
      mean: new Float32Array(length),
      map: null,
      scale: 1,
      bias: null,
      categoryBias: {},
      attention: null,
    });
  }
  const items = Math.max(0, ...means.map((mean) => mean.items));
  return new GatedFusionModel({
    version,
    learned: false,
    encoder: encoder.id,
    fusion: { dimension, modalities },
    weights: priorWeights(names, fitting, foreign, dimension),
    made: { items, itemsByModality: Object.fromEntries([...fitting].map(([name, mean]) => [name, mean.items])) },
  });
};

const priorWeights = (
  names: readonly string[],
  fitting: ReadonlyMap<string, ModalityMean>,
  foreign: readonly ModalityMean[],
  dimension: number,
): ModalityWeight[] => {
  const present = fitting.size === 0 ? names : names.filter((name) => fitting.has(name));
  const prior = (name: string) => PRIOR[name] ?? PRIOR_OF_OTHERS;
  const total = present.reduce((sum, name) => sum + prior(name), 0);
  return [
    ...present.map((name) => ({ modality: name, mean: prior(name) / total, byCategory: {} })),
    ...foreign.map(({ modality, dimension: length }) => ({
      modality,
      mean: 0,
      byCategory: {},
      note: `Its ${length} numbers lie in a space of their own (the encoder's has ${dimension}); it counts once a fusion model is learned.`,
    })),
  ];
};
