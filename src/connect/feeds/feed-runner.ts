import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  CatalogService,
  EmbeddingLedger,
  ImportLedger,
  type OpenDownload,
  ReviewsService,
  SafeDownloader,
} from '../../catalog/catalog.api.js';
import { EventsService } from '../../interactions/interactions.api.js';
import { type JobOutcome, LOGGER, type Logger, Metrics, Problem } from '../../platform/platform.api.js';
import { feedReaders } from '../feed-readers.js';
import { type ImportReport, importFiles } from '../import-files.js';
import { ImportRecord } from '../import-record.js';
import { LocalTarget } from '../import-target.js';
import type { FeedRun } from './feed.schema.js';
import { type ClaimedFeed, FeedBook, type SettledRun } from './feed-book.js';
import { FeedItems } from './feed-items.js';
import { FeedTarget } from './feed-target.js';
import { WatchedBody } from './watched-body.js';

type Counts = Pick<FeedRun, 'read' | 'accepted' | 'unchanged' | 'rejected'>;
const NOTHING: Counts = { read: 0, accepted: 0, unchanged: 0, rejected: 0 };

/** A feed that came, and why it may not be all of it. */
interface Taken {
  report: ImportReport;
  doubt?: string;
  message?: string;
  discontinued: number;
}

/** Polls a feed: asks whether it changed, takes it in like an import, and discontinues what vanished from it. */
@Injectable()
export class FeedRunner {
  private readonly runs;

  constructor(
    private readonly book: FeedBook,
    private readonly items: FeedItems,
    private readonly downloader: SafeDownloader,
    private readonly catalogue: CatalogService,
    private readonly reviews: ReviewsService,
    private readonly ledger: EmbeddingLedger,
    private readonly imports: ImportLedger,
    private readonly events: EventsService,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.runs = metrics.counter('vitrine_feed_runs_total', 'Polls of feeds by what they came to', ['outcome']);
  }

  /** One poll of a feed that is due. Never rejects for what the feed's address does: that is noted with the feed, and the next turn comes. */
  async run(feedId: string): Promise<JobOutcome> {
    const feed = await this.book.claim(feedId);
    if (!feed) return { is: 'skipped', reason: 'the feed is not due, or somebody else polls it' };
    const beat = setInterval(
      () => void this.book.keep(feed).catch((error: unknown) => this.logger.warn({ err: error }, 'a feed lease')),
      this.book.keepSeconds * 1000,
    );
    try {
      const settled = await this.poll(feed);
      await this.book.settle(feed, settled);
      const { outcome, message } = settled.run;
      this.runs.inc({ outcome });
      this.logger[outcome === 'done' || outcome === 'unchanged' ? 'info' : 'warn'](
        { feed: feed.id, outcome, reason: message },
        'a feed was polled',
      );
      return { is: 'done' };
    } finally {
      clearInterval(beat);
    }
  }

  private async poll(feed: ClaimedFeed): Promise<SettledRun> {
    const startedAt = new Date().toISOString();
    const ended = (outcome: FeedRun['outcome'], more: Partial<FeedRun> = {}): FeedRun => ({
      outcome,
      message: null,
      importId: null,
      ...NOTHING,
      discontinued: 0,
      ...more,
      startedAt,
      finishedAt: new Date().toISOString(),
    });
    let opened: OpenDownload;
    try {
      opened = await this.downloader.open(feed.url, { headers: conditionOf(feed) });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { run: ended('failed', { message: error.detail }), validators: null };
    }
    if (opened.status === 304) return { run: ended('unchanged'), validators: null };
    const importId = randomUUID();
    const soFar = { report: null as ImportReport | null };
    const body = new WatchedBody(opened.size);
    try {
      const { report, doubt, message, discontinued } = await this.take(feed, opened, body, importId, soFar);
      const run = ended(doubt ? 'suspicious' : 'done', {
        message: message ?? null,
        importId,
        ...countsOf(report),
        discontinued,
      });
      return { run, validators: doubt ? null : opened };
    } catch (error) {
      const cut = body.cutShort(error);
      // Whatever else went wrong is said as it is; a database that is gone makes the job fail and come again.
      if (!cut && !(error instanceof Problem && error.status < 500)) throw error;
      const message = cut ? `${cut}: nothing was discontinued.` : (error as Problem).detail;
      const counts = soFar.report ? countsOf(soFar.report) : NOTHING;
      return { run: ended(cut ? 'suspicious' : 'failed', { message, importId, ...counts }), validators: null };
    } finally {
      opened.body.destroy();
    }
  }

