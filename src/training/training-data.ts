import type { GatedFusion } from '../maths/gated-fusion.js';
import type { TrainingModality } from '../maths/maths.api.js';

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
  readonly kinds: readonly ('fusion' | 'behaviour')[];
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

export interface TrainingOutput {
  fusion: Learned<LearnedFusion> | null;
  behaviour: Learned<{ parameters: Record<string, unknown>; artefact: Uint8Array }> | null;
}

export type TrainingMessage =
  | { is: 'progress'; step: string; share: number }
  | { is: 'done'; output: TrainingOutput }
  | { is: 'failed'; message: string };
