import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SafeDownloader } from '../../catalog/catalog.api.js';
import {
  DATABASE,
  type Database,
  JOB_QUEUE,
  type Job,
  type JobOutcome,
  type JobQueue,
  LOGGER,
  type Logger,
  Metrics,
  OUTBOX,
  type Outbox,
  PROCESS_ROLE,
  Problem,
  type ProcessRole,
  packageVersion,
} from '../../platform/platform.api.js';
import type { WebhookShown } from './webhook.schema.js';
import { WebhookAnnouncer } from './webhook-announcer.js';
import { WebhookBook } from './webhook-book.js';
import { WebhookDeliveries } from './webhook-deliveries.js';
import { signedHeaders } from './webhook-signature.js';

/** Tries after the first, each after about twice the time of the one before: the last one most of a day later. */
const RETRIES = 14;
const TIMEOUT_MS = 15_000;
/** What happens in so short a time is looked for once. */
const SETTLE_MS = 300;
const GONE = 410;

/** Tells receivers what happened: looks for it when the outbox says that something did, and every minute; each message is a durable job. */
@Injectable()
export class WebhookSender implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly sent;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private readonly unfollow: (() => void)[] = [];

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly book: WebhookBook,
    private readonly deliveries: WebhookDeliveries,
    private readonly announcer: WebhookAnnouncer,
    private readonly downloader: SafeDownloader,
    metrics: Metrics,
  ) {
    this.sent = metrics.counter('vitrine_webhook_attempts_total', 'Attempts to tell a receiver', ['outcome']);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.role === 'api') return;
    await this.jobs.work('connect.webhooks', { pollSeconds: 20 }, async (jobs) => {
      await this.announce();
      await this.enqueue(await this.deliveries.forgotten());
      await this.deliveries.sweep();
      return jobs.map(() => ({ is: 'done' }));
    });
    await this.jobs.work<{ deliveryId: string }>('connect.webhook', { batchSize: 4 }, (jobs) =>
      Promise.all(jobs.map((job) => this.deliver(job))),
    );
    await this.jobs.schedule('connect.webhooks', '* * * * *');
    for (const topic of ['item', 'model', 'person'] as const)
      this.unfollow.push(this.outbox.follow(topic, () => this.soon()));
  }

  async onApplicationShutdown(): Promise<void> {
    for (const stop of this.unfollow) stop();
    clearTimeout(this.timer);
    await this.looking;
  }

  /** Writes deliveries of what is new, and sends them on their way. */
  async announce(): Promise<void> {
    await this.enqueue(await this.announcer.run());
  }

  /** Sends a message that says nothing but that it could be sent. */
  async test({ id }: WebhookShown): Promise<string> {
    const [deliveryId] = await this.database.transaction((trx) =>
      this.deliveries.write(trx, [id], { type: 'webhook.test', at: new Date(), data: { webhookId: id } }),
    );
    await this.enqueue([deliveryId!]);
    return deliveryId!;
  }

  /** Puts deliveries into the queue. */
  async enqueue(deliveryIds: readonly string[]): Promise<void> {
    await this.jobs.sendMany(
      'connect.webhook',
      deliveryIds.map((deliveryId) => ({ deliveryId })),
      { keyOf: ({ deliveryId }) => deliveryId, retries: RETRIES },
    );
  }

  private soon(): void {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.looking = this.looking
        .then(() => this.announce())
        .catch((error: unknown) => this.logger.warn({ err: error }, 'what webhooks are to be told waits a minute'));
    }, SETTLE_MS).unref();
  }

  private async deliver({ data: { deliveryId }, attempt }: Job<{ deliveryId: string }>): Promise<JobOutcome> {
    const message = await this.deliveries.pending(deliveryId);
    if (!message) return { is: 'skipped', reason: 'sent, or given up' };
    const receiver = await this.book.receiver(message.webhookId);
    if (!receiver) {
      await this.deliveries.note(deliveryId, 'failed', null, 'the webhook was switched off');
      return { is: 'skipped', reason: 'the webhook was switched off' };
    }
    const { status, error } = await this.post(deliveryId, receiver, message.body);
    if (error === null) {
      await this.deliveries.note(deliveryId, 'delivered', status, null);
      this.sent.inc({ outcome: 'delivered' });
      return { is: 'done' };
    }
    const isLast = status === GONE || attempt > RETRIES;
    await this.deliveries.note(deliveryId, isLast ? 'failed' : 'pending', status, error);
    this.sent.inc({ outcome: 'failed' });
    if (status !== GONE) return { is: 'failed', error: new Error(error) };
    await this.book.switchOff(receiver.id, 'its receiver answered 410: gone for good');
    return { is: 'skipped', reason: 'the receiver is gone for good' };
  }

  private async post(
    id: string,
    { url, secrets }: { url: string; secrets: readonly string[] },
    body: string,
  ): Promise<{ status: number | null; error: string | null }> {
    try {
      const status = await this.downloader.post(url, body, {
        timeoutMs: TIMEOUT_MS,
        headers: {
          accept: '*/*',
          'content-type': 'application/json',
          'user-agent': `Vitrine/${packageVersion}`,
          ...signedHeaders(id, new Date(), body, secrets),
        },
      });
      return { status, error: status >= 200 && status < 300 ? null : `the receiver answered ${status}; 2xx is wanted` };
    } catch (error) {
      if (error instanceof Problem) return { status: null, error: error.detail };
      throw error;
    }
  }
}
