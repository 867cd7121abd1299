import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { thompsonShares } from '../maths/maths.api.js';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  LOGGER,
  type Logger,
  OUTBOX,
  type Outbox,
} from '../platform/platform.api.js';
import { armOf, hashOf } from './assignment.js';
import { countArms, readExposed } from './experiment-counts.js';

/** Catalogues beyond this are not fused anew in memory for an arm, beside the vectors that serve: it would take minutes. */
export const MOST_ITEMS_FUSED_ASIDE = 20_000;

/** What an arm serves with instead of the live models. */
export interface NamedModels {
  blend?: string;
  behaviour?: string;
  fusion?: string;
}

/** An arm as it is stored. */
export interface StoredArm {
  name: string;
  models: NamedModels;
  share?: number;
}

/** A running experiment with the shares its arms have now. */
interface LiveExperiment {
  id: string;
  placement: string | null;
  allocation: 'split' | 'thompson';
  metric: string;
  startedAt: Date | null;
  arms: readonly StoredArm[];
  shares: readonly number[];
}

/** What a call is served with, as the impression keeps it. */
export interface Exposure {
  id: string;
  arm: string;
  /** Probability with which a visitor got this arm at that moment: its propensity. */
  share: number;
  models: NamedModels;
}

/** Beliefs of bandits are renewed this often. */
const RENEW_MS = 60_000;

/** Fixed shares of the arms, even where none are given. */
export const givenShares = (arms: readonly StoredArm[]): number[] => arms.map((arm) => arm.share ?? 1 / arms.length);

/** Running experiments in memory: says which arm a visitor is in. Follows every change; renews the shares of bandits once a minute. */
@Injectable()
export class LiveExperiments implements OnModuleInit, OnApplicationShutdown {
  private experiments: LiveExperiment[] = [];
  private readonly unfollow: () => void;
  private readonly listeners: (() => void | Promise<void>)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.unfollow = outbox.follow('experiments', () => this.reload());
  }

  async onModuleInit(): Promise<void> {
    await this.reload();
    this.timer = setInterval(() => {
      this.renewBandits().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'the shares of a bandit could not be renewed'),
      );
    }, RENEW_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.unfollow();
  }

  /** Called after every change, and once now: whoever serves prepares the models that arms name. */
  async onChange(listener: () => void | Promise<void>): Promise<void> {
    this.listeners.push(listener);
    await listener();
  }

  /** Versions that arms of running experiments name. */
  named(kind: keyof NamedModels): string[] {
    return [...new Set(this.experiments.flatMap(({ arms }) => arms.flatMap(({ models }) => models[kind] ?? [])))];
  }

  /**
   * The arm of this person at this placement; null when no experiment runs there. The same person has the same arm until shares change: sign-in on the same device keeps it,
   * since the visitor goes before the user. Cost: one hash.
   */
  exposureOf(placement: string, person: { visitorId?: string; userId?: string }): Exposure | null {
    const name =
      person.visitorId === undefined ? person.userId && `user ${person.userId}` : `visitor ${person.visitorId}`;
    if (name === undefined || name === '') return null;
    const experiment = this.experiments.find((one) => one.placement === placement || one.placement === null);
    if (!experiment) return null;
    const at = armOf(experiment.id, name, experiment.shares);
    const arm = experiment.arms[at]!;
    return { id: experiment.id, arm: arm.name, share: experiment.shares[at]!, models: arm.models };
  }

  /** Shares that the arms have now; null for an experiment that does not run. */
  sharesOf(id: string): readonly number[] | null {
    return this.experiments.find((one) => one.id === id)?.shares ?? null;
  }

  /** Counts again and gives bandits new shares. */
  async renewBandits(): Promise<void> {
    for (const experiment of this.experiments) {
      if (experiment.allocation === 'thompson') experiment.shares = await this.believed(experiment);
    }
  }

  private async reload(): Promise<void> {
    const rows = await this.database.query
      .selectFrom('experiments')
      .selectAll()
      .where('state', '=', 'running')
      .orderBy('id')
      .limit(500)
      .execute();
    const experiments: LiveExperiment[] = [];
    for (const row of rows) {
      const arms = row.arms as StoredArm[];
      const experiment: LiveExperiment = {
        id: row.id,
        placement: row.placement,
        allocation: row.allocation,
        metric: row.metric,
        startedAt: row.started_at,
        arms,
        shares: givenShares(arms),
      };
      if (row.allocation === 'thompson') experiment.shares = await this.believed(experiment);
      experiments.push(experiment);
    }
    // One for a placement goes before one for all.
    this.experiments = experiments.sort((a, b) => Number(a.placement === null) - Number(b.placement === null));
    for (const listener of this.listeners) await listener();
  }

  /** Seeded by what was counted: the same data give the same shares in every process. */
  private async believed({ id, metric, startedAt, arms }: LiveExperiment): Promise<readonly number[]> {
    const counts = countArms(
      arms.map(({ name }) => name),
      await readExposed(this.database, id, metric, startedAt ?? this.clock.now()),
    );
    return thompsonShares(counts, hashOf(`${id} ${counts.map(({ exposed, converted }) => `${exposed}/${converted}`)}`));
  }
}
