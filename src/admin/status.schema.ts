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

/** Shown lists and clicks on them, a day and placement at a time. */
export const PlacementMetrics = z
  .object({
    days: z.array(
      z.object({ day: z.string(), placement: z.string(), impressions: count, clicks: count, clickThrough: z.number() }),
    ),
    coverage: z.object({ shown: count, recommendable: count, share: z.number() }),
  })
  .meta({ id: 'PlacementMetrics' });
export type PlacementMetrics = z.infer<typeof PlacementMetrics>;
