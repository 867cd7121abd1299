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

/** Removes personal data older than `VITRINE_RETENTION_DAYS`, every night and by the job `privacy.retention`. */
@Injectable()
export class Retention implements OnApplicationBootstrap {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'retentionDays'>,
    @Inject(PERSONAL_DATA_HOLDERS) private readonly holders: readonly PersonalDataHolder[],
  ) {}

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
    const before = new Date(this.clock.now().getTime() - this.settings.retentionDays * DAY_MS);
    const gone: Record<string, number> = {};
    for (const holder of this.holders) gone[holder.section] = await holder.expire(before);
    this.logger.info({ before, gone }, 'personal data past its time was removed');
    return gone;
  }
}
