import { Injectable } from '@nestjs/common';
import { exactNearest } from './exact-vector-index.js';
import type { Filter } from './filter.js';
import { IndexEngine } from './index-engine.js';
import { Bitset, type ItemSet } from './item-set.js';
import { LiveCatalogue, type PartModality } from './live-catalogue.js';
import { isExactCheaper } from './search-plan.js';
import { unitVector } from './unit-vector.js';
import type { Candidate } from './vector-index.port.js';

/** How the nearest were found. */
export type Plan = 'exact' | 'graph' | 'pgvector' | 'weaviate';

/** A found item and which of its parts (picture, review, segment; by ordinal) was nearest. */
export interface PartCandidate extends Candidate {
  ordinal: number;
}

const planOf = { exact: 'exact', hnsw: 'graph', pgvector: 'pgvector', weaviate: 'weaviate' } as const;

/**
 * Nearest items by vector. Whatever is allowed, the answer holds exactly `min(k, allowed with a vector)` items: few allowed ones are scanned
 * exactly, many are found by the index, and where the index can't answer the exact scan does.
 */
@Injectable()
export class Retrieval {
  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly engine: IndexEngine,
  ) {}

  /** Name of the index as answers show it under `model.index`. */
  get name(): string {
    return this.engine.name;
  }

  /** Why the index proper does not answer and the exact scan stands in; null when all is well. */
  get trouble(): string | null {
    return this.engine.trouble;
  }

  /**
   * The nearest by fused vector, best first. `query` lies in the space of `LiveCatalogue.fusionModel`. `allowed`: null for all.
   * @throws `Problem` `VIT_INDEX_VECTOR` for a query of another dimension, of length zero, or not finite.
   */
  async nearest(
    query: Float32Array,
    k: number,
    allowed: ItemSet | null,
  ): Promise<{ candidates: Candidate[]; plan: Plan }> {
    const { candidates, plan } = await this.nearestMany([query], k, allowed);
    return { candidates: candidates[0]!, plan };
  }

  /**
   * As `nearest` for several queries over one set of allowed items, in one go. `filter`: what `allowed` was made from, for an index that
   * judges filters itself; all of `allowed` must pass it.
   */
  async nearestMany(
    queries: readonly Float32Array[],
    k: number,
    allowed: ItemSet | null,
    filter?: Filter,
  ): Promise<{ candidates: Candidate[][]; plan: Plan }> {
    const table = this.catalogue.vectorTable();
    if (!table || queries.length === 0) return { candidates: queries.map(() => []), plan: 'exact' };
    const reachable = allowed ? Bitset.from(allowed).intersect(table.present) : null;
    const present = table.present.count;
    const index = this.engine.over(table);
    if (
      index &&
      index.kind !== 'exact' &&
      !isExactCheaper({ present, allowed: reachable?.count ?? present, dimension: table.dimension })
    ) {
      try {
        const candidates = await index.nearestMany(queries, k, reachable, filter);
        this.engine.answered(null);
        return { candidates, plan: planOf[index.kind] };
      } catch (error) {
        this.engine.answered(error instanceof Error ? error : new Error(String(error)));
      }
    }
    const unit = queries.map((query) => unitVector(query, table.dimension, 'The query'));
    return { candidates: unit.map((query) => exactNearest(table, query, k, reachable)), plan: 'exact' };
  }

  /** Items by their single nearest picture, exactly; `query` lies in the encoder's space. */
  async nearestPictures(query: Float32Array, k: number, allowed: ItemSet | null): Promise<PartCandidate[]> {
    return this.nearestParts('image', query, k, allowed);
  }

  /** The same for the parts of any modality held in memory: reviews, texts, segments of clips. */
  async nearestParts(
    modality: PartModality,
    query: Float32Array,
    k: number,
    allowed: ItemSet | null,
  ): Promise<PartCandidate[]> {
    const table = this.catalogue.partTable(modality);
    if (!table) return [];
    return table.nearest(unitVector(query, table.dimension, 'The query'), k, allowed);
  }
}
