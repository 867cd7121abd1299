import { z } from 'zod';

const count = z.number().int();

export const AdminStatus = z
  .object({
    version: z.string(),
    uptimeSeconds: z.number(),
    database: z.object({ kind: z.enum(['embedded', 'server']), version: z.string() }),
    catalogue: z.object({
      items: count,
      products: count,
      withPicture: count,
      embedded: count,
      waiting: count,
      fused: count,
      reviews: count,
    }),
    events: z.object({ total: count, lastDay: count, people: count }),
    impressions: z.object({ lastDay: count }),
    models: z.record(z.string(), z.string()).describe('Live version by kind'),
    jobs: z.record(z.string(), z.object({ waiting: count, active: count, failed: count })),
    memoryMB: z.number(),
  })
  .meta({ id: 'AdminStatus' });
export type AdminStatus = z.infer<typeof AdminStatus>;

export const FailedJobs = z
  .object({
    counts: z.record(z.string(), z.object({ waiting: count, active: count, failed: count })),
    failed: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        data: z.unknown(),
        error: z.string().nullable(),
        failedAt: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Jobs' });
export type FailedJobs = z.infer<typeof FailedJobs>;

export const PlacementMetricsQuery = z.strictObject({
  by: z.enum(['day', 'hour']).default('day').describe('day: the last 30 days. hour: the last two'),
});
export type PlacementMetricsQuery = z.output<typeof PlacementMetricsQuery>;

/** Shown lists and clicks on them, a day (or hour) and placement at a time. */
export const PlacementMetrics = z
  .object({
    days: z.array(
      z.object({
        day: z.string().describe('2026-11-24, or 2026-11-24T09 by hour; UTC'),
        placement: z.string(),
        impressions: count,
        clicks: count,
        clickThrough: z.number(),
      }),
    ),
    events: z
      .array(z.object({ day: z.string(), type: z.string(), count }))
      .describe('What people did, by day (or hour) and type'),
    coverage: z.object({ shown: count, recommendable: count, share: z.number() }),
  })
  .meta({ id: 'PlacementMetrics' });
export type PlacementMetrics = z.infer<typeof PlacementMetrics>;
