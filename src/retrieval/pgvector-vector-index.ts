import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Database, toVectorText } from '../platform/platform.api.js';
import { Bitset, type ItemSet } from './item-set.js';
import { TopK } from './top-k.js';
import { unitVector } from './unit-vector.js';
import type { Candidate, VectorEntry, VectorIndex } from './vector-index.port.js';

/** Rows asked of the graph at most, before the allowed items are compared one by one instead. */
const MOST_FROM_GRAPH = 2_000;
/** PGlite builds HNSW slowly and blocks meanwhile: beyond this many items it goes without. */
const EMBEDDED_INDEX_ITEMS = 10_000;

/**
 * pgvector over the fused vectors that `fusion` has stored in `item_vectors`: nothing is copied, so `upsert` only checks and `remove` has nothing
 * to do (rows go with their item). HNSW is an expression index of one fusion model: `(vector::vector(D))`, `halfvec` beyond 2,000
 * dimensions, none beyond 4,000. The graph is walked with iterative scans, wider until k allowed rows are found, and else compared exactly.
 */
export class PgvectorVectorIndex implements VectorIndex {
  readonly kind = 'pgvector';
  #size = 0;

  constructor(
    private readonly database: Database,
    private readonly fusion: string,
    readonly dimension: number,
  ) {}

  /** Rows as counted by the latest answer or build; every answer counts on the database itself. */
  get size(): number {
    return this.#size;
  }

  get #indexName(): string {
    return `item_vectors_${createHash('sha256').update(`${this.fusion} ${this.dimension}`).digest('hex').slice(0, 16)}`;
  }

  get #type(): string | null {
    if (this.dimension <= 2_000) return 'vector';
    return this.dimension <= 4_000 ? 'halfvec' : null;
  }

  /** Makes the HNSW index of this model if there is none; on a server without blocking writers. */
  async build(): Promise<void> {
    await this.#count();
    const type = this.#type;
    if (type === null || (this.database.kind === 'embedded' && this.#size > EMBEDDED_INDEX_ITEMS)) return;
    const literal = `'${this.fusion.replaceAll("'", "''")}'`;
    const concurrently = this.database.kind === 'server' ? 'concurrently' : '';
    await this.database.run(
      `create index ${concurrently} if not exists ${this.#indexName} on item_vectors using hnsw ((vector::${type}(${this.dimension})) ${type}_cosine_ops)
       with (m = 16, ef_construction = 64) where fusion = ${literal}`,
    );
  }

  /** Removes the index of this model. */
  async drop(): Promise<void> {
    await this.database.run(`drop index if exists ${this.#indexName}`);
  }

  async upsert(entries: readonly VectorEntry[]): Promise<void> {
    for (const { key, vector } of entries) unitVector(vector, this.dimension, `The vector of item key ${key}`);
    await this.#count();
  }

  async remove(_keys: readonly number[]): Promise<void> {
    await this.#count();
  }

  async nearest(query: Float32Array, k: number, allowed: ItemSet | null): Promise<Candidate[]> {
    const unit = unitVector(query, this.dimension, 'The query');
    const size = await this.#count();
    if (k === 0 || size === 0 || allowed?.count === 0) return [];
    const selectivity = allowed ? Math.min(1, allowed.count / size) : 1;
    for (let rows = Math.ceil((k / selectivity) * 1.5) + 32; rows <= MOST_FROM_GRAPH; rows *= 4) {
      const found = await this.#walk(unit, rows);
      const passing = allowed ? found.filter(({ key }) => allowed.has(key)) : found;
      if (passing.length >= k || found.length >= size) return best(passing, k);
    }
    return this.#compare(unit, k, allowed);
  }

  async nearestMany(queries: readonly Float32Array[], k: number, allowed: ItemSet | null): Promise<Candidate[][]> {
    const set = allowed && Bitset.from(allowed);
    return Promise.all(queries.map((query) => this.nearest(query, k, set)));
  }

  async close(): Promise<void> {}

  async #count(): Promise<number> {
    const { count } = await this.database.query
      .selectFrom('item_vectors')
      .select((expression) => expression.fn.countAll<number>().as('count'))
      .where('fusion', '=', this.fusion)
      .executeTakeFirstOrThrow();
    this.#size = Number(count);
    return this.#size;
  }

  /** The nearest rows by the graph (or, where there is none, by comparing). */
  async #walk(query: Float32Array, rows: number): Promise<Candidate[]> {
    const type = sql.raw(`${this.#type ?? 'vector'}(${this.dimension})`);
    const distance = sql<number>`vector::${type} <=> ${toVectorText(query)}::${type}`;
    return this.database.transaction(async (trx) => {
      await sql`select set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', ${String(Math.min(1_000, Math.max(200, rows)))}, true)`.execute(
        trx,
      );
      const { rows: found } = await sql<{ key: number; distance: number }>`
        select item_key as key, ${distance} as distance from item_vectors
        where fusion = ${sql.lit(this.fusion)} order by ${distance} limit ${sql.lit(rows)}`.execute(trx);
      return found.map(({ key, distance }) => ({ key, score: 1 - Number(distance) }));
    });
  }

  /** Every allowed row, compared. */
  async #compare(query: Float32Array, k: number, allowed: ItemSet | null): Promise<Candidate[]> {
    const distance = sql<number>`vector <=> ${toVectorText(query)}::vector`;
    const keys = allowed ? sql`and item_key = any(${[...allowed.keys()]}::int[])` : sql``;
    const { rows } = await sql<{ key: number; distance: number }>`
      select item_key as key, ${distance} as distance from item_vectors
      where fusion = ${this.fusion} ${keys} order by distance, item_key limit ${k}`.execute(this.database.query);
    return best(
      rows.map(({ key, distance }) => ({ key, score: 1 - Number(distance) })),
      k,
    );
  }
}

const best = (candidates: readonly Candidate[], k: number): Candidate[] => {
  const top = new TopK(Math.min(k, candidates.length));
  for (const { key, score } of candidates) top.offer(key, score);
  return top.best();
};
