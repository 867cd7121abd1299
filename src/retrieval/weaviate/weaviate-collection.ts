import type { Collection, FilterValue, WeaviateClient } from 'weaviate-client';
import type { Filter } from '../filter.js';
import { type PushedItem, pushedFilter } from './pushed-filter.js';
import { SEARCH_MS, type WeaviateNodes, WRITE_MS } from './weaviate-nodes.js';

/** Copies of every item where there are nodes enough: one may die and a majority still agrees. */
const MOST_REPLICAS = 3;
const LISTED_AT_ONCE = 2_000;
/** Weaviate refuses larger answers (QUERY_MAXIMUM_RESULTS). */
export const MOST_RESULTS = 10_000;
/** As our own graph (see `hnswDefaults` and EF_SEARCH), with the links a point that Weaviate prefers. */
const graph = { efConstruction: 200, maxConnections: 32, ef: 320 } as const;

/** An item as it lies in Weaviate; `digest` tells which vector and fields these were. */
export interface WeaviateEntry {
  key: number;
  digest: number;
  vector: Float32Array;
  pushed: PushedItem;
}

/** A key inside the id that Weaviate wants. */
const idOf = (key: number): string => `00000000-0000-4000-8000-${key.toString(16).padStart(12, '0')}`;
const keyOf = (id: string): number => Number.parseInt(id.slice(-12), 16);

/** One collection: the vectors of one generation, sharded and replicated by Weaviate. */
export class WeaviateCollection {
  constructor(
    private readonly nodes: WeaviateNodes,
    readonly name: string,
  ) {}

  /** Makes the collection if there is none. Nodes are counted at that moment: with three there are three copies. */
  async ensure(): Promise<void> {
    await this.nodes.ask(async (client) => {
      if (await client.collections.exists(this.name)) return;
      const { configure, dataType, tokenization, vectors, vectorIndex } = {
        ...this.nodes.library,
        vectors: this.nodes.library.configure.vectors,
        vectorIndex: this.nodes.library.configure.vectorIndex,
      };
      const nodes = await client.cluster.nodes();
      const factor = Math.min(MOST_REPLICAS, Math.max(1, nodes.length));
      try {
        await client.collections.create({
          name: this.name,
          vectorizers: vectors.selfProvided({
            vectorIndexConfig: vectorIndex.hnsw({
              distanceMetric: 'cosine',
              ...graph,
              filterStrategy: 'acorn',
              quantizer: vectorIndex.quantizer.none(),
            }),
          }),
          properties: [
            { name: 'digest', dataType: dataType.INT, indexFilterable: false, indexSearchable: false },
            {
              name: 'terms',
              dataType: dataType.TEXT_ARRAY,
              tokenization: tokenization.FIELD,
              indexFilterable: true,
              indexSearchable: false,
            },
            { name: 'price', dataType: dataType.NUMBER, indexFilterable: true, indexRangeFilters: true },
            { name: 'published', dataType: dataType.NUMBER, indexFilterable: true, indexRangeFilters: true },
          ],
          replication: configure.replication({
            factor,
            asyncEnabled: factor > 1,
            deletionStrategy: 'DeleteOnConflict',
          }),
        });
      } catch (error) {
        // Another process may have made it in the meantime.
        if (!(await client.collections.exists(this.name))) throw error;
      }
    }, WRITE_MS);
  }

  /** Stores or replaces; resolves when a majority of the copies has them, throws when one could not be stored. */
  async put(entries: readonly WeaviateEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.nodes.ask(async (client) => {
      const { errors, hasErrors } = await this.#written(client).data.insertMany(
        entries.map(({ key, digest, vector, pushed }) => ({
          id: idOf(key),
          properties: { digest, ...pushed },
          vectors: Array.from(vector),
        })),
      );
      if (hasErrors) throw new Error(`Weaviate did not take an item: ${Object.values(errors)[0]?.message}`);
    }, WRITE_MS);
  }

  /** Unknown keys are no error. */
  async remove(keys: readonly number[]): Promise<void> {
    if (keys.length === 0) return;
    await this.nodes.ask(async (client) => {
      const collection = this.#written(client);
      const { failed } = await collection.data.deleteMany(collection.filter.byId().containsAny(keys.map(idOf)));
      if (failed > 0) throw new Error(`Weaviate did not remove ${failed} of ${keys.length} items`);
    }, WRITE_MS);
  }

  /** Up to `limit` keys near the query, nearest first, of those that pass what of `filter` can be judged there, or of `keys`. */
  async near(
    query: Float32Array,
    limit: number,
    among: { filter: Filter } | { keys: readonly number[] } | null,
  ): Promise<number[]> {
    return this.nodes.ask(async (client) => {
      const collection = this.#read(client);
      const { objects } = await collection.query.nearVector(Array.from(query), {
        limit: Math.min(limit, MOST_RESULTS),
        filters: among === null ? undefined : this.#judged(collection, among),
        returnProperties: [],
      });
      return objects.map(({ uuid }) => keyOf(uuid));
    }, SEARCH_MS);
  }

  /** Everything stored: key and digest. */
  async *list(): AsyncGenerator<{ key: number; digest: number }[]> {
    for (let after: string | undefined; ; ) {
      const cursor = after;
      const { objects } = await this.nodes.ask(
        (client) =>
          this.#read(client).query.fetchObjects({ limit: LISTED_AT_ONCE, after: cursor, returnProperties: ['digest'] }),
        WRITE_MS,
      );
      if (objects.length > 0)
        yield objects.map(({ uuid, properties }) => ({ key: keyOf(uuid), digest: Number(properties.digest) }));
      if (objects.length < LISTED_AT_ONCE) return;
      after = objects.at(-1)!.uuid;
    }
  }

  /** Names of all collections that begin so. */
  async siblings(prefix: string): Promise<string[]> {
    const all = await this.nodes.ask((client) => client.collections.listAll(), WRITE_MS);
    return all.map(({ name }) => name).filter((name) => name.startsWith(prefix));
  }

  async drop(name = this.name): Promise<void> {
    await this.nodes.ask((client) => client.collections.delete(name), WRITE_MS);
  }

  #judged(collection: Collection, among: { filter: Filter } | { keys: readonly number[] }): FilterValue | undefined {
    if ('keys' in among) return collection.filter.byId().containsAny(among.keys.map(idOf));
    return pushedFilter(among.filter, collection.filter, this.nodes.library) ?? undefined;
  }

  #read(client: WeaviateClient): Collection {
    return client.collections.use(this.name);
  }

  #written(client: WeaviateClient): Collection {
    return client.collections.use(this.name).withConsistency('QUORUM');
  }
}
