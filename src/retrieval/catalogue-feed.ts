import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import { CatalogReader } from '../catalog/catalog.api.js';
import { ENCODER, type Encoder, SHOP_ENCODER } from '../embedding/embedding.api.js';
import { ActiveFusion, type FusionModel } from '../fusion/fusion.api.js';
import {
  answersHttp,
  DATABASE,
  type Database,
  LOGGER,
  type Logger,
  OneAfterAnother,
  OUTBOX,
  type Outbox,
  type OutboxEntry,
  PROCESS_ROLE,
  type ProcessRole,
  Readiness,
} from '../platform/platform.api.js';
import { fusedVectors, fusedVectorsOf } from './fused-vectors.js';
import { IndexEngine } from './index-engine.js';
import { LiveCatalogue, type PartModality, partModalities } from './live-catalogue.js';
import { vectorsFromBytes } from './vector-bytes.js';
import { type Part, VectorTable } from './vector-table.js';

const ITEMS_AT_ONCE = 1_000;
const PART_ITEMS_AT_ONCE = 500;

/**
 * Fills the live catalogue at start and keeps it true: every `item`, `vectors` and `model` entry of the outbox has taken effect in this process
 * when its follower returns. Loading reads in batches by key; what changes meanwhile is read again at the end.
 */
@Injectable()
export class CatalogueFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly unfollow: (() => void)[] = [];
  private loaded: Promise<void> | null = null;
  private isReady = false;
  /** Keys that changed while a table was being filled. */
  private touched: number[] | null = null;
  private readonly switches = new OneAfterAnother();

  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly engine: IndexEngine,
    private readonly reader: CatalogReader,
    private readonly fusion: ActiveFusion,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    readiness: Readiness,
  ) {
    if (!answersHttp(role)) return;
    readiness.require('catalogue', () => (this.isReady ? null : 'the catalogue is being read into memory'));
    this.unfollow.push(
      outbox.follow('item', (entries) => this.itemsChanged(keysOf(entries))),
      outbox.follow('vectors', (entries) => this.vectorsChanged(keysOf(entries))),
      outbox.follow('model', (entries) => this.modelsChanged(entries)),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    if (answersHttp(this.role)) await this.load();
  }

  onApplicationShutdown(): void {
    for (const stop of this.unfollow) stop();
  }

  /** Reads everything; resolves when the catalogue is whole. A second call waits for the first. */
  load(): Promise<void> {
    this.loaded ??= this.loadAll();
    return this.loaded;
  }

  private async loadAll(): Promise<void> {
    const began = performance.now();
    this.touched = [];
    for (let after = -1; ; ) {
      const records = await this.reader.stream(after, ITEMS_AT_ONCE);
      for (const record of records) this.catalogue.put(record);
      if (records.length < ITEMS_AT_ONCE) break;
      after = records.at(-1)!.key;
    }
    await this.loadParts();
    const touched = this.touched;
    await this.switchTo(this.fusion.current());
    this.catalogue.prepareFilters();
    this.isReady = true;
    await this.itemsChanged([...new Set(touched)]);
    await this.vectorsChanged([...new Set(touched)]);
    // Another model may have become live while everything was read.
    await this.followModel();
    const seconds = (performance.now() - began) / 1_000;
    this.logger.info(
      { items: this.catalogue.size, seconds: Math.round(seconds * 100) / 100, index: this.engine.name },
      'the catalogue is in memory',
    );
  }

  /** Fills a table with this model's vectors beside the present one, and lets it take over with its index. */
  private async switchTo(model: FusionModel): Promise<void> {
    const touched = this.touched ?? [];
    this.touched = touched;
    const table = new VectorTable(model.dimension, 'float32', this.catalogue.kernel);
    for await (const batch of fusedVectors(this.database, model.version))
      for (const { key, vector } of batch) this.place(table, key, vector);
    for (let seen = 0; seen < touched.length; ) {
      const some = touched.slice(seen);
      seen = touched.length;
      await this.refresh(model, table, some);
    }
    // Nothing is awaited between the last look at what changed and the moment the table serves.
    const meanwhile: number[] = [];
    this.touched = meanwhile;
    this.catalogue.useVectors(model, table);
    await this.engine.open(model, table, (key) => this.catalogue.byKey(key));
    this.touched = null;
    // What came while the index was opening has told the one before it.
    this.engine.stored(meanwhile.filter((key) => table.has(key)));
  }

  private place(table: VectorTable, key: number, vector: Float32Array): boolean {
    if (vector.length !== table.dimension) {
      this.logger.warn(
        { key, numbers: vector.length, expected: table.dimension },
        'a stored vector has another dimension than its model; the item has none until it is fused again',
      );
      return false;
    }
    table.put(key, [{ ordinal: 0, vector }]);
    return true;
  }

  /** Reads these items' fused vectors again into a table; gives those that have one and those that do not. */
  private async refresh(
    model: FusionModel,
    table: VectorTable,
    keys: readonly number[],
  ): Promise<{ stored: number[]; gone: number[] }> {
    const stored: number[] = [];
    const found = new Set<number>();
    for (const { key, vector } of await fusedVectorsOf(this.database, model.version, keys))
      if (this.place(table, key, vector)) {
        found.add(key);
        stored.push(key);
      }
    const gone = keys.filter((key) => !found.has(key));
    for (const key of gone) table.delete(key);
    return { stored, gone };
  }

  private async loadParts(): Promise<void> {
    const keys = [...this.catalogue.all().keys()];
    for (let from = 0; from < keys.length; from += PART_ITEMS_AT_ONCE)
      await this.readParts(keys.slice(from, from + PART_ITEMS_AT_ONCE));
  }

  private async readParts(keys: readonly number[]): Promise<void> {
    if (keys.length === 0) return;
    const { rows } = await sql<{ heads: [number, string, number, boolean][] | null; bytes: Buffer | null }>`
      select json_agg(json_build_array(item_key, modality, ordinal, encoder = ${SHOP_ENCODER}) order by item_key, modality, ordinal, encoder) as heads,
        string_agg(vector_send(vector), '' order by item_key, modality, ordinal, encoder) as bytes
      from modality_vectors
      where item_key = any(${[...keys]}::int[]) and encoder = any(${[this.encoder.id, SHOP_ENCODER]}::text[])
        and modality = any(${[...partModalities]}::text[])`.execute(this.database.query);
    const { heads, bytes } = rows[0]!;
    const vectors = bytes ? vectorsFromBytes(bytes) : [];
    const byItem = new Map<string, Map<number, { part: Part; isShops: boolean }>>();
    for (const [at, [item, modality, ordinal, isShops]] of (heads ?? []).entries()) {
      const vector = vectors[at]!;
      if (vector.length !== this.encoder.dimension) continue;
      const name = `${modality} ${item}`;
      const parts = byItem.get(name) ?? new Map<number, { part: Part; isShops: boolean }>();
      byItem.set(name, parts);
      // A shop's own vector goes before ours of the same place.
      if (!parts.get(ordinal)?.isShops) parts.set(ordinal, { part: { ordinal, vector }, isShops });
    }
    for (const key of keys)
      for (const modality of partModalities)
        this.catalogue.putParts(
          modality as PartModality,
          key,
          [...(byItem.get(`${modality} ${key}`)?.values() ?? [])].map(({ part }) => part),
        );
  }

  private async itemsChanged(keys: readonly number[]): Promise<void> {
    if (this.loaded === null || keys.length === 0) return;
    this.touched?.push(...keys);
    const records = await this.reader.records(keys);
    const found = new Set(records.map(({ key }) => key));
    for (const record of records) this.catalogue.put(record);
    this.engine.described([...found]);
    const gone = keys.filter((key) => !found.has(key));
    for (const key of gone) this.catalogue.remove(key);
    if (gone.length > 0) this.engine.removed(gone);
  }

  private async vectorsChanged(keys: readonly number[]): Promise<void> {
    if (this.loaded === null || keys.length === 0) return;
    this.touched?.push(...keys);
    await this.readParts(keys);
    const table = this.catalogue.vectorTable();
    const model = this.catalogue.fusionModel;
    if (!table || !model) return;
    const { stored, gone } = await this.refresh(model, table, keys);
    // The table may have been replaced while its rows were read; then the one that took over has been told.
    if (this.catalogue.vectorTable() !== table) return;
    if (stored.length > 0) this.engine.stored(stored);
    if (gone.length > 0) this.engine.removed(gone);
  }

  private async modelsChanged(entries: readonly OutboxEntry[]): Promise<void> {
    if (this.isReady && entries.some(({ subject }) => subject === 'fusion')) await this.followModel();
  }

  /** Switches to the live model, one switch after another: of two at once the older could take over last. */
  private followModel(): Promise<void> {
    return this.switches.do(async () => {
      const model = this.fusion.current();
      if (model.version === this.catalogue.fusion) return;
      if (model.encoder !== this.catalogue.fusionModel?.encoder) {
        this.catalogue.clearParts();
        await this.loadParts();
      }
      await this.switchTo(model);
    });
  }
}

const keysOf = (entries: readonly OutboxEntry[]): number[] =>
  entries.map(({ subject }) => Number(subject)).filter((key) => Number.isInteger(key) && key >= 0);
