import { setImmediate as breathe } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ENCODER, type Encoder, ModalityVectors } from '../embedding/embedding.api.js';
import { type FusionModel, FusionStore } from '../fusion/fusion.api.js';
import { DATABASE, type Database, notFound, OUTBOX, type Outbox, Problem } from '../platform/platform.api.js';
import { LiveCatalogue, VectorTable } from '../retrieval/retrieval.api.js';

/** Catalogues beyond this are not fused anew for a question: it would take minutes. */
const MOST_ITEMS = 20_000;
const ITEMS_AT_ONCE = 200;
const KEPT = 2;
const KEPT_MS = 120_000;

/** A stored fusion model with a vector for every item of the catalogue. */
export interface FilledFusion {
  model: FusionModel;
  table: VectorTable;
}

/** Vectors of fusion models that do not serve, made in memory when somebody asks for one, and kept for two minutes. */
@Injectable()
export class OtherFusions {
  private readonly store: FusionStore;
  private readonly filled = new Map<string, { at: number; made: Promise<FilledFusion> }>();

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly catalogue: LiveCatalogue,
    private readonly vectors: ModalityVectors,
  ) {
    this.store = new FusionStore(database, outbox);
  }

  /**
   * This model with its vectors. Cost, the first time: one read of the pooled vectors of all items.
   * @throws Problem 404 for an unknown version, 409 for a model of another encoder or a catalogue beyond 20,000 items.
   */
  async of(version: string): Promise<FilledFusion> {
    const now = performance.now();
    for (const [name, { at }] of this.filled) if (now - at > KEPT_MS) this.filled.delete(name);
    const known = this.filled.get(version);
    if (known) return known.made;
    while (this.filled.size >= KEPT) this.filled.delete(this.filled.keys().next().value!);
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
    if (this.catalogue.size > MOST_ITEMS)
      throw refused(
        `A catalogue of ${this.catalogue.size} items is not fused anew for a try-out (at most ${MOST_ITEMS}); promote the model or compare blends.`,
      );
    const table = new VectorTable(model.dimension, 'float32', this.catalogue.kernel);
    const keys = [...this.catalogue.all().keys()];
    for (let from = 0; from < keys.length; from += ITEMS_AT_ONCE) {
      const part = keys.slice(from, from + ITEMS_AT_ONCE);
      for (const [key, vectors] of await this.vectors.read(part)) {
        const pooled = new Map(
          vectors.filter(({ ordinal }) => ordinal === 0).map(({ modality, vector }) => [modality, vector]),
        );
        const fused = model.fuse(pooled, this.catalogue.byKey(key)?.categories[0]);
        if (fused) table.put(key, [{ ordinal: 0, vector: fused.vector }]);
      }
      await breathe();
    }
    return { model, table };
  }
}

const refused = (detail: string): Problem =>
  new Problem({ code: 'VIT_TRY_OUT_MODEL', status: 409, title: 'This model cannot be tried out', detail });
