import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { JOB_QUEUE, type JobQueue, PROCESS_ROLE, type ProcessRole } from '../../platform/platform.api.js';
import { FeedBook } from './feed-book.js';
import { FeedRunner } from './feed-runner.js';

/** Looks every minute for feeds whose turn it is; each is polled as a job of its own, by whichever worker is free. */
@Injectable()
export class FeedJobs implements OnApplicationBootstrap {
  constructor(
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    private readonly book: FeedBook,
    private readonly runner: FeedRunner,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.role === 'api') return;
    await this.jobs.work('connect.feeds', { pollSeconds: 20 }, async (jobs) => {
      await this.tick();
      return jobs.map(() => ({ is: 'done' }));
    });
    await this.jobs.work<{ feedId: string }>('connect.feed', { pollSeconds: 5 }, ([job]) =>
      this.runner.run(job!.data.feedId).then((outcome) => [outcome]),
    );
    await this.jobs.schedule('connect.feeds', '* * * * *');
  }

  /** Sends every feed that is due to be polled. */
  async tick(): Promise<void> {
    for (const feedId of await this.book.dueNow()) await this.send(feedId);
  }

  /** At most one job of a feed waits; a poll that failed halfway comes again with its next turn. */
  async send(feedId: string): Promise<void> {
    await this.jobs.send('connect.feed', { feedId }, { key: feedId, retries: 1 });
  }
}
