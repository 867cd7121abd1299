import { setImmediate as breathe } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ENCODER, type Encoder, ModalityVectors } from '../embedding/embedding.api.js';
import { MOST_ITEMS_FUSED_ASIDE } from '../experiments/experiments.api.js';
import { type FusionModel, FusionStore } from '../fusion/fusion.api.js';
import { DATABASE, type Database, notFound, OUTBOX, type Outbox, Problem } from '../platform/platform.api.js';
import { LiveCatalogue, VectorTable } from '../retrieval/retrieval.api.js';

const ITEMS_AT_ONCE = 200;
/** Of those that nobody holds. */
const KEPT = 2;
const KEPT_MS = 120_000;

/** A stored fusion model with a vector for every item of the catalogue. */
export interface FilledFusion {
  model: FusionModel;
  table: VectorTable;
}

/**
 * Vectors of fusion models that do not serve, made in memory when somebody asks for one: kept for two minutes, or for as long as an arm of an
 * experiment holds them, and true to the catalogue meanwhile.
 */
@Injectable()
export class OtherFusions implements OnApplicationShutdown {
  private readonly store: FusionStore;
  private readonly filled = new Map<string, { at: number; made: Promise<FilledFusion> }>();
  private held: ReadonlySet<string> = new Set();
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly catalogue: LiveCatalogue,
    private readonly vectors: ModalityVectors,
  ) {
    this.store = new FusionStore(database, outbox);
    this.unfollow = outbox.follow('vectors', (entries) => this.renew(entries.map(({ subject }) => Number(subject))));
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  /** These are kept however long nobody asks for them; those held before and no longer named go when they are old. */
  hold(versions: readonly string[]): void {
    this.held = new Set(versions);
  }

  /**
   * This model with its vectors. Cost, the first time: one read of the pooled vectors of all items.
   * @throws Problem 404 for an unknown version, 409 for a model of another encoder or a catalogue beyond 20,000 items.
   */
  async of(version: string): Promise<FilledFusion> {
    const now = performance.now();
    for (const [name, { at }] of this.filled) if (now - at > KEPT_MS && !this.held.has(name)) this.filled.delete(name);
    const known = this.filled.get(version);
    if (known) {
      // Asked for again counts as new, so that one under comparison by hand is not made every two minutes.
      known.at = now;
      return known.made;
    }
    const others = [...this.filled.keys()].filter((name) => !this.held.has(name));
    for (const name of others.slice(0, Math.max(0, others.length - KEPT + 1))) this.filled.delete(name);
    const made = this.fill(version);
    this.filled.set(version, { at: now, made });
    made.catch(() => this.filled.delete(version));
    return made;
  }

  private async fill(version: string): Promise<FilledFusion> {
    const model = await this.store.byVersion(version);
    if (!model) throw notFound('model', version);
    if (model.encoder !== this.encoder.id)
      throw refused(`"${version}" reads vectors of another encoder (${model.encoder}) than the one in use.`);
    if (this.catalogue.size > MOST_ITEMS_FUSED_ASIDE)
      throw refused(
        `A catalogue of ${this.catalogue.size} items is not fused anew for a try-out (at most ${MOST_ITEMS_FUSED_ASIDE}); promote the model or compare blends.`,
      );
    const filled = { model, table: new VectorTable(model.dimension, 'float32', this.catalogue.kernel) };
    const keys = [...this.catalogue.all().keys()];
    for (let from = 0; from < keys.length; from += ITEMS_AT_ONCE) {
      await this.put(filled, keys.slice(from, from + ITEMS_AT_ONCE));
      await breathe();
    }
    return filled;
  }

  /** Items whose vectors changed are fused again by every model that is in memory. */
  private async renew(keys: readonly number[]): Promise<void> {
    for (const { made } of this.filled.values()) {
      const filled = await made.catch(() => null);
      if (!filled) continue;
      for (let from = 0; from < keys.length; from += ITEMS_AT_ONCE)
        await this.put(filled, keys.slice(from, from + ITEMS_AT_ONCE));
    }
  }

  private async put({ model, table }: FilledFusion, keys: readonly number[]): Promise<void> {
    const read = await this.vectors.read(keys);
    for (const key of keys) {
      const pooled = new Map(
        (read.get(key) ?? []).filter(({ ordinal }) => ordinal === 0).map(({ modality, vector }) => [modality, vector]),
      );
      const fused = pooled.size > 0 ? model.fuse(pooled, this.catalogue.byKey(key)?.categories[0]) : null;
      if (fused) table.put(key, [{ ordinal: 0, vector: fused.vector }]);
      else table.delete(key);
    }
  }
}

const refused = (detail: string): Problem =>
  new Problem({ code: 'VIT_TRY_OUT_MODEL', status: 409, title: 'This model cannot be tried out', detail });
