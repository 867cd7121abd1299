import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { storeUnit } from '../exact-vector-index.js';
import type { Filter, FilterableItem } from '../filter.js';
import { vectorDigest } from '../hnsw/vector-digest.js';
import { Bitset, type ItemSet } from '../item-set.js';
import { type LaggingFinder, nearestByLagging } from '../lagging-search.js';
import { unitVector } from '../unit-vector.js';
import type { Candidate, VectorEntry, VectorIndex } from '../vector-index.port.js';
import type { VectorTable } from '../vector-table.js';
import { type PushedItem, pushedItem } from './pushed-filter.js';
import { MOST_RESULTS, WeaviateCollection, type WeaviateEntry } from './weaviate-collection.js';
import { WeaviateNodes } from './weaviate-nodes.js';

const WRITTEN_AT_ONCE = 256;
/** Up to so many allowed items are named to Weaviate one by one. */
const NAMED_KEYS = 500;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** After a search that failed, the table answers alone for so long. */
const REST_MS = 1_000;
/** What lies in Weaviate is compared with the table this often: another process, or a node that lost data, may have undone something. */
const COMPARED_EVERY_MS = 10 * 60_000;

/** Where a generation's vectors lie and what is told of each item. */
export interface WeaviateOptions {
  /** `WEAVIATE_URL`. */
  url: string;
  /** Of this shop: several may share a Weaviate. */
  installation: string;
  /** Version of the fusion model. */
  fusion: string;
  /** An item's fields, for filters that are judged in Weaviate; undefined for items that have none (yet). */
  describe?: (key: number) => FilterableItem | undefined;
}

/** Collections of one installation begin so. */
export const collectionPrefix = (installation: string): string =>
  `Vitrine${createHash('sha256').update(installation).digest('hex').slice(0, 12)}`;

/**
 * Weaviate beside the table that holds the vectors. Every find is scored from the table, so neither a lagging copy nor another process' late
 * write can tell an old score or a deleted item. What has not reached a majority of Weaviate's copies yet is looked at exactly meanwhile and
 * written in the background, for as long as it takes. One collection a generation; filters are judged in Weaviate as far as it can.
 */
export class WeaviateVectorIndex implements VectorIndex {
  readonly kind = 'weaviate';
  readonly #collection: WeaviateCollection;
  readonly #nodes: WeaviateNodes;
  /** Keys that Weaviate does not hold as they are now. */
  readonly #fresh = new Bitset();
  readonly #gone = new Set<number>();
  readonly #digests = new Map<number, number>();
  readonly #settled: (() => void)[] = [];
  #isWriting = false;
  #isClosed = false;
  /** Whether what lies there has been read once, and whether it is to be read (again). */
  #isListed = false;
  #isDue = true;
  #trouble: string | null = null;
  #restsUntil = 0;
  #timer: NodeJS.Timeout | null = null;
  #wake: (() => void) | null = null;

  /** Opens without waiting for Weaviate. @throws `WeaviateAbsent` when its client is not installed. */
  static async open(table: VectorTable, options: WeaviateOptions): Promise<WeaviateVectorIndex> {
    return new WeaviateVectorIndex(table, options, await WeaviateNodes.load(options.url));
  }

