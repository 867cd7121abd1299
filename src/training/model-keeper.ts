import { Inject, Injectable } from '@nestjs/common';
import { ENCODER, type Encoder } from '../embedding/embedding.api.js';
import { FusionStore, GatedFusionModel } from '../fusion/fusion.api.js';
import { DATABASE, type Database, LOGGER, type Logger, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { ModelRegistry } from './model-registry.js';
import type { Learned, LearnedBlendModel, LearnedFusion, TrainedKind, TrainingOutput } from './training-data.js';

/** Puts what was learned into the registry with its data window and verdict, and lets go live what is not worse. */
@Injectable()
export class ModelKeeper {
  private readonly store: FusionStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly registry: ModelRegistry,
  ) {
    this.store = new FusionStore(database, outbox);
  }

  /**
   * Stores one kind under `KIND-STAMP`. Killed between storing and noting that, it is done again: a candidate of that name that nobody has judged is thrown away, one
   * that was judged is what this gives back.
   */
  async keep<K extends TrainedKind>(
    kind: K,
    stamp: string,
    learned: NonNullable<TrainingOutput[K]>,
    window: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    if (learned.is === 'declined') return { declined: learned.reason };
    const version = `${kind}-${stamp}`;
    const earlier = await this.judgedBefore(version);
    if (earlier) return earlier;
    if (kind === 'fusion') await this.insertFusion(version, learned as LearnedAs<LearnedFusion>, window);
    else if (kind === 'behaviour')
      await this.insertBehaviour(
        version,
        learned as LearnedAs<{ parameters: Record<string, unknown>; artefact: Uint8Array }>,
      );
    else await this.insertBlend(version, learned as LearnedAs<LearnedBlendModel>);
    return this.finish(kind, version, learned.verdict, window);
  }

  private async judgedBefore(version: string): Promise<Record<string, unknown> | null> {
    const row = await this.database.query
      .selectFrom('models')
      .select(['state', 'metrics'])
      .where('version', '=', version)
      .executeTakeFirst();
    if (!row) return null;
    if (row.state !== 'candidate')
      return { version, promoted: row.state !== 'rejected' && row.state !== 'failed', verdict: row.metrics };
    await this.database.query.deleteFrom('models').where('version', '=', version).execute();
    return null;
  }

  private async insertFusion(
    version: string,
    { model, made }: LearnedAs<LearnedFusion>,
    window: Record<string, unknown>,
  ): Promise<void> {
    const weights = model.weights.map((w) =>
      w.mean > 0 ? w : { ...w, note: 'It is the same for every item, or no item has it: it is switched off.' },
    );
    const fusion = new GatedFusionModel({
      version,
      learned: true,
      encoder: this.encoder.id,
      fusion: model.fusion,
      weights,
      made: { ...made, items: window.items },
    });
    await this.store.register(fusion, 'learned from what people engaged with together');
  }

  private async insertBehaviour(
    version: string,
    { model, made }: LearnedAs<{ parameters: Record<string, unknown>; artefact: Uint8Array }>,
  ): Promise<void> {
    await this.database.query
      .insertInto('models')
      .values({
        kind: 'behaviour',
        version,
        state: 'candidate',
        parameters: JSON.stringify(model.parameters),
        artefact: Buffer.from(model.artefact),
        note: String(made.note),
      })
      .execute();
  }

  private async insertBlend(version: string, { model, made }: LearnedAs<LearnedBlendModel>): Promise<void> {
    await this.database.query
      .insertInto('models')
      .values({
        kind: 'blend',
        version,
        state: 'candidate',
        parameters: JSON.stringify({ ...model.blend, shares: model.shares, made }),
        note: 'learned from what people went on to do in the last part of the window',
      })
      .execute();
  }

  private async finish(
    kind: TrainedKind,
    version: string,
    verdict: { promote: boolean },
    window: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    await this.database.query
      .updateTable('models')
      .set({
        metrics: JSON.stringify(verdict),
        data_window: JSON.stringify(window),
        ...(verdict.promote ? {} : { state: 'rejected' as const }),
      })
      .where('version', '=', version)
      .execute();
    if (verdict.promote) await this.registry.promote(version);
    this.logger.info(
      { kind, version, promoted: verdict.promote },
      verdict.promote ? 'a learned model is live' : 'a learned model was worse on the held-back part and stays out',
    );
    return { version, promoted: verdict.promote, verdict };
  }
}

type LearnedAs<T> = Extract<Learned<T>, { is: 'learned' }>;
