import type { TunedPoint } from '../behaviour/behaviour.api.js';
import type { GatedFusion } from '../maths/gated-fusion.js';
import type { TrainingModality } from '../maths/maths.api.js';
import type { Blend, BlendParameters } from '../recommendation/blending.api.js';

/** What can be learned, in the order in which it is. */
export const TRAINED_KINDS = ['fusion', 'behaviour', 'blend'] as const;
export type TrainedKind = (typeof TRAINED_KINDS)[number];

/** One event that may be learned from, with people and items as positions. */
export interface TrainingEvents {
  readonly person: Int32Array;
  readonly item: Int32Array;
  /** Milliseconds. */
  readonly at: Float64Array;
  readonly weight: Float32Array;
}

/** Everything a training thread is given: plain numbers, no connection to anything. */
export interface TrainingInput {
  readonly seed: number;
  readonly kinds: readonly TrainedKind[];
  readonly people: number;
  /** Item keys by position. */
  readonly keys: Int32Array;
  readonly categories: readonly (string | undefined)[];
  readonly events: TrainingEvents;
  readonly modalities: readonly TrainingModality[];
  /** Numbers of a fused vector. */
  readonly dimension: number;
  readonly liveFusion: GatedFusion | null;
  readonly liveBehaviour: { version: string; parameters: Record<string, unknown>; artefact: Uint8Array } | null;
  /** The blend to beat; the default one when left out. */
  readonly liveBlend?: Blend;
  /** What an earlier attempt at this run has found already. */
  readonly finished?: { families: ReadonlyMap<string, TunedPoint> };
}

export interface MetricWithInterval {
  value: number;
  low: number;
  high: number;
}

/** How a candidate did on the part of the window that nothing was learned from. */
export interface Verdict {
  /** Whether it may go live: the interval of the paired difference does not lie wholly below zero. */
  promote: boolean;
  against: string;
  cases: number;
  split: string;
  metrics: Record<string, MetricWithInterval>;
  baseline: Record<string, MetricWithInterval>;
  difference: Record<string, MetricWithInterval>;
  others: Record<string, number>;
}

export type Learned<T> =
  | { is: 'learned'; model: T; verdict: Verdict; made: Record<string, unknown> }
  | { is: 'declined'; reason: string };

export interface LearnedFusion {
  fusion: GatedFusion;
  weights: { modality: string; mean: number; byCategory: Record<string, number> }[];
}

export interface LearnedBlendModel {
  blend: BlendParameters;
  /** Mean share of each source in the first ten of the held-back situations, by placement. */
  shares: Record<string, Record<string, number>>;
}

export interface TrainingOutput {
  fusion: Learned<LearnedFusion> | null;
  behaviour: Learned<{ parameters: Record<string, unknown>; artefact: Uint8Array }> | null;
  blend: Learned<LearnedBlendModel> | null;
}

/** What a training thread says while it works. */
export interface TrainingEars {
  progress(step: string, share: number): void;
  /** A kind is done: what was learned can be stored before the rest is. */
  learned?<K extends TrainedKind>(kind: K, output: NonNullable<TrainingOutput[K]>): void;
  /** The parameters of one family of behaviour models are found. */
  tuned?(family: string, tuned: TunedPoint): void;
}

export type TrainingMessage =
  | { is: 'progress'; step: string; share: number }
  | { is: 'learned'; kind: TrainedKind; output: NonNullable<TrainingOutput[TrainedKind]> }
  | { is: 'tuned'; family: string; tuned: TunedPoint }
  | { is: 'done' }
  | { is: 'failed'; message: string };
