import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  JOB_QUEUE,
  type JobQueue,
  LOGGER,
  type Logger,
  PROCESS_ROLE,
  type ProcessRole,
} from '../platform/platform.api.js';
import { EmbeddingLedger } from './embedding-ledger.js';
import { PictureVault } from './picture-vault.js';

const EVERY_MS = 10 * 60_000;
const AT_ONCE = 1_000;

/** Finds at start, and every ten minutes, what a killed process left: items due for embedding without a job, and pictures nobody uses. */
@Injectable()
export class CatalogSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    private readonly ledger: EmbeddingLedger,
    private readonly vault: PictureVault,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.role === 'api') return;
    await this.sendDue();
    this.timer = setInterval(() => {
      this.sweep().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'the sweep of the catalogue failed; it runs again'),
      );
    }, EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Both sweeps; returns what they found. */
  async sweep(): Promise<{ due: number; released: number }> {
    return { due: await this.sendDue(), released: await this.vault.releaseUnused() };
  }

  private async sendDue(): Promise<number> {
    let sent = 0;
    for (let after = 0; ; ) {
      const keys = await this.ledger.due(after, AT_ONCE);
      if (keys.length === 0) return sent;
      await this.jobs.sendMany(
        'embedding.item',
        keys.map((itemKey) => ({ itemKey })),
        { keyOf: ({ itemKey }) => String(itemKey), unlessOpen: true },
      );
      sent += keys.length;
      after = keys.at(-1)!;
    }
  }
}
