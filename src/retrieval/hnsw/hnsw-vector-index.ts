import { storeUnit } from '../exact-vector-index.js';
import type { ItemSet } from '../item-set.js';
import { type LaggingFinder, type NearKeys, nearestByLagging } from '../lagging-search.js';
import { askOfAll, FAR_COSINE, WALK_WIDTH, widthFor, widthOfFar } from '../search-plan.js';
import { unitVector } from '../unit-vector.js';
import type { Candidate, VectorEntry, VectorIndex } from '../vector-index.port.js';
import type { VectorTable } from '../vector-table.js';
import { HnswGraph } from './hnsw-graph.js';
import type { HnswParameters, SnapshotHead } from './hnsw-messages.js';

/** Graph parameters by default: Malkov & Yashunin 2018, section 4, for some hundred dimensions. */
export const hnswDefaults = { m: 16, efConstruction: 200 } as const;
/**
 * Width of a search. Profile-like queries reach recall@10 1.000 at 160; queries far from every item (odd sentences and pictures) .98 at 256
 * (20,000 × 256 clustered vectors, M 16): 320 keeps a mix of both above .99.
 */
export const EF_SEARCH = WALK_WIDTH;
/** Walks with the filter inside, each four times as wide, before the table is scanned. */
const WIDENINGS = 2;
/** A walk brings home at most one in so many of all items. */
const SIFTED_AT_MOST = 8;
/** A graph with more dead points than this share, and more of them than 1,000, is built anew. */
const REBUILD_AT_WASTE = 0.3;
const REBUILD_AT_DELETED = 1_000;

/**
 * HNSW in a thread, beside the exact table that holds the vectors. Every answer is scored from the table, so a graph that lags behind can cost
 * recall but never tell an old score or a deleted item; what it does not hold yet is looked at exactly; and when it finds fewer than are there,
 * it looks wider, and at last exactly. With heavy churn a second graph is built in another thread and then takes over.
 */
export class HnswVectorIndex implements VectorIndex {
  readonly kind = 'hnsw';
  #graph: HnswGraph;
  #next: HnswGraph | null = null;
  #isClosed = false;

  /** @throws `HnswAbsent` when the native library is not there. */
  static async open(
    table: VectorTable,
    options: { snapshot?: string | null; parameters?: Partial<HnswParameters> } = {},
  ): Promise<HnswVectorIndex> {
    const parameters = { ...hnswDefaults, ...options.parameters, dimension: table.dimension };
    return new HnswVectorIndex(
      table,
      parameters,
      await HnswGraph.open({ parameters, table, snapshot: options.snapshot ?? null }),
    );
  }

  private constructor(
    private readonly table: VectorTable,
    private readonly parameters: HnswParameters,
    graph: HnswGraph,
  ) {
    this.#graph = graph;
  }

  get dimension(): number {
    return this.table.dimension;
  }

  get size(): number {
    return this.table.present.count;
  }

  /** How far the graph is: items not in it yet, share of dead points, whether another is being built, and why it is dead if it is. */
  get state(): {
    fresh: number;
    waste: number;
    isRebuilding: boolean;
    openedFrom: string | null;
    refused: string | null;
    death: string | null;
  } {
    const { fresh, waste, openedFrom, refused, death } = this.#graph;
    return {
      fresh: fresh.count,
      waste,
      isRebuilding: this.#next !== null,
      openedFrom,
      refused,
      death: death?.message ?? null,
    };
  }

  async upsert(entries: readonly VectorEntry[]): Promise<void> {
    storeUnit(this.table, entries);
    this.stored(entries.map(({ key }) => key));
  }

  /** The table already has new vectors under these keys. */
  stored(keys: readonly number[]): void {
    this.#graph.upserted(keys);
    this.#next?.upserted(keys);
  }

  async remove(keys: readonly number[]): Promise<void> {
    for (const key of keys) this.table.delete(key);
    this.#graph.removed(keys);
    this.#next?.removed(keys);
  }

