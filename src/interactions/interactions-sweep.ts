import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { JOB_QUEUE, type JobQueue, PROCESS_ROLE, type ProcessRole } from '../platform/platform.api.js';
import { Uploads } from './uploads.js';

/** Removes uploads that have expired, every hour. */
@Injectable()
export class InteractionsSweep implements OnApplicationBootstrap {
  constructor(
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    private readonly uploads: Uploads,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.role === 'api') return;
    await this.jobs.work('interactions.sweep', { pollSeconds: 60 }, async (jobs) => {
      await this.uploads.sweep();
      return jobs.map(() => ({ is: 'done' }));
    });
    await this.jobs.schedule('interactions.sweep', '23 * * * *');
  }
}
