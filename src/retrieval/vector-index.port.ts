import type { Filter } from './filter.js';
import type { ItemSet } from './item-set.js';

/** One found item. */
export interface Candidate {
  key: number;
  /** Cosine of query and item, −1 to 1. */
  score: number;
}

/** An item's vector as an index takes it; of unit length. */
export interface VectorEntry {
  key: number;
  vector: Float32Array;
}

export type VectorIndexKind = 'exact' | 'hnsw' | 'pgvector' | 'weaviate';

/**
 * Finds the nearest items by cosine among those allowed. Every adapter keeps the same promises, which `vector-index.conformance.ts` checks:
 *
 * - `nearest` gives exactly `min(k, allowed ∩ present)` different items, best first, equal scores by ascending key.
 * - What `upsert` has stored is found by the very next `nearest`, and an older vector of the same key is not; what `remove` took is gone.
 * - Recall@10 against the exact index is at least .99.
 * - A vector of another length than the index's dimension, of length zero or with a number that is not finite is refused with
 *   `VIT_INDEX_VECTOR`; nothing of that call is stored.
 */
export interface VectorIndex {
  readonly kind: VectorIndexKind;
  readonly dimension: number;
  /** Items present. */
  readonly size: number;
  /** It would compare everything itself just now, in the thread that asks; whoever can scan elsewhere does. */
  readonly isBehind?: boolean;
  /** Stores new items and replaces known ones. An adapter over a database's own rows finds them there already. */
  upsert(entries: readonly VectorEntry[]): Promise<void>;
  /** Unknown keys are no error. */
  remove(keys: readonly number[]): Promise<void>;
  /** `query`: (dimension), any length but zero. `allowed`: null for all that are present. */
  nearest(query: Float32Array, k: number, allowed: ItemSet | null): Promise<Candidate[]>;
  /** As `nearest` for several queries over the same allowed items, all of which pass `filter` where one is given. */
  nearestMany(
    queries: readonly Float32Array[],
    k: number,
    allowed: ItemSet | null,
    filter?: Filter,
  ): Promise<Candidate[][]>;
  close(): Promise<void>;
}
