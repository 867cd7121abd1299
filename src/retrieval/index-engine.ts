import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { FusionModel } from '../fusion/fusion.api.js';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  LOGGER,
  type Logger,
  MEMORY,
  SETTINGS,
  type Settings,
  stage,
} from '../platform/platform.api.js';
import { ExactVectorIndex } from './exact-vector-index.js';
import type { FilterableItem } from './filter.js';
import { HnswAbsent } from './hnsw/hnsw-graph.js';
import { HnswVectorIndex } from './hnsw/hnsw-vector-index.js';
import { listSnapshots, pruneSnapshots } from './hnsw/snapshots.js';
import { PgvectorVectorIndex } from './pgvector-vector-index.js';
import { measureRecall, type Recall } from './recall.js';
import type { VectorIndex, VectorIndexKind } from './vector-index.port.js';
import type { VectorTable } from './vector-table.js';
import { WeaviateAbsent } from './weaviate/weaviate-nodes.js';
import { WeaviateVectorIndex } from './weaviate/weaviate-vector-index.js';

/** A graph that finds less than this of the truth does not go live. */
export const LEAST_RECALL = 0.95;
/** Recall is measured on this many queries, with rests between them: each holds the loop for one exact scan. */
const VERIFY_QUERIES = 100;
const VERIFY_PAUSE_MS = 20;
const SNAPSHOT_AFTER_CHANGES = 2_000;
const SNAPSHOT_PAUSE_MS = 60_000;
/** A graph of a million items is built for an hour: what there is of it is kept so often, and a start after a kill goes on from there. */
const KEPT_WHILE_BUILT_MS = 300_000;
const SHUTDOWN_SAVE_MS = 5_000;
const HOUR_MS = 3_600_000;

/** What people see of the index. */
export interface IndexStatus {
  /** As configured. */
  configured: VectorIndexKind;
  /** What answers now. */
  serving: VectorIndexKind;
  fusion: string | null;
  dimension: number | null;
  items: number;
  /** Items that the graph does not hold yet; they are scanned exactly meanwhile. */
  pending: number;
  /** Share of the graph that is dead, 0–1. */
  waste: number;
  isRebuilding: boolean;
  /** Whether the graph came from a snapshot at start, and why one was refused. */
  warmStart: boolean;
  refusedSnapshot: string | null;
  recall: Recall | null;
  /** Why answers are worse or slower than configured; null when all is well. */
  degraded: string | null;
}

/** Keeps one vector index over the live vectors: opens it for a fusion model, keeps it true, rebuilds, verifies and snapshots it. */
@Injectable()
export class IndexEngine implements OnApplicationShutdown {
  #index: VectorIndex | null = null;
  #table: VectorTable | null = null;
  #fusion: string | null = null;
  #degraded: string | null = null;
  #trouble: string | null = null;
  #recall: Recall | null = null;
  #changes = 0;
  #saved = 0;
  #isBusy = false;
  #timer: NodeJS.Timeout | null = null;
  /** How often a graph that is being built is written to disk as it is, in milliseconds. */
  keptWhileBuiltMs = KEPT_WHILE_BUILT_MS;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  get index(): VectorIndex | null {
    return this.#index;
  }

  /** The index over exactly this table; null while another is being opened over it, so that no answer mixes two models. */
  over(table: VectorTable): VectorIndex | null {
    return this.#table === table ? this.#index : null;
  }

  /** As answers show it: what answers, over which vectors. */
  get name(): string {
    return this.#index ? `${this.#index.kind}:${this.#fusion}` : 'none';
  }

  /** Opens an index over a table of this model's vectors and lets it take over from the one before; `describe`: an item's fields now. */
  async open(
    model: Pick<FusionModel, 'version'>,
    table: VectorTable,
    describe: (key: number) => FilterableItem | undefined = () => undefined,
  ): Promise<void> {
    const before = this.#index;
    const index = await this.#opened(model, table, describe);
    this.#index = index;
    this.#table = table;
    this.#fusion = model.version;
    this.#recall = null;
    this.#changes = 0;
    await before?.close();
    if (index instanceof HnswVectorIndex) void this.#whenBuilt(index);
    if (index instanceof WeaviateVectorIndex) void this.#whenWritten(index);
    if (index instanceof PgvectorVectorIndex)
      void index.build().catch((error: unknown) => this.answered(error as Error));
  }

