import { Inject, Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  type ExperimentsTable,
  invalidField,
  notFound,
  OUTBOX,
  type Outbox,
  Problem,
} from '../platform/platform.api.js';
import type { Experiment, ExperimentInput, ExperimentResult } from './experiment.schema.js';
import { readExposed } from './experiment-counts.js';
import { resultOf } from './experiment-result.js';
import { givenShares, LiveExperiments, MOST_ITEMS_FUSED_ASIDE, type StoredArm } from './live-experiments.js';

/** The shop's experiments: stored, checked, told to every process, and counted. */
@Injectable()
export class ExperimentsService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly live: LiveExperiments,
  ) {}

  /** All of them, newest first. */
  async list(): Promise<Experiment[]> {
    const rows = await this.database.query
      .selectFrom('experiments')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(500)
      .execute();
    return rows.map((row) => this.view(row));
  }

  /** @throws `Problem` `VIT_EXPERIMENT_UNKNOWN` (404). */
  async get(id: string): Promise<Experiment> {
    const row = await this.database.query.selectFrom('experiments').selectAll().where('id', '=', id).executeTakeFirst();
    if (!row) throw notFound('experiment', id);
    return this.view(row);
  }

  /**
   * Stores an experiment under this id, whole. Once it has started, its arms, metric, placement and allocation stay: what was counted under others would be a lie.
   * @throws `Problem` 400 for a version that the registry does not hold, 409 `VIT_EXPERIMENT_STARTED` for a change of what is being compared, and 409
   *   `VIT_EXPERIMENT_OVERLAP` where another one runs at the same placement
   */
  async put(id: string, input: ExperimentInput): Promise<Experiment> {
    await this.checkModels(input);
    const before = await this.database.query
      .selectFrom('experiments')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    const arms = input.arms.map(({ name, models, share }): StoredArm => ({ name, models: models ?? {}, share }));
    const wanted = {
      placement: input.placement ?? null,
      allocation: input.allocation ?? 'split',
      metric: input.metric ?? 'click',
      arms: JSON.stringify(arms),
    };
    if (before?.started_at) this.keepComparable(id, before, { ...wanted, arms });
    const state = input.state ?? 'running';
    if (state === 'running') await this.refuseOverlap(id, wanted.placement);
    const now = this.clock.now();
    const values = {
      ...wanted,
      name: input.name ?? id,
      state,
      minimum_effect: input.minimumEffect ?? 0.1,
      started_at: before?.started_at ?? (state === 'running' ? now : null),
      stopped_at: state === 'stopped' ? (before?.stopped_at ?? now) : null,
      updated_at: now,
    };
    await this.outbox.write(async (trx, append) => {
      await trx
        .insertInto('experiments')
        .values({ id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
      append({ topic: 'experiments', subject: id });
    });
    return this.get(id);
  }

  /** Whether there was one. What was logged of it stays in the impressions. */
  async delete(id: string): Promise<boolean> {
    return this.outbox.write(async (trx, append) => {
      const { numDeletedRows } = await trx.deleteFrom('experiments').where('id', '=', id).executeTakeFirst();
      if (numDeletedRows > 0n) append({ topic: 'experiments', subject: id });
      return numDeletedRows > 0n;
    });
  }

  /** What is known now; may be asked as often as one likes. @throws `Problem` `VIT_EXPERIMENT_UNKNOWN`. */
  async result(id: string): Promise<ExperimentResult> {
    const experiment = await this.get(id);
    const since = experiment.startedAt === null ? null : new Date(experiment.startedAt);
    return resultOf(experiment, await readExposed(this.database, id, experiment.metric, since));
  }

  private async checkModels(input: ExperimentInput): Promise<void> {
    for (const [k, { models }] of input.arms.entries()) {
      for (const kind of ['blend', 'behaviour', 'fusion'] as const) {
        const version = models?.[kind];
        if (version === undefined) continue;
        const found = await this.database.query
          .selectFrom('models')
          .select(['kind', 'state', 'parameters'])
          .where('version', '=', version)
          .executeTakeFirst();
        const path = `arms.${k}.models.${kind}`;
        if (found?.kind !== kind) throw invalidField(path, `the registry holds no ${kind} of this version`, version);
        if (found.state === 'failed') throw invalidField(path, 'this model failed in training', version);
        if (kind === 'fusion') await this.checkFusion(path, version, found.parameters);
      }
    }
  }

  /** Vectors of a fusion model that does not serve are made in memory: it must read what the encoder in use writes, and the catalogue must be small enough. */
  private async checkFusion(path: string, version: string, parameters: Record<string, unknown>): Promise<void> {
    const live = await this.database.query
      .selectFrom('models')
      .select('parameters')
      .where('kind', '=', 'fusion')
      .where('state', '=', 'live')
      .executeTakeFirst();
    if (live && live.parameters.encoder !== parameters.encoder)
      throw invalidField(path, `this model reads vectors of another encoder (${String(parameters.encoder)})`, version);
    const { items } = await this.database.query
      .selectFrom('items')
      .select((select) => select.fn.countAll<number>().as('items'))
      .executeTakeFirstOrThrow();
    if (Number(items) > MOST_ITEMS_FUSED_ASIDE)
      throw new Problem({
        code: 'VIT_EXPERIMENT_CATALOGUE',
        status: 409,
        title: 'The catalogue is too large for this comparison',
        detail: `Fusion models are compared over at most ${MOST_ITEMS_FUSED_ASIDE} items, since both sets of vectors lie in memory; this shop has ${items}. Compare blends, or promote the model and watch.`,
      });
  }

  private keepComparable(
    id: string,
    before: Selectable<ExperimentsTable>,
    wanted: { placement: string | null; allocation: string; metric: string; arms: StoredArm[] },
  ): void {
    const same = (arms: readonly StoredArm[]): string =>
      JSON.stringify(
        arms.map(({ name, models }) => [name, models.blend ?? null, models.behaviour ?? null, models.fusion ?? null]),
      );
    const changed = [
      before.placement !== wanted.placement && 'placement',
      before.allocation !== wanted.allocation && 'allocation',
      before.metric !== wanted.metric && 'metric',
      same(before.arms as StoredArm[]) !== same(wanted.arms) && 'arms',
    ].filter((name): name is string => name !== false);
    if (changed.length === 0) return;
    throw new Problem({
      code: 'VIT_EXPERIMENT_STARTED',
      status: 409,
      title: 'The experiment has started',
      detail: `"${id}" has been counting since ${before.started_at!.toISOString()}, so its ${changed.join(', ')} cannot change. Stop it and start another under a new id.`,
    });
  }

  private async refuseOverlap(id: string, placement: string | null): Promise<void> {
    const other = await this.database.query
      .selectFrom('experiments')
      .select('id')
      .where('state', '=', 'running')
      .where('id', '<>', id)
      .where('placement', placement === null ? 'is' : '=', placement as never)
      .executeTakeFirst();
    if (!other) return;
    throw new Problem({
      code: 'VIT_EXPERIMENT_OVERLAP',
      status: 409,
      title: 'Another experiment runs there',
      detail: `"${other.id}" runs ${placement === null ? 'everywhere' : `at placement "${placement}"`}; stop it first, so that one difference has one cause.`,
    });
  }

  private view(row: Selectable<ExperimentsTable>): Experiment {
    const arms = row.arms as StoredArm[];
    const shares = this.live.sharesOf(row.id) ?? givenShares(arms);
    return {
      id: row.id,
      name: row.name,
      placement: row.placement,
      state: row.state,
      allocation: row.allocation,
      metric: row.metric as Experiment['metric'],
      minimumEffect: row.minimum_effect,
      arms: arms.map(({ name, models }, k) => ({ name, models, share: shares[k]! })),
      createdAt: row.created_at.toISOString(),
      startedAt: row.started_at?.toISOString() ?? null,
      stoppedAt: row.stopped_at?.toISOString() ?? null,
      updatedAt: row.updated_at.toISOString(),
    };
  }
}
