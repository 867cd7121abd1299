import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EMBEDDING_GIVEN_UP, EmbeddingLedger } from '../catalog/catalog.api.js';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  JOB_QUEUE,
  type Job,
  type JobOutcome,
  type JobQueue,
  LOGGER,
  type Logger,
  Metrics,
  PROCESS_ROLE,
  type ProcessRole,
  runsJobs,
  stage,
} from '../platform/platform.api.js';
import { ENCODER, type Encoder } from './encoder.port.js';
import { ItemEmbedder } from './item-embedder.js';
import { VectorCache } from './vector-cache.js';

/** Data of the job `embedding.item`. */
export interface EmbedItem {
  itemKey: number;
}

/** Items embedded at once; their pictures and texts meet in the encoder's batches. */
const ITEMS_AT_ONCE = 16;
/** Two loops, so that an item with a slow address or a long clip holds up no others. */
const LOOPS = 2;
const ATTEMPTS = 5;
const WATCH_MS = 60_000;
const FIRST_RETRY_SECONDS = 15;

/** How far embedding has come. */
export interface Coverage {
  encoder: string;
  items: number;
  /** Items with vectors of this encoder. */
  embedded: number;
  /** Jobs that wait or run, and those given up. */
  waiting: number;
  failed: number;
}

/** Runs the job `embedding.item`, and at start finds items without vectors of the encoder in use. */
@Injectable()
export class EmbeddingJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  private watch: NodeJS.Timeout | undefined;

  constructor(
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    @Inject(ENCODER) private readonly encoder: Encoder,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly items: ItemEmbedder,
    private readonly cache: VectorCache,
    private readonly metrics: Metrics,
    private readonly ledger: EmbeddingLedger,
  ) {}

  onApplicationShutdown(): void {
    clearInterval(this.watch);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!runsJobs(this.role)) return;
    await this.register();
    for (let loop = 0; loop < LOOPS; loop++) {
      await this.jobs.work<EmbedItem>('embedding.item', { batchSize: ITEMS_AT_ONCE }, (jobs) =>
        Promise.all(jobs.map((job) => this.run(job))),
      );
    }
    await this.giveUpKillers();
    this.watch = setInterval(() => {
      this.giveUpKillers().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'jobs that were given up could not be looked for'),
      );
    }, WATCH_MS).unref();
    const sent = await this.sendMissing();
    if (sent > 0)
      this.logger.info(
        { items: sent, encoder: this.encoder.id },
        'embedding items that have no vectors of this encoder yet',
      );
  }

  /** Sends every item without vectors of the present encoder (`all`: every item, forgetting what was embedded); returns how many. */
  async sendMissing(all = false): Promise<number> {
    if (all) {
      await this.cache.clear();
      await this.database.query.deleteFrom('modality_vectors').where('encoder', '=', this.encoder.id).execute();
      await this.database.query.deleteFrom('quarantine').where('code', '=', EMBEDDING_GIVEN_UP).execute();
    }
    let sent = 0;
    for (let after = -1; ; ) {
      const { rows } = await this.database.run(
        `select i.key from items i where i.key > $1 and not exists
           (select from modality_vectors v where v.item_key = i.key and v.encoder = $2 and v.modality = 'text' and v.ordinal = 0)
           and not exists (select from quarantine q where q.item_key = i.key and q.code = $3)
         order by i.key limit 1000`,
        [after, this.encoder.id, EMBEDDING_GIVEN_UP],
      );
      if (rows.length === 0) return sent;
      const keys = rows.map((row) => Number(row.key));
      await this.jobs.sendMany(
        'embedding.item',
        keys.map((itemKey) => ({ itemKey })),
        { keyOf: ({ itemKey }) => String(itemKey), unlessOpen: !all },
      );
      sent += keys.length;
      after = keys.at(-1)!;
    }
  }

  /** Items under which processes died are held due no more. */
  private async giveUpKillers(): Promise<void> {
    const keys = (await this.jobs.givenUp('embedding.item')).map((data) => (data as EmbedItem).itemKey);
    const ids = await this.ledger.giveUp(keys.filter(Number.isInteger));
    if (ids.length > 0) this.logger.error({ items: ids }, 'items are not embedded: each time the process died');
  }

  async coverage(): Promise<Coverage> {
    const { rows } = await this.database.run(
      `select (select count(*)::int from items) as items, (select count(distinct item_key)::int from modality_vectors where encoder = $1) as embedded`,
      [this.encoder.id],
    );
    const counts = (await this.jobs.counts())['embedding.item'];
    return {
      encoder: this.encoder.id,
      items: Number(rows[0]?.items ?? 0),
      embedded: Number(rows[0]?.embedded ?? 0),
      waiting: (counts?.waiting ?? 0) + (counts?.active ?? 0),
      failed: counts?.failed ?? 0,
    };
  }

  private async run(job: Job<EmbedItem>): Promise<JobOutcome> {
    const embedded = this.metrics.counter('vitrine_items_embedded_total', 'Items embedded, by outcome', ['outcome']);
    try {
      const { outcome, retryPictures } = await stage('embed.item', () =>
        this.items.embed(job.data.itemKey, job.attempt >= ATTEMPTS),
      );
      if (retryPictures) await this.askAgain(job.data.itemKey);
      embedded.inc({ outcome: outcome.is });
      return outcome;
    } catch (error) {
      embedded.inc({ outcome: 'failed' });
      this.logger.warn({ err: error, itemKey: job.data.itemKey }, 'an item could not be embedded');
      return { is: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /** Later, and later each time. A key of its own, so that a change of the item is not kept waiting by it. */
  private async askAgain(itemKey: number): Promise<void> {
    const row = await this.database.query
      .selectFrom('item_images')
      .select(({ fn }) => fn.max('attempts').as('attempts'))
      .where('item_key', '=', itemKey)
      .where('state', '=', 'pending')
      .executeTakeFirst();
    const startAfterSeconds = FIRST_RETRY_SECONDS * 2 ** Math.max(0, Number(row?.attempts ?? 1) - 1);
    await this.jobs.send('embedding.item', { itemKey }, { key: `${itemKey} pictures`, startAfterSeconds });
  }

  /** Notes in the registry which encoder is in use. */
  private async register(): Promise<void> {
    const parameters = JSON.stringify({
      ...this.encoder.about,
      dimension: this.encoder.dimension,
      temperature: this.encoder.temperature,
    });
    await this.database.transaction(async (trx) => {
      await trx
        .updateTable('models')
        .set({ state: 'retired' })
        .where('kind', '=', 'encoder')
        .where('state', '=', 'live')
        .where('version', '!=', this.encoder.id)
        .execute();
      await trx
        .insertInto('models')
        .values({
          kind: 'encoder',
          version: this.encoder.id,
          state: 'live',
          parameters,
          note: this.encoder.about.deviceNote,
          promoted_at: this.clock.now(),
        })
        .onConflict((conflict) =>
          conflict.column('version').doUpdateSet({ state: 'live', parameters, note: this.encoder.about.deviceNote }),
        )
        .execute();
    });
  }
}
