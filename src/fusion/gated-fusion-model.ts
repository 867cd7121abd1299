import { type Fused, fuseGated, type GatedFusion, type GatedModality, projectGated } from '../maths/gated-fusion.js';
import type { FusionModel, ModalityWeight } from './fusion-model.js';

/** A fusion model as the registry keeps it: JSON in `models.parameters`, the large arrays in `models.artefact`. */
export interface StoredFusion {
  parameters: FusionParameters;
  /** Little-endian float32 numbers: for each modality in order its mean, then its map and its attention where it has them. */
  artefact: Buffer;
}

/** The JSON half of a stored fusion model. */
export interface FusionParameters {
  format: 'gated-fusion/1';
  learned: boolean;
  /** Fingerprint of the encoder whose vectors the maps read. */
  encoder: string;
  dimension: number;
  modalities: {
    name: string;
    inputDimension: number;
    /** null: `scale` times the identity. */
    map: 'artefact' | null;
    attention: 'artefact' | null;
    scale: number;
    /** null: switched off. */
    bias: number | null;
    categoryBias: Record<string, number>;
  }[];
  /** Mean gates over the items seen when the model was made, for people to read. */
  weights: ModalityWeight[];
  /** Free facts about its making (items seen, hyper-parameters). */
  made?: Record<string, unknown>;
}

/** What a gated fusion model consists of. */
export interface GatedFusionOptions {
  version: string;
  learned: boolean;
  encoder: string;
  fusion: GatedFusion;
  weights: readonly ModalityWeight[];
  made?: Record<string, unknown>;
}

const positive = (value: number): boolean => Number.isFinite(value) && value > 0;
const allFinite = (values: Float32Array): boolean => values.every(Number.isFinite);

const checkModality = (modality: GatedModality, dimension: number): void => {
  const { name, inputDimension, mean, map, attention, scale, bias } = modality;
  const wrong = (what: string): never => {
    throw new RangeError(`fusion modality "${name}": ${what}`);
  };
  if (!Number.isInteger(inputDimension) || inputDimension < 1) wrong(`inputDimension ${inputDimension} is no length`);
  if (mean.length !== inputDimension) wrong(`mean has ${mean.length} numbers, not ${inputDimension}`);
  if (map && map.length !== dimension * inputDimension)
    wrong(`map has ${map.length} numbers, not ${dimension} × ${inputDimension}`);
  if (!map && bias !== null && inputDimension !== dimension)
    wrong(`without a map its ${inputDimension} numbers must be ${dimension}`);
  if (attention && attention.length !== inputDimension)
    wrong(`attention has ${attention.length} numbers, not ${inputDimension}`);
  if (!positive(scale)) wrong(`scale ${scale} is not above 0`);
  if (bias !== null && !Number.isFinite(bias)) wrong(`bias ${bias} is not finite (null switches a modality off)`);
  if (!allFinite(mean) || (map && !allFinite(map)) || (attention && !allFinite(attention)))
    wrong('holds numbers that are not finite');
  if (!Object.values(modality.categoryBias).every(Number.isFinite))
    wrong('categoryBias holds numbers that are not finite');
};

/**
 * The fusion of design: `f = normalise( Σ_m g_m · W_m (z_m − μ_m) )`, gates by softmax over what is present (`maths/gated-fusion`).
 *
 * The constructor refuses arrays of wrong length and numbers that are not finite (RangeError that names the modality), so that a
 * model made of NaN never serves.
 */
export class GatedFusionModel implements FusionModel {
  readonly version: string;
  readonly learned: boolean;
  readonly encoder: string;
  readonly dimension: number;
  readonly modalities: readonly string[];
  readonly fusion: GatedFusion;
  readonly #weights: readonly ModalityWeight[];
  readonly #made: Record<string, unknown> | undefined;

  constructor(options: GatedFusionOptions) {
    for (const modality of options.fusion.modalities) checkModality(modality, options.fusion.dimension);
    this.version = options.version;
    this.learned = options.learned;
    this.encoder = options.encoder;
    this.fusion = options.fusion;
    this.dimension = options.fusion.dimension;
    this.modalities = options.fusion.modalities.map((modality) => modality.name);
    this.#weights = [...options.weights].sort((a, b) => b.mean - a.mean || (a.modality < b.modality ? -1 : 1));
    this.#made = options.made;
  }

  fuse(parts: ReadonlyMap<string, Float32Array>, category?: string): Fused | null {
    return fuseGated(this.fusion, parts, category);
  }

  project(modality: string, vector: Float32Array): Float32Array | null {
    return projectGated(this.fusion, modality, vector);
  }

  centre(modality: string): Float32Array | null {
    return this.fusion.modalities.find(({ name }) => name === modality)?.mean ?? null;
  }

  weights(): readonly ModalityWeight[] {
    return this.#weights;
  }

  /** The model as the registry keeps it; `fromStored` gives the same model back, bit for bit. */
  toStored(): StoredFusion {
    const arrays: Float32Array[] = [];
    const modalities = this.fusion.modalities.map((modality) => {
      arrays.push(modality.mean);
      if (modality.map) arrays.push(modality.map);
      if (modality.attention) arrays.push(modality.attention);
      return {
        name: modality.name,
        inputDimension: modality.inputDimension,
        map: modality.map ? ('artefact' as const) : null,
        attention: modality.attention ? ('artefact' as const) : null,
        scale: modality.scale,
        bias: modality.bias,
        categoryBias: { ...modality.categoryBias },
      };
    });
    const artefact = Buffer.alloc(4 * arrays.reduce((sum, array) => sum + array.length, 0));
    let at = 0;
    for (const array of arrays) for (const value of array) at = artefact.writeFloatLE(value, at);
    return {
      parameters: {
        format: 'gated-fusion/1',
        learned: this.learned,
        encoder: this.encoder,
        dimension: this.dimension,
        modalities,
        weights: [...this.#weights],
        ...(this.#made ? { made: this.#made } : {}),
      },
      artefact,
    };
  }

  /** Reads what `toStored` wrote. Throws RangeError for another format, a cut artefact, or numbers that are not finite. */
  static fromStored(version: string, stored: StoredFusion): GatedFusionModel {
    const { parameters, artefact } = stored;
    if (parameters.format !== 'gated-fusion/1') {
      throw new RangeError(
        `fusion model "${version}" has format "${parameters.format}"; this release reads "gated-fusion/1"`,
      );
    }
    let at = 0;
    const take = (length: number): Float32Array => {
      if (at + 4 * length > artefact.length)
        throw new RangeError(`the artefact of fusion model "${version}" ends after ${artefact.length} bytes`);
      const values = new Float32Array(length);
      for (let i = 0; i < length; i++, at += 4) values[i] = artefact.readFloatLE(at);
      return values;
    };
    const modalities = parameters.modalities.map(({ map, attention, ...rest }): GatedModality => {
      const mean = take(rest.inputDimension);
      return {
        ...rest,
        mean,
        map: map ? take(parameters.dimension * rest.inputDimension) : null,
        attention: attention ? take(rest.inputDimension) : null,
      };
    });
    if (at !== artefact.length)
      throw new RangeError(`the artefact of fusion model "${version}" has ${artefact.length - at} bytes too many`);
    return new GatedFusionModel({
      version,
      learned: parameters.learned,
      encoder: parameters.encoder,
      fusion: { dimension: parameters.dimension, modalities },
      weights: parameters.weights,
      made: parameters.made,
    });
  }
}
