import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DATABASE, type Database, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { type Blend, type BlendParameters, DEFAULT_BLEND } from './blend-model.js';

/** The blend in use: the live one of the registry, else the default. Follows promotions in every process. */
@Injectable()
export class ActiveBlend implements OnModuleInit, OnApplicationShutdown {
  private live: Blend = DEFAULT_BLEND;
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
  ) {
    this.unfollow = outbox.follow('model', async (entries) => {
      if (entries.some(({ subject }) => subject === 'blend')) await this.reload();
    });
  }

  onModuleInit(): Promise<void> {
    return this.reload();
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  current(): Blend {
    return this.live;
  }

  private async reload(): Promise<void> {
    const row = await this.database.query
      .selectFrom('models')
      .select(['version', 'parameters'])
      .where('kind', '=', 'blend')
      .where('state', '=', 'live')
      .executeTakeFirst();
    this.live = row
      ? { ...DEFAULT_BLEND, ...readBlend(row.version, row.parameters), version: row.version }
      : DEFAULT_BLEND;
  }
}

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
  return { ...blend, placements: { ...DEFAULT_BLEND.placements, ...blend.placements } };
};
