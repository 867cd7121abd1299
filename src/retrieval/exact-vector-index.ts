import type { ItemSet } from './item-set.js';
import { unitVector } from './unit-vector.js';
import type { Candidate, VectorEntry, VectorIndex } from './vector-index.port.js';
import type { VectorTable } from './vector-table.js';

/** Looks at every allowed vector: the referee of the others, and what serves while they are built or where they lose. */
export class ExactVectorIndex implements VectorIndex {
  readonly kind = 'exact';

  constructor(private readonly table: VectorTable) {}

  get dimension(): number {
    return this.table.dimension;
  }

  get size(): number {
    return this.table.present.count;
  }

  async upsert(entries: readonly VectorEntry[]): Promise<void> {
    storeUnit(this.table, entries);
  }

  async remove(keys: readonly number[]): Promise<void> {
    for (const key of keys) this.table.delete(key);
  }

  async nearest(query: Float32Array, k: number, allowed: ItemSet | null): Promise<Candidate[]> {
    return exactNearest(this.table, unitVector(query, this.dimension, 'The query'), k, allowed);
  }

  async nearestMany(queries: readonly Float32Array[], k: number, allowed: ItemSet | null): Promise<Candidate[][]> {
    const unit = queries.map((query) => unitVector(query, this.dimension, 'The query'));
    return exactNearestMany(this.table, unit, k, allowed);
  }

  async close(): Promise<void> {}
}

/** Checks all, then stores all. */
export const storeUnit = (table: VectorTable, entries: readonly VectorEntry[]): void => {
  const checked = entries.map(({ key, vector }) => ({
    key,
    vector: unitVector(vector, table.dimension, `The vector of item key ${key}`),
  }));
  for (const { key, vector } of checked) table.put(key, [{ ordinal: 0, vector }]);
};

/** The exact answer; `query` of unit length. */
export const exactNearest = (
  table: VectorTable,
  query: Float32Array,
  k: number,
  allowed: ItemSet | null,
): Candidate[] => table.nearest(query, k, allowed).map(({ key, score }) => ({ key, score }));

/** The same for several queries, of unit length all; `k`: for each its own, or one for all. */
export const exactNearestMany = (
  table: VectorTable,
  queries: readonly Float32Array[],
  k: number | readonly number[],
  allowed: ItemSet | null,
): Candidate[][] =>
  table.nearestMany(queries, k, allowed).map((found) => found.map(({ key, score }) => ({ key, score })));
