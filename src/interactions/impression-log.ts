import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import type { Counter } from 'prom-client';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { LOGGER, type Logger, Metrics, OUTBOX, type Outbox, stage } from '../platform/platform.api.js';

/** A list that was served. Without consent the people in it are left out by the caller. */
export interface Impression {
  requestId: string;
  placement: string;
  userId: string | null;
  visitorId: string | null;
  sessionId: string | null;
  /** Which models answered. */
  model: Record<string, string>;
  experiment: Record<string, unknown> | null;
  /** What was shown, in order, with what learning needs to know of each (score, sources, propensity). */
  items: unknown[];
  at: Date;
}

const EVERY_MS = 500;
/** So many are written without waiting for more: hundreds at once would take a processor for a tenth of a second, and on the embedded database everybody else would wait for them. */
const ENOUGH_ROWS = 25;
const MOST_ROWS = 250;
/** More than this many waiting (the database is away) and the oldest are given up, counted. */
const MOST_WAITING = 50_000;
/** Clocks of processes and database may differ by so much: what was shown that shortly after an erasure counts as shown before. */
const CLOCKS_DIFFER = '5 seconds';
/** Key of the advisory lock between writing impressions (shared) and erasing them (alone): neither can overlook the other. */
export const IMPRESSIONS_LOCK = 7_281_906;

/**
 * Writes impressions behind the answer: at most a second's worth is lost when the process is killed. What is still on its way when its
 * person is erased, in this process or another, is never written.
 */
@Injectable()
export class ImpressionLog implements OnApplicationShutdown {
  private readonly lost: Counter;
  private waiting: Impression[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> | null = null;
  /** The last write: then only time leads to the next. */
  private hasFailed = false;
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(OUTBOX) outbox: Outbox,
    metrics: Metrics,
  ) {
    this.unfollow = outbox.follow('erasure', (entries) => this.forget(new Set(entries.map(({ subject }) => subject))));
    this.lost = metrics.counter('vitrine_impressions_lost_total', 'Impressions that could not be written', ['cause']);
  }

  /** Takes one impression; never waits, never throws. The same `requestId` twice is written once. */
  log(impression: Impression): void {
    this.waiting.push(impression);
    if (this.waiting.length > MOST_WAITING) {
      this.waiting.shift();
      this.lost.inc({ cause: 'overflow' });
    }
    if (this.waiting.length >= ENOUGH_ROWS && !this.writing && !this.hasFailed) void this.flushQuietly();
    else this.timer ??= setTimeout(() => void this.flushQuietly(), EVERY_MS).unref();
  }

  /** Writes everything taken so far. @throws when the database refuses; what wasn't written stays waiting. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    while (this.writing) await this.writing;
    this.writing = stage('impressions.write', () => this.writeAll()).finally(() => {
      this.writing = null;
      // Whoever asked for it, what could not be written is tried again.
      if (this.waiting.length > 0) this.timer ??= setTimeout(() => void this.flushQuietly(), EVERY_MS).unref();
    });
    await this.writing;
  }

  async onApplicationShutdown(): Promise<void> {
    this.unfollow();
    await this.flushQuietly();
    if (this.waiting.length > 0) this.lost.inc({ cause: 'shutdown' }, this.waiting.length);
    if (this.timer) clearTimeout(this.timer);
  }

  private async flushQuietly(): Promise<void> {
    try {
      await this.flush();
      this.hasFailed = false;
    } catch (error) {
      this.hasFailed = true;
      this.logger.warn({ err: error, waiting: this.waiting.length }, 'impressions could not be written; trying again');
    }
  }

  private forget(subjects: ReadonlySet<string>): void {
    this.waiting = this.waiting.filter(
      (impression) => !subjectsIn(impression).some((subject) => subjects.has(subject)),
    );
  }

  /** What waits now; what comes meanwhile waits for company. */
  private async writeAll(): Promise<void> {
    let left = this.waiting.length;
    while (left > 0 && this.waiting.length > 0) {
      const rows = this.waiting.slice(0, Math.min(left, MOST_ROWS));
      left -= rows.length;
      await this.database.transaction(async (trx) => {
        await sql`select pg_advisory_xact_lock_shared(${IMPRESSIONS_LOCK})`.execute(trx);
        // The outbox keeps an hour: an erasure that this process has not heard of stands there.
        await sql`
          insert into impressions (request_id, placement, user_id, visitor_id, session_id, model, experiment, items, at)
          select request_id, placement, user_id, visitor_id, session_id, model, experiment, items, at
          from json_to_recordset(${JSON.stringify(rows.map(toRow))}::text::json) as given (request_id text, placement text, user_id text,
            visitor_id text, session_id text, model jsonb, experiment jsonb, items jsonb, at timestamptz)
          where not exists (select from outbox o where o.topic = 'erasure'
            and o.subject in ('user:' || given.user_id, 'visitor:' || given.visitor_id) and o.at > given.at - ${CLOCKS_DIFFER}::interval)
          on conflict (request_id) do nothing`.execute(trx);
      });
      const written = new Set(rows);
      this.waiting = this.waiting.filter((impression) => !written.has(impression));
    }
  }
}

const subjectsIn = ({ userId, visitorId }: Impression): string[] => [
  ...(userId === null ? [] : [`user:${userId}`]),
  ...(visitorId === null ? [] : [`visitor:${visitorId}`]),
];

const toRow = (impression: Impression) => ({
  request_id: impression.requestId,
  placement: impression.placement,
  user_id: impression.userId,
  visitor_id: impression.visitorId,
  session_id: impression.sessionId,
  model: impression.model,
  experiment: impression.experiment,
  items: impression.items,
  at: impression.at,
});