  private async take(
    feed: ClaimedFeed,
    opened: OpenDownload,
    body: WatchedBody,
    importId: string,
    soFar: { report: ImportReport | null },
  ): Promise<Taken> {
    const { catalogue: items, reviews, ledger, imports } = this;
    const shop = new LocalTarget({ items, reviews, ledger, imports }, this.events, undefined, importId);
    const target = new FeedTarget(shop, (itemIds) => this.items.own(feed.id, feed.run, itemIds));
    const record = new ImportRecord(target, [feed.url], false);
    const before = await this.items.given(feed.id);
    const work = async (): Promise<Taken> => {
      const { report } = await importFiles([feed.url], target, {
        type: feed.kind ?? undefined,
        readers: readersOf(feed).map((reader) => body.reader(reader)),
        openAddress: async () => ({ ...opened, body: body.watch(opened.body) }),
        // What is named, though refused, has not vanished.
        onRejected: (rows) =>
          this.items.named(
            feed.id,
            feed.run,
            rows.flatMap(({ id }) => (id === undefined ? [] : [id])),
          ),
        onProgress: async (_, __, report) => {
          soFar.report = report;
          await record.tell(report);
        },
      });
      return this.finish(
        feed,
        report,
        before,
        body.cutShort() ?? (report.brokenOff ? `It can't be read from ${report.brokenOff}` : null),
      );
    };
    return record.of(work());
  }

  private async finish(feed: ClaimedFeed, report: ImportReport, before: number, cut: string | null): Promise<Taken> {
    if (cut) {
      const doubt = `${cut}: nothing was discontinued.`;
      return { report, doubt, message: doubt, discontinued: 0 };
    }
    const seen = await this.items.seenIn(feed.id, feed.run);
    if (seen * 2 < before && feed.vanished === 'discontinue' && !feed.accept) {
      const doubt = `Only ${seen} of the ${before} items that this feed gave are still in it: nothing was discontinued. If that is right, accept it: POST /v1/admin/feeds/${encodeURIComponent(feed.id)}/run with {"accept": true}, or \`vitrine feeds run ${feed.id} --accept\`.`;
      return { report, doubt, message: doubt, discontinued: 0 };
    }
    const discontinued = feed.vanished === 'discontinue' ? await this.items.discontinueVanished(feed.id, feed.run) : 0;
    const message = discontinued > 0 ? `${discontinued} items vanished from it and are discontinued.` : undefined;
    return { report, message, discontinued };
  }
}

const conditionOf = ({ headers, etag, lastModified, accept }: ClaimedFeed): Record<string, string> => ({
  accept: '*/*',
  ...headers,
  ...(etag !== null && !accept ? { 'if-none-match': etag } : {}),
  ...(lastModified !== null && !accept ? { 'if-modified-since': lastModified } : {}),
});

const readersOf = ({ format, currency, mapping }: ClaimedFeed) => {
  const readers = feedReaders({ currency, mapping });
  const named = readers.find((reader) => reader.format === format);
  return named ? [{ ...named, format: named.format, read: named.read.bind(named), recognises: () => true }] : readers;
};

const countsOf = ({ read, accepted, unchanged, rejectedCount }: ImportReport): Counts => ({
  read,
  accepted,
  unchanged,
  rejected: rejectedCount,
});
