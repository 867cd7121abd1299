import { setImmediate as breathe } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CatalogReader } from '../catalog/catalog.api.js';
import {
  EmbeddingService,
  ENCODER,
  type Encoder,
  type ModalityVector,
  ModalityVectors,
  SHOP_ENCODER,
} from '../embedding/embedding.api.js';
import {
  DATABASE,
  type Database,
  LOGGER,
  type Logger,
  OneAfterAnother,
  OUTBOX,
  type Outbox,
  stage,
} from '../platform/platform.api.js';
import { ActiveFusion } from './active-fusion.js';
import { ITEMS_FOR_A_MEAN } from './default-fusion.js';
import type { Fused, FusionModel } from './fusion-model.js';
import { FusionStore } from './fusion-store.js';

/** Items fused between two looks at the event loop. */
const ITEMS_AT_ONCE = 50;
/** Up to here a catalogue gets new means when it has grown by a quarter, beyond when it has doubled. */
const SMALL_CATALOGUE = 2000;

/**
 * Keeps every item's fused vector true: fuses what embedding has stored, gives a growing catalogue new means while nothing is
 * learned, and fills and switches to another model without a moment in which items have no vectors.
 */
@Injectable()
export class FusionService implements OnModuleInit {
  private readonly store: FusionStore;
  /** Parts seen since the default model's means were taken: an upper bound of growth that saves counting at every item. */
  private readonly seen = new Map<string, number>();
  private renewing: Promise<void> | null = null;
  /** Switches between models take turns: one that cleans up must not take away what the next has filled. */
  private readonly switches = new OneAfterAnother();

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly active: ActiveFusion,
    private readonly vectors: ModalityVectors,
    private readonly catalogue: CatalogReader,
    embedding: EmbeddingService,
  ) {
    this.store = new FusionStore(database, outbox);
    embedding.onStored((keys) => this.fuse(keys));
  }

  /** Fuses what an earlier process left unfused. */
  async onModuleInit(): Promise<void> {
    const missing = await this.store.stale(this.target().version, this.encoders(), -1, 1);
    if (missing.length > 0) {
      this.logger.info('fusing vectors that an earlier process left');
      await this.fill(this.target());
    }
  }

  /** Fuses these items with the live model and stores their vectors; items left without any part lose theirs. */
  fuse(keys: readonly number[]): Promise<void> {
    return stage('fuse', () => this.fuseNow(keys), { 'vitrine.items': keys.length });
  }

  private async fuseNow(keys: readonly number[]): Promise<void> {
    const parts = await this.vectors.read(keys);
    // Before anything of these items shows: whoever sees them sees them as they stay.
    await this.renewWhenGrown(parts);
    const model = this.target();
    await this.store.write(model.version, await this.fused(model, keys, parts));
    // Another process may have switched models meanwhile: then this write went to the one before.
    const now = this.target();
    if (model !== now) await this.store.write(now.version, await this.fused(now, keys, parts));
    if (this.active.switching) await this.switchWhenFilled();
  }

  /**
   * Fills a stored model with vectors for every item and makes it live; the one before keeps its vectors for a way back. Items
   * that change meanwhile are caught up with before and after the switch. Waits for a switch that is under way.
   * @throws Problem `VIT_MODEL_UNKNOWN` when no fusion model has this version.
   */
  activate(version: string): Promise<void> {
    return this.switches.do(() => this.activateNow(version));
  }

  private async activateNow(version: string): Promise<void> {
    const before = this.active.current().version;
    const model = await this.store.byVersion(version);
    if (model && model.encoder === this.encoder.id) await this.fill(model);
    await this.active.activate(version);
    if (model && model.encoder === this.encoder.id) await this.fill(model);
    await this.store.removeAllBut([version, before, this.target().version]);
  }

  private target() {
    return this.active.target();
  }

  private encoders(): string[] {
    return [this.encoder.id, SHOP_ENCODER];
  }

  private async fill(model: FusionModel): Promise<void> {
    for (let after = -1; ; ) {
      const keys = await this.store.stale(model.version, this.encoders(), after, ITEMS_AT_ONCE);
      if (keys.length === 0) return;
      await this.store.write(model.version, await this.fused(model, keys, await this.vectors.read(keys)));
      after = keys.at(-1)!;
      await breathe();
    }
  }

  private async fused(
    model: FusionModel,
    keys: readonly number[],
    vectors: ReadonlyMap<number, readonly ModalityVector[]>,
  ): Promise<{ key: number; fused: Fused | null }[]> {
    const records = await this.catalogue.records(keys);
    const categories = new Map(records.map((record) => [record.key, record.categories[0]]));
    return keys.map((key) => ({ key, fused: model.fuse(pooledParts(vectors.get(key) ?? []), categories.get(key)) }));
  }

  private async switchWhenFilled(): Promise<void> {
    const next = this.target();
    const [filled, wanted] = await Promise.all([
      this.store.countFused(next.version),
      this.store.countFused(this.active.current().version),
    ]);
    if (filled < wanted) return;
    this.logger.info({ fusion: next.version }, 'all items have vectors of the new encoder: switching to them');
    await this.activate(next.version);
  }

  /** While nothing is learned: new means when a modality has grown enough since the last ones. */
  private async renewWhenGrown(parts: ReadonlyMap<number, readonly ModalityVector[]>): Promise<void> {
    if (this.target().learned || this.active.switching) return;
    for (const list of parts.values()) {
      for (const { modality, ordinal } of list)
        if (ordinal === 0) this.seen.set(modality, (this.seen.get(modality) ?? 0) + 1);
    }
    const made = madeFrom(this.target().toStored().parameters.made);
    const maybe = [...this.seen].some(([modality, seen]) =>
      grownEnough(made.get(modality) ?? 0, (made.get(modality) ?? 0) + seen),
    );
    if (!maybe) return;
    this.renewing ??= this.renew(made).finally(() => {
      this.renewing = null;
    });
    // A small catalogue is settled when its embedding is; a large one is not kept waiting for it.
    if ((made.get('image') ?? made.get('text') ?? 0) < SMALL_CATALOGUE) await this.renewing;
    else
      this.renewing.catch((error: unknown) =>
        this.logger.warn({ err: error }, 'new means for the default fusion model failed'),
      );
  }

  private async renew(made: ReadonlyMap<string, number>): Promise<void> {
    const counts = await this.store.counts(this.encoders());
    this.seen.clear();
    if (![...counts].some(([modality, items]) => grownEnough(made.get(modality) ?? 0, items))) return;
    await this.switches.do(async () => {
      // What was learned, or set by hand, while this waited stays.
      if (this.target().learned) return;
      const model = await this.active.makeDefault();
      if (model.version !== this.active.current().version) await this.activateNow(model.version);
    });
  }
}

/** Pooled vectors by modality: what fusion takes of an item. */
const pooledParts = (vectors: readonly ModalityVector[]): Map<string, Float32Array> =>
  new Map(vectors.filter(({ ordinal }) => ordinal === 0).map(({ modality, vector }) => [modality, vector]));

const madeFrom = (made: Record<string, unknown> | undefined): Map<string, number> =>
  new Map(Object.entries((made?.itemsByModality ?? {}) as Record<string, number>));

const grownEnough = (before: number, now: number): boolean => {
  if (now < ITEMS_FOR_A_MEAN) return false;
  if (before < ITEMS_FOR_A_MEAN) return true;
  return now >= before * (before < SMALL_CATALOGUE ? 1.25 : 2);
};
