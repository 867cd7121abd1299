import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ENCODER, type Encoder, SHOP_ENCODER } from '../embedding/embedding.api.js';
import { DATABASE, type Database, OUTBOX, type Outbox, Problem } from '../platform/platform.api.js';
import { defaultFusion } from './default-fusion.js';
import type { FusionModel } from './fusion-model.js';
import { FusionStore } from './fusion-store.js';
import type { GatedFusionModel } from './gated-fusion-model.js';

/** Models kept in memory: the live one, and those that memory tables may still be filled with. */
const REMEMBERED = 4;

/**
 * The fusion model in use, in memory, following the registry: another process's promotion is seen here within a second.
 *
 * Immutable models, so a request takes one and stays with it. After another encoder was configured, the model of the old encoder stays live,
 * and `next` names the one that is being filled beside it.
 */
@Injectable()
export class ActiveFusion implements OnModuleInit, OnApplicationShutdown {
  private readonly store: FusionStore;
  private readonly known = new Map<string, GatedFusionModel>();
  private readonly unfollow: () => void;
  private live: GatedFusionModel | null = null;
  private filling: GatedFusionModel | null = null;

  constructor(
    @Inject(DATABASE) database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
  ) {
    this.store = new FusionStore(database, outbox);
    this.unfollow = outbox.follow('model', async (entries) => {
      if (entries.some(({ subject }) => subject === 'fusion')) await this.reload();
    });
  }

  async onModuleInit(): Promise<void> {
    await this.reload();
    if (this.live?.encoder === this.encoder.id) return;
    const fresh = await this.makeDefault();
    if (this.live === null) await this.activate(fresh.version);
    else this.filling = fresh;
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  /** The live model. */
  current(): FusionModel {
    if (!this.live) throw new Error('the fusion model is asked for before the module has started');
    return this.live;
  }

  /** The model under this version if it is or was lately live here; a table filled with its vectors is asked with it. */
  byVersion(version: string | null): FusionModel | undefined {
    return version === null ? undefined : this.known.get(version);
  }

  /** The model new vectors are fused with: the one being filled for another encoder, else the live one. */
  target(): GatedFusionModel {
    return this.filling ?? (this.current() as GatedFusionModel);
  }

  /** Whether vectors of another encoder are being filled in beside the live ones. */
  get switching(): boolean {
    return this.filling !== null;
  }

  /**
   * Makes a stored model (`models`, kind `fusion`) the live one. Its item vectors should be there before: `FusionService.activate`
   * fills and then calls this.
   * @throws Problem `VIT_MODEL_UNKNOWN` when no fusion model has this version.
   */
  async activate(version: string): Promise<void> {
    const model = this.known.get(version) ?? (await this.store.byVersion(version));
    if (!model) {
      throw new Problem({
        code: 'VIT_MODEL_UNKNOWN',
        status: 404,
        title: 'Not found',
        detail: `No fusion model "${version}".`,
      });
    }
    this.remember(model);
    await this.store.makeLive(version);
    await this.reload();
  }

  /** A default model from what the catalogue holds now, stored as a candidate. */
  async makeDefault(): Promise<GatedFusionModel> {
    const means = await this.store.means([this.encoder.id, SHOP_ENCODER]);
    const size = means.length === 0 ? '0' : means.map((mean) => mean.items).join('-');
    const version = `default-${this.encoder.id.slice(-8)}-${size}`;
    const stored = await this.store.byVersion(version);
    const model = stored ?? defaultFusion(version, this.encoder, means);
    if (!stored) await this.store.register(model, 'from the means of the catalogue, without behaviour');
    this.remember(model);
    return model;
  }

  private async reload(): Promise<void> {
    const model = await this.store.live();
    if (!model) return;
    this.live = this.known.get(model.version) ?? model;
    this.remember(this.live);
    if (this.filling && (this.filling.version === model.version || model.encoder === this.encoder.id))
      this.filling = null;
  }

  private remember(model: GatedFusionModel): void {
    this.known.delete(model.version);
    this.known.set(model.version, model);
    for (const version of this.known.keys()) {
      if (this.known.size <= REMEMBERED) break;
      if (version !== this.live?.version && version !== this.filling?.version) this.known.delete(version);
    }
  }
}
