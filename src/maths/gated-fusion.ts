import { isFiniteVector, norm } from './vectors.js';

/**
 * The parameters of one modality in the gated maps: `W_m`, `μ_m`, `b_m`, `b_{m,category}` and `v_m`.
 *
 * A `bias` of null switches the modality off: its gate is exactly 0 and an item with it fuses to the very same
 * numbers as an item without it.
 */
export interface GatedModality {
  readonly name: string;
  /** Numbers a vector of this modality has (d_m). */
  readonly inputDimension: number;
  /** `μ_m`, (d_m): what all vectors of this modality share, and what says nothing about one of them. */
  readonly mean: Float32Array;
  /** `W_m`, (d, d_m) row after row; null for `scale` times the identity, which wants d_m = d. */
  readonly map: Float32Array | null;
  /** Factor on the map (or on the identity), > 0. */
  readonly scale: number;
  /** `b_m`, the logarithm of the modality's prior weight; null for a modality that is switched off. */
  readonly bias: number | null;
  /** `b_{m,category}` by category path; the longest path that an item's category lies under counts, else 0. */
  readonly categoryBias: Readonly<Record<string, number>>;
  /** `v_m`, (d_m), against the modality's unit vector; null for none. */
  readonly attention: Float32Array | null;
}

/** A whole fusion model as numbers. */
export interface GatedFusion {
  /** Numbers a fused vector has (d). */
  readonly dimension: number;
  readonly modalities: readonly GatedModality[];
}

/** What one item fused to. `gates` names every part that counted; they sum to 1. */
export interface Fused {
  readonly vector: Float32Array;
  readonly gates: Record<string, number>;
}

/** `b_{m,category}` for an item filed under `category` (`Women > Tops`): the longest known path it lies under, else 0. */
export const categoryBias = (modality: GatedModality, category: string | undefined): number => {
  for (let path = category; path; ) {
    const bias = modality.categoryBias[path];
    if (bias !== undefined) return bias;
    const cut = path.lastIndexOf(' > ');
    path = cut < 0 ? undefined : path.slice(0, cut);
  }
  return 0;
};

const usable = (modality: GatedModality, vector: Float32Array | undefined): vector is Float32Array =>
  modality.bias !== null &&
  vector !== undefined &&
  vector.length === modality.inputDimension &&
  isFiniteVector(vector) &&
  norm(vector) > 1e-9;

const logit = (modality: GatedModality, vector: Float32Array, category: string | undefined): number => {
  let sum = (modality.bias ?? 0) + categoryBias(modality, category);
  if (modality.attention) for (let i = 0; i < vector.length; i++) sum += modality.attention[i]! * vector[i]!;
  return sum;
};

/** Adds `weight · W_m (z − μ_m)` to `into` (d), in place. Cost O(d · d_m), or O(d) without a map. */
export const addMapped = (modality: GatedModality, vector: Float32Array, weight: number, into: Float32Array): void => {
  const factor = weight * modality.scale;
  const width = modality.inputDimension;
  if (!modality.map) {
    for (let i = 0; i < width; i++) into[i] = into[i]! + factor * (vector[i]! - modality.mean[i]!);
    return;
  }
  for (let row = 0; row < into.length; row++) {
    let sum = 0;
    const offset = row * width;
    for (let i = 0; i < width; i++) sum += modality.map[offset + i]! * (vector[i]! - modality.mean[i]!);
    into[row] = into[row]! + factor * sum;
  }
};

/** Makes `vector` a unit vector in place; false when it has no direction. */
const toUnit = (vector: Float32Array): boolean => {
  const length = norm(vector);
  if (!(length > 1e-9) || !Number.isFinite(length)) return false;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
  return true;
};

/**
 * `softmax_m(b_m + b_{m,category} + v_m · z_m)` over the parts that are present, known to the model, of the right length and
 * switched on. Empty when there is none. Gated multimodal units (Arevalo 2017), with category offsets.
 */
export const gatesOf = (
  model: GatedFusion,
  parts: ReadonlyMap<string, Float32Array>,
  category?: string,
): Map<GatedModality, number> => {
  const logits = new Map<GatedModality, number>();
  let highest = Number.NEGATIVE_INFINITY;
  for (const modality of model.modalities) {
    const vector = parts.get(modality.name);
    if (!usable(modality, vector)) continue;
    const value = logit(modality, vector, category);
    logits.set(modality, value);
    highest = Math.max(highest, value);
  }
  let total = 0;
  for (const [modality, value] of logits) {
    const weight = Math.exp(value - highest);
    logits.set(modality, weight);
    total += weight;
  }
  for (const [modality, weight] of logits) logits.set(modality, weight / total);
  return logits;
};

/**
 * An item's one vector: `f = normalise( Σ_m g_m · W_m (z_m − μ_m) )` with gates from `gatesOf`.
 *
 * Parts that the model does not know, has switched off, or that have another length change nothing, exactly. Null when nothing
 * is left or the sum has no direction. `parts` are unit vectors by modality. Cost O(Σ d · d_m).
 */
export const fuseGated = (
  model: GatedFusion,
  parts: ReadonlyMap<string, Float32Array>,
  category?: string,
): Fused | null => {
  const gates = gatesOf(model, parts, category);
  if (gates.size === 0) return null;
  const vector = new Float32Array(model.dimension);
  for (const [modality, gate] of gates) addMapped(modality, parts.get(modality.name)!, gate, vector);
  if (!toUnit(vector)) return null;
  return { vector, gates: Object.fromEntries([...gates].map(([modality, gate]) => [modality.name, gate])) };
};

/**
 * A bare picture or sentence in the fused space: an item with that one modality. Null for a modality the model does not know or
 * has switched off, or a vector without direction once centred.
 */
export const projectGated = (model: GatedFusion, name: string, vector: Float32Array): Float32Array | null =>
  fuseGated(model, new Map([[name, vector]]))?.vector ?? null;
