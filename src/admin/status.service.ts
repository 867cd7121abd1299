import { Inject, Injectable } from '@nestjs/common';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { JOB_QUEUE, type JobQueue } from '../platform/jobs/job-queue.port.js';
import type { AdminStatus, FailedJobs, PlacementMetrics } from './status.schema.js';

/** Failed jobs shown at once. */
const MOST_FAILED = 100;
const DAYS = 30;
const HOURS = 48;

/** What the people who run the shop see first: counts, health, traffic. */
@Injectable()
export class StatusService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
  ) {}

  async status(version: string): Promise<AdminStatus> {
    const [row, live, server] = [
      (
        await this.database.lagging.run(`select
          (select count(*)::int from items) as items,
          (select count(distinct coalesce(group_id, id))::int from items) as products,
          (select count(distinct item_key)::int from item_images where state = 'ready') as with_picture,
          (select count(*)::int from items where embedded_revision >= revision) as embedded,
          (select count(*)::int from items where embedded_revision < revision) as waiting,
          (select count(*)::int from item_vectors v join models m on m.version = v.fusion and m.kind = 'fusion' and m.state = 'live') as fused,
          (select count(*)::int from reviews) as reviews,
          (select count(*)::int from events) as events,
          (select count(*)::int from events where at > now() - interval '1 day') as events_day,
          (select count(distinct coalesce(user_id, visitor_id))::int from events) as people,
          (select count(*)::int from impressions where at > now() - interval '1 day') as impressions_day`)
      ).rows[0] as Record<string, number>,
      (await this.database.run("select kind, version from models where state = 'live'")).rows as {
        kind: string;
        version: string;
      }[],
      (await this.database.run('select version() as version')).rows[0] as { version: string },
    ];
    return {
      version,
      uptimeSeconds: Math.round(process.uptime()),
      database: { kind: this.database.kind, version: server.version.split(' ').slice(0, 2).join(' ') },
      catalogue: {
        items: row.items!,
        products: row.products!,
        withPicture: row.with_picture!,
        embedded: row.embedded!,
        waiting: row.waiting!,
        fused: row.fused!,
        reviews: row.reviews!,
      },
      events: { total: row.events!, lastDay: row.events_day!, people: row.people! },
      impressions: { lastDay: row.impressions_day! },
      models: Object.fromEntries(live.map(({ kind, version }) => [kind, version])),
      jobs: await this.jobs.counts(),
      memoryMB: Math.round(process.memoryUsage().rss / 2 ** 20),
    };
  }

  async failedJobs(): Promise<FailedJobs> {
    const failed = await this.jobs.failed(MOST_FAILED);
    return {
      counts: await this.jobs.counts(),
      failed: failed.map((job) => ({ ...job, failedAt: job.failedAt?.toISOString() ?? null })),
    };
  }

  retry(id: string, name: string): Promise<void> {
    return this.jobs.retry(id, name);
  }

  /** Click-through counts a click once per list and item. */
  async placements(by: 'day' | 'hour'): Promise<PlacementMetrics> {
    const span = by === 'day' ? `${DAYS} days` : `${HOURS} hours`;
    const time = (column: string) =>
      `to_char(${column} at time zone 'UTC', '${by === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM-DD"T"HH24'}')`;
    const { rows } = await this.database.lagging.run(`
      select ${time('i.at')} as day, i.placement, count(*)::int as impressions, coalesce(sum(c.clicks), 0)::int as clicks
      from impressions i
      left join (select request_id, count(distinct item_ids[1])::int as clicks from events where type = 'click' and request_id is not null and at > now() - interval '${span}' group by 1) c
        on c.request_id = i.request_id
      where i.at > now() - interval '${span}' group by 1, 2 order by 1, 2`);
    const events = await this.database.lagging.run(
      `select ${time('at')} as day, type, count(*)::int as count from events where at > now() - interval '${span}' group by 1, 2 order by 1, 2`,
    );
    const coverage = (
      await this.database.lagging.run(`select
        (select count(distinct shown.id)::int from impressions, jsonb_to_recordset(items) as shown(id text) where at > now() - interval '${DAYS} days') as shown,
        (select count(*)::int from items where availability in ('in_stock', 'preorder')) as recommendable`)
    ).rows[0] as { shown: number; recommendable: number };
    return {
      days: rows.map((row) => ({
        day: String(row.day),
        placement: String(row.placement),
        impressions: Number(row.impressions),
        clicks: Number(row.clicks),
        clickThrough: Number(row.impressions) ? Number(row.clicks) / Number(row.impressions) : 0,
      })),
      events: events.rows.map((row) => ({ day: String(row.day), type: String(row.type), count: Number(row.count) })),
      coverage: { ...coverage, share: coverage.recommendable ? coverage.shown / coverage.recommendable : 0 },
    };
  }
}