  private constructor(
    private readonly table: VectorTable,
    private readonly options: WeaviateOptions,
    nodes: WeaviateNodes,
  ) {
    this.#nodes = nodes;
    this.#collection = new WeaviateCollection(nodes, this.#nameOf(options.fusion));
    table.present.each((key) => void this.#fresh.add(key));
    this.#write();
  }

  get dimension(): number {
    return this.table.dimension;
  }

  get size(): number {
    return this.table.present.count;
  }

  /** Items that Weaviate does not hold yet, and why it does not answer; null when it does. */
  get state(): { fresh: number; trouble: string | null } {
    return { fresh: this.#fresh.count, trouble: this.#trouble };
  }

  async upsert(entries: readonly VectorEntry[]): Promise<void> {
    storeUnit(this.table, entries);
    this.stored(entries.map(({ key }) => key));
  }

  /** The table has new vectors under these keys, or the items have other fields. */
  stored(keys: readonly number[]): void {
    for (const key of keys) {
      if (!this.table.has(key)) continue;
      this.#gone.delete(key);
      this.#fresh.add(key);
    }
    this.#write();
  }

  async remove(keys: readonly number[]): Promise<void> {
    for (const key of keys) {
      this.table.delete(key);
      this.#fresh.delete(key);
      this.#gone.add(key);
    }
    this.#write();
  }

  async nearest(query: Float32Array, k: number, allowed: ItemSet | null): Promise<Candidate[]> {
    return (await this.nearestMany([query], k, allowed))[0]!;
  }

  /**
   * `filter`: what `allowed` was made from, if it was; all of `allowed` passes it.
   * @throws when no node answers: the caller has the table for that.
   */
  async nearestMany(
    queries: readonly Float32Array[],
    k: number,
    allowed: ItemSet | null,
    filter?: Filter,
  ): Promise<Candidate[][]> {
    const now = performance.now();
    if (now < this.#restsUntil) throw new Error(this.#trouble ?? 'Weaviate does not answer');
    const finder: LaggingFinder = {
      fresh: this.#fresh,
      isGone: !this.#isListed,
      find: async (units, ask, attempt, wanted) => {
        const plan = this.#plan(ask, attempt, wanted, filter);
        return (
          plan &&
          Promise.all(
            units.map(async (query) => ({ keys: await this.#collection.near(query, plan.limit, plan.among) })),
          )
        );
      },
    };
    try {
      return await nearestByLagging(this.table, finder, queries, k, allowed);
    } catch (error) {
      if ((error as { code?: string }).code !== 'VIT_INDEX_VECTOR') this.#failed(error);
      throw error;
    }
  }

  /** Asks Weaviate alone, without the exact help: for measuring it. */
  probe(query: Float32Array, k: number): Promise<number[]> {
    return this.#collection.near(unitVector(query, this.dimension, 'The query'), k, null);
  }

  /** Resolves when Weaviate holds everything. */
  async settled(): Promise<void> {
    if (this.#isClosed || (this.#isListed && this.#fresh.count + this.#gone.size === 0)) return;
    await new Promise<void>((done) => void this.#settled.push(done));
  }

  /** Removes this installation's other collections but those of the `kept` models. */
  async retire(kept: readonly string[]): Promise<void> {
    const names = new Set([this.#collection.name, ...kept.map((fusion) => this.#nameOf(fusion))]);
    for (const name of await this.#collection.siblings(collectionPrefix(this.options.installation)))
      if (!names.has(name)) await this.#collection.drop(name);
  }

  /** Removes this generation's collection. */
  async drop(): Promise<void> {
    await this.#collection.drop();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#wake?.();
    for (const done of this.#settled.splice(0)) done();
    await this.#nodes.close();
  }

  #nameOf(fusion: string): string {
    const generation = createHash('sha256').update(`${fusion} ${this.dimension}`).digest('hex').slice(0, 12);
    return `${collectionPrefix(this.options.installation)}_${generation}`;
  }

  /** How widely Weaviate is asked: few allowed items by name, else by the filter, and four times as far at each attempt. */
  #plan(
    ask: number,
    attempt: number,
    wanted: Bitset | null,
    filter: Filter | undefined,
  ): { limit: number; among: { filter: Filter } | { keys: number[] } | null } | null {
    if (wanted && wanted.count <= NAMED_KEYS)
      return attempt === 0 ? { limit: wanted.count, among: { keys: [...wanted.keys()] } } : null;
    const share = wanted && !filter ? wanted.count / Math.max(1, this.size) : 1;
    const limit = (Math.ceil((ask / share) * 1.2) + 16) * 4 ** attempt;
    if (limit > MOST_RESULTS) return null;
    return { limit, among: filter ? { filter } : null };
  }

  #entry(key: number): WeaviateEntry {
    const vector = this.table.get(key)!;
    const item = this.options.describe?.(key);
    const pushed: PushedItem = item ? pushedItem(item) : { terms: [] };
    const digest = vectorDigest(vector) ^ (crc32(JSON.stringify(pushed)) | 0);
    return { key, digest, vector: vector.slice(), pushed };
  }

  #write(): void {
    if (this.#isWriting || this.#isClosed) return;
    this.#isWriting = true;
    void this.#writeAll().finally(() => {
      this.#isWriting = false;
      // What came between the last look and now.
      if (!this.#isClosed && this.#fresh.count + this.#gone.size > 0) this.#write();
    });
  }

  async #writeAll(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.#isClosed; ) {
      try {
        if (this.#isDue) await this.#compare();
        if (this.#fresh.count + this.#gone.size === 0) break;
        await this.#writeSome();
        pauseMs = FIRST_PAUSE_MS;
        this.#trouble = null;
      } catch (error) {
        if (this.#isClosed) return;
        this.#failed(error);
        await this.#rest(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
    this.#trouble = null;
    for (const done of this.#settled.splice(0)) done();
  }

  async #writeSome(): Promise<void> {
    const gone = [...this.#gone].slice(0, WRITTEN_AT_ONCE);
    if (gone.length > 0) {
      await this.#collection.remove(gone);
      for (const key of gone) {
        this.#digests.delete(key);
        // Taken back meanwhile, it is fresh and follows.
        this.#gone.delete(key);
      }
      return;
    }
    const entries: WeaviateEntry[] = [];
    for (const key of this.#fresh.keys()) {
      if (entries.length === WRITTEN_AT_ONCE) break;
      if (!this.table.has(key)) this.#fresh.delete(key);
      else entries.push(this.#entry(key));
    }
    await this.#collection.put(entries.filter(({ key, digest }) => this.#digests.get(key) !== digest));
    for (const { key, digest } of entries) {
      if (!this.#fresh.has(key)) {
        // Removed while it was under way: it may lie there now.
        if (!this.table.has(key)) this.#gone.add(key);
        continue;
      }
      this.#digests.set(key, digest);
      if (this.#entry(key).digest === digest) this.#fresh.delete(key);
    }
  }

  /** What lies there against what should: the differences become fresh, or gone. */
  async #compare(): Promise<void> {
    await this.#collection.ensure();
    const there = new Map<number, number>();
    for await (const batch of this.#collection.list()) for (const { key, digest } of batch) there.set(key, digest);
    this.#digests.clear();
    for (const [key, digest] of there) {
      if (!this.table.has(key)) this.#gone.add(key);
      else if (this.#entry(key).digest === digest) {
        this.#digests.set(key, digest);
        this.#fresh.delete(key);
      }
    }
    this.table.present.each((key) => {
      if (!this.#digests.has(key)) this.#fresh.add(key);
    });
    this.#isListed = true;
    this.#isDue = false;
    this.#timer = setTimeout(() => {
      this.#isDue = true;
      this.#write();
    }, COMPARED_EVERY_MS);
    this.#timer.unref();
  }

  #failed(error: unknown): void {
    this.#trouble = `Weaviate does not answer (${error instanceof Error ? error.message.split('\n')[0]!.slice(0, 300) : String(error)})`;
    this.#restsUntil = performance.now() + REST_MS;
  }

  #rest(pauseMs: number): Promise<void> {
    return new Promise((wake) => {
      const timer = setTimeout(wake, pauseMs);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        wake();
      };
    });
  }
}
