import type { Fused } from '../maths/gated-fusion.js';

export type { Fused } from '../maths/gated-fusion.js';

/** How much one modality counts, for people to read: shares, not raw parameters. */
export interface ModalityWeight {
  modality: string;
  /** Mean gate over the items that were looked at (or the prior share before any were), 0–1. */
  mean: number;
  /** The same by top category, where the model tells categories apart. */
  byCategory: Record<string, number>;
  /** Why the modality counts for nothing, when it does. */
  note?: string;
}

/**
 * Turns the modality vectors of an item into its one vector, and a bare picture or sentence into the same space.
 * Immutable: a model that changes is another model with another version.
 */
export interface FusionModel {
  /** `default-…` before anything was learned, `fusion-…` after. */
  readonly version: string;
  readonly learned: boolean;
  /** Fingerprint of the encoder whose vectors it reads. */
  readonly encoder: string;
  /** Numbers a fused vector has. */
  readonly dimension: number;
  /** Names it knows, switched-off ones included. */
  readonly modalities: readonly string[];
  /**
   * The item's unit vector and the gates (summing to 1) of the parts that counted; null when none of the parts counts.
   * `parts` are pooled unit vectors by modality, `category` a path such as `Women > Tops`.
   */
  fuse(parts: ReadonlyMap<string, Float32Array>, category?: string): Fused | null;
  /** One vector of one modality as a unit vector of the fused space; null when the modality does not count. */
  project(modality: string, vector: Float32Array): Float32Array | null;
  /**
   * `μ_m` of a modality: what all its vectors share. Cosines between raw vectors of one modality say more once it is taken away.
   * Null for a modality the model does not know.
   */
  centre(modality: string): Float32Array | null;
  /** Its weights as shares, loudest first. */
  weights(): readonly ModalityWeight[];
}
