import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  CLOCK,
  type Clock,
  JOB_QUEUE,
  type JobQueue,
  LOGGER,
  type Logger,
  PERSONAL_DATA_HOLDERS,
  type PersonalDataHolder,
  PROCESS_ROLE,
  type ProcessRole,
  SETTINGS,
  type Settings,
} from '../platform/platform.api.js';

const DAY_MS = 86_400_000;

/** How far the wall clock may run ahead of the time that really passed: zones never show in it, corrections are of seconds. */
const LEAP_MS = DAY_MS;

/** Removes personal data older than `VITRINE_RETENTION_DAYS`, every night and by the job `privacy.retention`. */
@Injectable()
export class Retention implements OnApplicationBootstrap {
  private readonly started: { wall: number; steady: number } | null;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'retentionDays'>,
    @Inject(PERSONAL_DATA_HOLDERS) private readonly holders: readonly PersonalDataHolder[],
  ) {
    this.started = clock.steady === undefined ? null : { wall: clock.now().getTime(), steady: clock.steady() };
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.role === 'api') return;
    await this.jobs.work('privacy.retention', { pollSeconds: 60 }, async (jobs) => {
      await this.run();
      return jobs.map(() => ({ is: 'done' }));
    });
    await this.jobs.schedule('privacy.retention', '11 3 * * *');
  }

  /** Removes what is too old; returns how many records went, by section. */
  async run(): Promise<Record<string, number>> {
    const before = new Date(this.present() - this.settings.retentionDays * DAY_MS);
    const gone: Record<string, number> = {};
    for (const holder of this.holders) gone[holder.section] = await holder.expire(before);
    this.logger.info({ before, gone }, 'personal data past its time was removed');
    return gone;
  }

  /** Now, by the time that passed since the start where the wall clock leapt ahead: what a wrong clock removes does not come back. */
  private present(): number {
    const wall = this.clock.now().getTime();
    if (this.started === null || this.clock.steady === undefined) return wall;
    const passed = this.started.wall + this.clock.steady() - this.started.steady;
    if (wall <= passed + LEAP_MS) return wall;
    this.logger.warn(
      { wall: new Date(wall), passed: new Date(passed) },
      'the clock leapt ahead while this process ran; personal data is removed by the time that really passed',
    );
    return passed;
  }
}