  /** The table has new vectors under these keys. */
  stored(keys: readonly number[]): void {
    if (this.#index instanceof HnswVectorIndex || this.#index instanceof WeaviateVectorIndex) this.#index.stored(keys);
    this.#changed(keys.length);
  }

  /** These items have other fields, for an index that holds them too. */
  described(keys: readonly number[]): void {
    if (this.#index instanceof WeaviateVectorIndex) this.#index.stored(keys);
  }

  /** These items are gone. */
  removed(keys: readonly number[]): void {
    void this.#index?.remove(keys);
    this.#changed(keys.length);
  }

  /** How an index's answer went; a failure is logged once and shown until an answer succeeds. */
  answered(error: Error | null): void {
    if (error && this.#trouble !== error.message)
      this.logger.warn({ err: error, index: this.#index?.kind }, 'the index does not answer; the exact scan does');
    this.#trouble = error?.message ?? null;
  }

  /** Why the index does not answer just now, so that the exact scan stands in; null when it does. */
  get trouble(): string | null {
    const index = this.#index;
    if (this.#trouble) return this.#trouble;
    if (index instanceof HnswVectorIndex) return index.state.death;
    return index instanceof WeaviateVectorIndex ? index.state.trouble : null;
  }

  status(): IndexStatus {
    const index = this.#index;
    const state = index instanceof HnswVectorIndex ? index.state : null;
    const pending = index instanceof WeaviateVectorIndex ? index.state.fresh : (state?.fresh ?? 0);
    return {
      configured: this.settings.index,
      serving: index?.kind ?? 'exact',
      fusion: this.#fusion,
      dimension: this.#table?.dimension ?? null,
      items: this.#table?.present.count ?? 0,
      pending,
      waste: state?.waste ?? 0,
      isRebuilding: state?.isRebuilding ?? false,
      warmStart: (state?.openedFrom ?? null) !== null,
      refusedSnapshot: state?.refused ?? null,
      recall: this.#recall,
      degraded: this.#degraded ?? this.trouble,
    };
  }

  /** Builds the graph anew beside the present one; resolves with whether it took over. */
  build(): Promise<boolean> {
    return stage('index.build', () => this.#build());
  }

  async #build(): Promise<boolean> {
    const index = this.#index;
    if (index instanceof PgvectorVectorIndex) {
      await index.build();
      return true;
    }
    if (!(index instanceof HnswVectorIndex) || !this.#table) return false;
    const table = this.#table;
    let recall: Recall | null = null;
    const took = await index.rebuild(async (probe) => {
      recall = await measureRecall(table, probe, { queries: VERIFY_QUERIES, pauseMs: VERIFY_PAUSE_MS });
      return recall.value >= LEAST_RECALL;
    });
    await this.#record(took ? 'live' : 'failed', recall);
    if (took) {
      this.#recall = recall;
      await this.#save(index);
    }
    return took;
  }

  /** Measures recall@10 of what serves against the exact answer. */
  async verify(): Promise<Recall | null> {
    const index = this.#index;
    const table = this.#table;
    if (!index || !table) return null;
    const probe =
      index instanceof HnswVectorIndex || index instanceof WeaviateVectorIndex
        ? (query: Float32Array, k: number) => index.probe(query, k)
        : async (query: Float32Array, k: number) => (await index.nearest(query, k, null)).map(({ key }) => key);
    const recall = await measureRecall(table, probe, { queries: VERIFY_QUERIES, pauseMs: VERIFY_PAUSE_MS });
    if (this.#index === index) this.#recall = recall;
    return recall;
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    const index = this.#index;
    if (index instanceof HnswVectorIndex && this.#changes > this.#saved && index.state.fresh === 0)
      await Promise.race([this.#save(index), new Promise((over) => setTimeout(over, SHUTDOWN_SAVE_MS).unref())]);
    await index?.close();
    this.#index = null;
  }

  async #opened(
    model: Pick<FusionModel, 'version'>,
    table: VectorTable,
    describe: (key: number) => FilterableItem | undefined,
  ): Promise<VectorIndex> {
    switch (this.settings.index) {
      case 'hnsw': {
        try {
          const [newest] = this.#snapshots === null ? [] : listSnapshots(this.#snapshots, model.version);
          const index = await HnswVectorIndex.open(table, { snapshot: newest?.folder ?? null });
          if (index.state.refused)
            this.logger.warn(
              { reason: index.state.refused },
              'the index snapshot was refused; the index is built anew',
            );
          return index;
        } catch (error) {
          if (!(error instanceof HnswAbsent)) throw error;
          this.#degrade(
            `hnswlib-node can't be loaded (${error.message}); the exact index serves. Installing with a C++ compiler and Python brings it back.`,
          );
          return new ExactVectorIndex(table);
        }
      }
      case 'pgvector':
        return new PgvectorVectorIndex(this.database, model.version, table.dimension);
      case 'weaviate': {
        try {
          const { id } = await this.database.query.selectFrom('installation').select('id').executeTakeFirstOrThrow();
          return await WeaviateVectorIndex.open(table, {
            url: this.settings.weaviateUrl!,
            installation: id,
            fusion: model.version,
            describe,
          });
        } catch (error) {
          if (!(error instanceof WeaviateAbsent)) throw error;
          this.#degrade(
            `weaviate-client can't be loaded (${error.message}); the exact index serves. \`npm install weaviate-client\` brings it back.`,
          );
          return new ExactVectorIndex(table);
        }
      }
      case 'exact':
        return new ExactVectorIndex(table);
    }
  }

  /** Says so once. */
  #degrade(reason: string): void {
    if (this.#degraded !== reason) this.logger.warn(reason);
    this.#degraded = reason;
  }

  get #snapshots(): string | null {
    return this.settings.dataDir === MEMORY ? null : join(this.settings.dataDir, 'indexes', 'hnsw');
  }

  #changed(count: number): void {
    this.#changes += count;
    const index = this.#index;
    if (!(index instanceof HnswVectorIndex) || this.#timer || this.#isBusy) return;
    if (!index.isWorn && this.#changes - this.#saved < SNAPSHOT_AFTER_CHANGES) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#index === index) void this.#tend(index);
    }, SNAPSHOT_PAUSE_MS);
    this.#timer.unref();
  }

  async #tend(index: HnswVectorIndex): Promise<void> {
    this.#isBusy = true;
    try {
      await index.settled();
      if (index.isWorn) await this.build();
      else await this.#save(index);
    } catch (error) {
      if (this.#index !== index) return;
      this.logger.warn({ err: error }, 'the index could not be tended; it serves on');
    } finally {
      this.#isBusy = false;
    }
  }

  async #whenBuilt(index: HnswVectorIndex): Promise<void> {
    try {
      const pending = index.state.fresh;
      await this.#keptUntilBuilt(index);
      if (this.#index !== index || index.state.death !== null || pending === 0) return;
      await this.#record('live', await this.verify());
      if (pending > SNAPSHOT_AFTER_CHANGES) await this.#save(index);
    } catch (error) {
      // Another generation took over meanwhile: this one was closed on purpose.
      if (this.#index !== index) return;
      this.logger.warn({ err: error }, 'the index could not be verified; it serves on');
    }
  }

  /** Waits until the graph holds everything, and keeps what there is of it now and then. */
  async #keptUntilBuilt(index: HnswVectorIndex): Promise<void> {
    let isBuilt = false;
    const built = index.settled().then(() => {
      isBuilt = true;
    });
    for (;;) {
      const pause = new AbortController();
      await Promise.race([built, sleep(this.keptWhileBuiltMs, null, { ref: false, signal: pause.signal })]).catch(
        () => undefined,
      );
      pause.abort();
      if (isBuilt || this.#index !== index) return built;
      await this.#save(index);
    }
  }

  /** Weaviate holds all: the generation is live, the one before stays for going back, older ones go. */
  async #whenWritten(index: WeaviateVectorIndex): Promise<void> {
    try {
      await index.settled();
      if (this.#index !== index) return;
      const before = await this.database.query
        .selectFrom('index_generations')
        .select('fusion')
        .where('adapter', '=', index.kind)
        .where('fusion', '!=', this.#fusion!)
        .orderBy('key', 'desc')
        .executeTakeFirst();
      await this.#record('live', await this.verify());
      await index.retire(before ? [before.fusion] : []);
    } catch (error) {
      if (this.#index !== index) return;
      this.logger.warn({ err: error }, 'the index in Weaviate could not be verified; it serves on');
    }
  }

  async #save(index: HnswVectorIndex): Promise<void> {
    const root = this.#snapshots;
    const fusion = this.#fusion;
    if (root === null || fusion === null || index.size === 0) return;
    const changes = this.#changes;
    const now = this.clock.now();
    try {
      await index.save(join(root, `${now.getTime()}-${randomBytes(4).toString('hex')}`), {
        fusion,
        createdAt: now.toISOString(),
      });
      this.#saved = changes;
      // One back, so that a damaged newest leaves another.
      pruneSnapshots(root, fusion, 2, (name) => now.getTime() - statSync(join(root, name)).mtimeMs > HOUR_MS);
    } catch (error) {
      this.logger.warn({ err: error }, 'the index snapshot could not be written; the next start builds the index anew');
    }
  }

  async #record(state: 'live' | 'failed', recall: Recall | null): Promise<void> {
    const index = this.#index;
    if (!index || this.#fusion === null) return;
    const row = {
      adapter: index.kind,
      fusion: this.#fusion,
      items: index.size,
      recall: recall && JSON.stringify(recall),
    };
    await this.database.transaction(async (trx) => {
      if (state === 'live')
        await trx
          .updateTable('index_generations')
          .set({ state: 'retired' })
          .where('adapter', '=', index.kind)
          .where('state', '=', 'live')
          .execute();
      await trx
        .insertInto('index_generations')
        .values({ ...row, state, live_at: state === 'live' ? this.clock.now() : null })
        .execute();
    });
  }
}
