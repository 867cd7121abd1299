import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CatalogService, EmbeddingLedger, ReviewsService } from '../catalog/catalog.api.js';
import { EventsService } from '../interactions/interactions.api.js';
import {
  CLOCK,
  type Clock,
  cacheFolder,
  DATABASE,
  type Database,
  JOB_QUEUE,
  type JobQueue,
  LOGGER,
  type Logger,
  MEMORY,
  PROCESS_ROLE,
  type ProcessRole,
  Readiness,
  readNdjson,
  SETTINGS,
  type Settings,
} from '../platform/platform.api.js';
import { ConsentService } from '../privacy/privacy.api.js';
import { fetchDemoPhotographs } from './demo/demo-photographs.js';
import { readDemoSeeds } from './demo/demo-seeds.js';
import { simulateShoppers } from './demo/simulate-shoppers.js';

const MARK = 'demo-shop';
/** The simulated shoppers are the same in every installation. */
const SEED = 20_261_101;
const EVENTS_AT_ONCE = 500;
const POLL_MS = 200;

/**
 * Seeds the demo shop into an empty catalogue: photographs from the published package, our words and reviews, and simulated shoppers.
 * A start that was killed half-way goes on at the next one; every step is idempotent. Readiness waits until all of it is recommendable.
 */
@Injectable()
export class DemoShop implements OnApplicationBootstrap, OnApplicationShutdown {
  private missing: string | null = null;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    private readonly readiness: Readiness,
    private readonly catalog: CatalogService,
    private readonly reviews: ReviewsService,
    private readonly events: EventsService,
    private readonly consent: ConsentService,
    private readonly ledger: EmbeddingLedger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.role !== 'all' || this.settings.demo === 'off') return;
    const mark = await this.mark();
    if (mark === 'done' || (mark === null && !(await this.isEmpty()))) return;
    this.missing = 'the demo shop is being set up';
    this.readiness.require('demo', () => this.missing);
    this.running = this.seed()
      .catch((error: unknown) => this.logger.error({ err: error }, 'the demo shop could not be set up'))
      .finally(() => {
        this.missing = null;
      });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async seed(): Promise<void> {
    const cacheDir = this.settings.dataDir === MEMORY ? join(cacheFolder, 'demo') : join(this.settings.dataDir, 'demo');
    const photographs = await fetchDemoPhotographs({ cacheDir });
    if (!photographs.ready) {
      this.say(`The demo shop stays empty: ${photographs.reason}`);
      return;
    }
    await this.setMark('seeding');
    const { catalogFile, reviewsFile, items, tastes } = await readDemoSeeds();
    const catalog = await this.catalog.importRows(readNdjson(createReadStream(catalogFile)), {
      imagesDir: photographs.folder,
    });
    const reviews = await this.reviews.importRows(readNdjson(createReadStream(reviewsFile)));
    for (const { line, errors } of [...catalog.rejected, ...reviews.rejected])
      this.logger.warn({ line, errors }, 'a row of the demo shop was refused');
    const events = simulateShoppers({ tastes, items, seed: SEED, now: this.clock.now() });
    // They agreed for good, not for single calls alone: campaigns and audiences have somebody to name.
    for (const id of new Set(events.flatMap(({ userId }) => userId ?? [])))
      if (!this.stopped) await this.consent.write({ kind: 'user', id }, { personalization: true });
    for (let start = 0; start < events.length && !this.stopped; start += EVENTS_AT_ONCE)
      await this.events.record(events.slice(start, start + EVENTS_AT_ONCE));
    this.say(
      `Demo shop: ${items.length} products, ${reviews.accepted + reviews.unchanged} reviews, ${events.length} events of simulated shoppers. Looking at the photographs …`,
    );
    for (let due = await this.ledger.countDue(); due > 0 && !this.stopped; due = await this.ledger.countDue()) {
      this.missing = `${due} items of the demo shop wait to be embedded`;
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
    if (this.stopped) return;
    await this.setMark('done');
    await this.jobs.send('training.run', { reason: 'demo shop' }, { key: 'demo' });
  }

  private say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  private async isEmpty(): Promise<boolean> {
    return (await this.database.query.selectFrom('items').select('key').limit(1).executeTakeFirst()) === undefined;
  }

  private async mark(): Promise<string | null> {
    return (
      (await this.database.query.selectFrom('secrets').select('value').where('name', '=', MARK).executeTakeFirst())
        ?.value ?? null
    );
  }

  private async setMark(value: string): Promise<void> {
    await this.database.query
      .insertInto('secrets')
      .values({ name: MARK, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  }
}
