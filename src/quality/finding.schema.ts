import { z } from 'zod';

/** What is wrong with an item or its evidence, and what to do about it. */
export const Finding = z
  .object({
    code: z.enum([
      'no_picture',
      'picture_unreadable',
      'picture_shared',
      'text_thin',
      'text_missing',
      'no_category',
      'no_price',
      'review_repeated',
      'events_bursting',
      'events_without_item',
      'exposure_uneven',
      'ratings_skewed',
      'visitors_underserved',
      'review_burst',
      'picture_similar',
      'modality_drift',
    ]),
    severity: z.enum(['info', 'warning', 'error']),
    count: z.number().int(),
    /** A few of the ids concerned: items, or visitors for events. */
    examples: z.array(z.object({ id: z.string(), detail: z.string().optional() })),
    advice: z.string(),
  })
  .meta({ id: 'QualityFinding' });
export type Finding = z.infer<typeof Finding>;

export const QualityReport = z
  .object({ at: z.string(), items: z.number().int(), findings: z.array(Finding) })
  .meta({ id: 'QualityReport' });
export type QualityReport = z.infer<typeof QualityReport>;

/** One question to the database. */
export interface Check {
  code: Finding['code'];
  severity: Finding['severity'];
  advice: string;
  /** Gives `id`, `detail` and `total` (all that were found), a few rows. */
  sql: string;
  values?: unknown[];
}
