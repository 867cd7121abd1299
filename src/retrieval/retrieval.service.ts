import type { ItemSet } from './item-set.js';
import type { PartModality } from './live-catalogue.js';
import type { Candidate } from './vector-index.port.js';

/** How the nearest were found. */
export type Plan = 'exact' | 'graph' | 'pgvector' | 'weaviate';

/** A found item and which of its parts (picture, review, segment; by ordinal) was nearest. */
export interface PartCandidate extends Candidate {
  ordinal: number;
}

/** Nearest items by vector, planned by how many items are allowed. */
export abstract class Retrieval {
  /** Name of the index as answers show it under `model.index`. */
  abstract readonly name: string;
  /** Exactly `min(k, allowed with a fused vector)` items, best first. `query` lies in the fused space. */
  abstract nearest(
    query: Float32Array,
    k: number,
    allowed: ItemSet | null,
  ): Promise<{ candidates: Candidate[]; plan: Plan }>;
  /** As `nearest` for several queries over one set of allowed items, in one go. */
  abstract nearestMany(
    queries: readonly Float32Array[],
    k: number,
    allowed: ItemSet | null,
  ): Promise<{ candidates: Candidate[][]; plan: Plan }>;
  /** Items by their single nearest picture; `query` lies in the encoder's space. */
  abstract nearestPictures(query: Float32Array, k: number, allowed: ItemSet | null): Promise<PartCandidate[]>;
  /** The same for the parts of any modality held in memory. */
  abstract nearestParts(
    modality: PartModality,
    query: Float32Array,
    k: number,
    allowed: ItemSet | null,
  ): Promise<PartCandidate[]>;
}
