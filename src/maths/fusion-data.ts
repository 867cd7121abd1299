import type { GatedFusion } from './gated-fusion.js';

/** Pooled unit vectors of one modality, (items, width); items without it have `present[i] = 0`. */
export interface TrainingModality {
  readonly name: string;
  readonly width: number;
  readonly vectors: Float32Array;
  readonly present: Uint8Array;
}

export interface FusionTrainingData {
  readonly items: number;
  readonly modalities: readonly TrainingModality[];
  /** Category path of each item, or undefined. */
  readonly categories: readonly (string | undefined)[];
  /** Co-engagement pairs (a, b), directions both learned. */
  readonly pairs: { readonly a: Int32Array; readonly b: Int32Array; readonly weight: Float32Array };
}

export interface FusionTrainingOptions {
  /** Numbers a fused vector has; modalities of this width start from the identity, others from a seeded random map. */
  dimension: number;
  seed: number;
  epochs?: number;
  batch?: number;
  temperature?: number;
  dropout?: number;
  rate?: number;
  /** Pairs for each rank of the learned correction. */
  pairsPerRank?: number;
  /** Speed of the maps and of attention beside that of gates. */
  mapSpeed?: number;
  /** Pairs to set the gates by that are no part of `data.pairs`; a tenth of those, held back, when left out. */
  tuneOn?: { readonly a: Int32Array; readonly b: Int32Array };
  progress?: (epoch: number, loss: number) => void;
}

/** How far the gates were moved by what a list is for. */
export interface GateTuning {
  /** What is to be added to the bias of each modality, in the model's order. */
  readonly offsets: readonly number[];
  /** Recall@20 + 2 NDCG@20 of the partners, before and after. */
  readonly before: number;
  readonly after: number;
}

export interface TrainedFusion {
  readonly fusion: GatedFusion;
  /** Mean gate by modality over the items that have it, and by top category. */
  readonly weights: { modality: string; mean: number; byCategory: Record<string, number> }[];
  readonly epochs: number;
  readonly rank: number;
  readonly losses: readonly number[];
  /** How far a partner's place gained when the gates were set by it. */
  readonly gates: GateTuning;
}

/** Why nothing can be learned from what was given. */
export class NothingToLearn extends Error {}
