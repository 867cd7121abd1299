import { Inject, Injectable } from '@nestjs/common';
import type { TunedPoint } from '../behaviour/behaviour.api.js';
import { DATABASE, type Database } from '../platform/platform.api.js';
import type { TrainedKind } from './training-data.js';

const FAMILY = 'family:';

/** What of a run is done already. */
export interface FinishedSteps {
  /** Where its data begin and end, and the stamp in the names of its models; null before the first read. */
  window: { since: string; lastEvent: number; stamp: string } | null;
  kinds: ReadonlyMap<TrainedKind, Record<string, unknown>>;
  families: ReadonlyMap<string, TunedPoint>;
}

/** Steps of training runs in the database: what a run that was killed goes on from. */
@Injectable()
export class TrainingSteps {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  async of(run: string): Promise<FinishedSteps> {
    const rows = await this.database.query
      .selectFrom('training_steps')
      .select(['name', 'output'])
      .where('run_id', '=', run)
      .limit(1000)
      .execute();
    const kinds = new Map<TrainedKind, Record<string, unknown>>();
    const families = new Map<string, TunedPoint>();
    let window: FinishedSteps['window'] = null;
    for (const { name, output } of rows) {
      if (name === 'window') window = output as unknown as FinishedSteps['window'];
      else if (name.startsWith(FAMILY)) families.set(name.slice(FAMILY.length), output as unknown as TunedPoint);
      else kinds.set(name as TrainedKind, output);
    }
    return { window, kinds, families };
  }

  window(run: string, window: NonNullable<FinishedSteps['window']>): Promise<void> {
    return this.write(run, 'window', window);
  }

  kind(run: string, kind: TrainedKind, result: Record<string, unknown>): Promise<void> {
    return this.write(run, kind, result);
  }

  family(run: string, name: string, tuned: TunedPoint): Promise<void> {
    return this.write(run, FAMILY + name, { point: tuned.point, fits: tuned.fits });
  }

  private async write(run_id: string, name: string, output: object): Promise<void> {
    const values = { output: JSON.stringify(output) };
    await this.database.query
      .insertInto('training_steps')
      .values({ run_id, name, ...values })
      .onConflict((conflict) => conflict.columns(['run_id', 'name']).doUpdateSet(values))
      .execute();
  }
}
