import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LiveExperiments } from '../experiments/experiments.api.js';
import { DATABASE, type Database, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { type Blend, type BlendParameters, DEFAULT_BLEND } from './blend-model.js';

/** The blend in use: the live one of the registry, else the default; and those that arms of experiments name. Follows promotions in every process. */
@Injectable()
export class ActiveBlend implements OnModuleInit, OnApplicationShutdown {
  private live: Blend = DEFAULT_BLEND;
  private named: ReadonlyMap<string, Blend> = new Map();
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    private readonly experiments: LiveExperiments,
  ) {
    this.unfollow = outbox.follow('model', async (entries) => {
      if (entries.some(({ subject }) => subject === 'blend')) await this.reload();
    });
  }

  async onModuleInit(): Promise<void> {
    await this.registerDefault();
    await this.reload();
    await this.experiments.onChange(() => this.readNamed());
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  current(): Blend {
    return this.live;
  }

  /** The blend of this version where an experiment names it, else the live one. */
  of(version: string | undefined): Blend {
    return (version === undefined ? undefined : this.named.get(version)) ?? this.live;
  }

  private async reload(): Promise<void> {
    const row = await this.database.query
      .selectFrom('models')
      .select(['version', 'parameters'])
      .where('kind', '=', 'blend')
      .where('state', '=', 'live')
      .executeTakeFirst();
    this.live = row ? blendOf(row) : DEFAULT_BLEND;
  }

  /** The blend that nobody learned stands in the registry like any other, so that one can go back to it and compare with it. */
  private async registerDefault(): Promise<void> {
    const { version, ...parameters } = DEFAULT_BLEND;
    await this.database.run(
      `insert into models (kind, version, state, parameters, note, promoted_at)
       select 'blend', $1, case when exists (select from models where kind = 'blend' and state = 'live') then 'retired' else 'live' end, $2::text::jsonb, $3, now()
       on conflict do nothing`,
      [version, JSON.stringify(parameters), 'by hand, before anything is learned'],
    );
  }

  private async readNamed(): Promise<void> {
    const named = new Map<string, Blend>([[DEFAULT_BLEND.version, DEFAULT_BLEND]]);
    const versions = this.experiments.named('blend');
    if (versions.length > 0) {
      const rows = await this.database.query
        .selectFrom('models')
        .select(['version', 'parameters'])
        .where('kind', '=', 'blend')
        .where('version', 'in', versions)
        .execute();
      for (const row of rows) named.set(row.version, blendOf(row));
    }
    this.named = named;
  }
}

const blendOf = (row: { version: string; parameters: Record<string, unknown> }): Blend => ({
  ...DEFAULT_BLEND,
  ...readBlend(row.version, row.parameters),
  version: row.version,
});

/** Checks a stored blend. @throws RangeError for another format or a weight that is negative or not finite. */
export const readBlend = (version: string, parameters: Record<string, unknown>): BlendParameters => {
  const blend = parameters as unknown as BlendParameters;
  if (blend.format !== 'blend/1')
    throw new RangeError(`blend "${version}" has format "${blend.format}"; this release reads "blend/1"`);
  for (const [placement, weights] of Object.entries(blend.placements ?? {})) {
    for (const [source, weight] of Object.entries(weights)) {
      if (!(Number.isFinite(weight) && weight >= 0))
        throw new RangeError(`blend "${version}" weighs ${source} at ${placement} with ${weight}`);
    }
  }
  for (const name of ['evidence', 'personalBesideContext', 'itemEvidence', 'itemShift'] as const) {
    const value = blend[name];
    if (value !== undefined && !(Number.isFinite(value) && (name === 'evidence' ? value > 0 : value >= 0)))
      throw new RangeError(`blend "${version}" has ${name} ${value}; it is a number from 0, evidence above it`);
  }
  return { ...blend, placements: { ...DEFAULT_BLEND.placements, ...blend.placements } };
};