  async nearest(query: Float32Array, k: number, allowed: ItemSet | null): Promise<Candidate[]> {
    return (await this.nearestMany([query], k, allowed))[0]!;
  }

  async nearestMany(queries: readonly Float32Array[], k: number, allowed: ItemSet | null): Promise<Candidate[][]> {
    const graph = this.#graph;
    const { size } = this;
    const finder: LaggingFinder = {
      fresh: graph.fresh,
      isGone: graph.death !== null,
      async find(units, ask, attempt, wanted) {
        // Whoever calls sifts what is found, so that most filters need not be asked inside the walk; where too little was left, they are.
        const ofAll = wanted ? askOfAll(ask, wanted.count / size) : size;
        const canSift = ofAll * SIFTED_AT_MOST <= size;
        const sift = canSift && attempt === 0;
        const wider = attempt - Number(canSift);
        if (wider >= WIDENINGS) return null;
        const most = sift ? ofAll : ask;
        const ef = widthFor(most) * 4 ** Math.max(0, wider);
        try {
          const found = await graph.search(units, most, ef, sift ? null : wanted);
          const width = widthOfFar(size);
          const far = width > ef ? found.flatMap((near, at) => (isFar(near) ? [at] : [])) : [];
          if (far.length === 0) return found;
          const wide = await graph.search(
            far.map((at) => units[at]!),
            most,
            width,
            sift ? null : wanted,
          );
          far.forEach((at, n) => {
            found[at] = wide[n]!;
          });
          return found;
        } catch {
          // When the thread is gone (its death is reported by `state`), the table answers alone.
          return null;
        }
      },
    };
    return nearestByLagging(this.table, finder, queries, k, allowed);
  }

  /** Resolves when every item is in the graph. */
  async settled(): Promise<void> {
    await this.#graph.settled();
  }

  /** So much is missing in the graph, or it is gone, that everything would be compared anyway. */
  get isBehind(): boolean {
    return this.#graph.death !== null || this.#graph.fresh.count * 2 > this.size;
  }

  /** Whether so much of the graph is dead that a rebuild pays. */
  get isWorn(): boolean {
    return (
      this.#next === null &&
      (this.#graph.death !== null ||
        (this.#graph.waste > REBUILD_AT_WASTE && this.#graph.waste * this.size > REBUILD_AT_DELETED))
    );
  }

  /**
   * Builds a new graph of all vectors beside the present one and lets it take over, if `accept` (say, a recall measured on it) says so.
   * Searches, upserts and removals go on meanwhile. Gives whether it took over.
   */
  async rebuild(accept: (candidate: GraphProbe) => Promise<boolean> = async () => true): Promise<boolean> {
    if (this.#next) return false;
    const next = await HnswGraph.open({ parameters: this.parameters, table: this.table });
    this.#next = next;
    try {
      await next.settled();
      const isGood = next.death === null && !this.#isClosed && (await accept((query, k) => probe(next, query, k)));
      if (!isGood) {
        await next.close();
        return false;
      }
      const before = this.#graph;
      this.#graph = next;
      await before.close();
      return true;
    } finally {
      this.#next = null;
    }
  }

  /** Asks the graph alone, without the exact help: for measuring it. */
  probe(query: Float32Array, k: number): Promise<number[]> {
    return probe(this.#graph, unitVector(query, this.dimension, 'The query'), k);
  }

  /** Writes a snapshot of the graph; gives its size in bytes. */
  async save(folder: string, head: SnapshotHead): Promise<number> {
    return this.#graph.save(folder, head);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#graph.close(), this.#next?.close()]);
  }
}

/** Whether even the nearest that a walk has found is not near. */
const isFar = ({ scores }: NearKeys): boolean => scores !== undefined && scores.length > 0 && scores[0]! < FAR_COSINE;

/** The keys that a graph alone finds near a unit query. */
export type GraphProbe = (query: Float32Array, k: number) => Promise<number[]>;

const probe = async (graph: HnswGraph, query: Float32Array, k: number): Promise<number[]> =>
  Array.from((await graph.search([query], k, EF_SEARCH, null))[0]!.keys);
