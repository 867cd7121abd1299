import { z } from 'zod';
import { FieldErrorSchema } from '../platform/http/batch-answer.js';

const count = z.int().min(0).max(2_000_000_000);
const State = z.enum(['running', 'done', 'failed']);
const Kind = z.enum(['items', 'reviews', 'events', 'mixed']);

/** A row that was refused, and why. */
export const RejectedRow = z
  .object({
    file: z.string().max(2_000).optional(),
    line: z.int().min(0).describe('Counted from 1, blank lines too'),
    id: z.string().max(200).optional(),
    errors: z.array(FieldErrorSchema),
  })
  .meta({ id: 'RejectedRow' });
export type RejectedRow = z.infer<typeof RejectedRow>;

/** What whoever imports reports. */
export const ImportReported = z
  .strictObject({
    state: State,
    source: z.string().min(1).max(2_000).describe('File, address or call the rows come from'),
    kind: Kind,
    format: z.string().max(100).optional(),
    read: count,
    accepted: count,
    unchanged: count,
    ignored: count,
    rejectedCount: count.optional().describe('All of them, where `rejected` holds only the first'),
    rejected: z.array(RejectedRow).max(10_000),
    message: z.string().max(2_000).optional().describe('Why it failed'),
    startedAt: z.iso.datetime({ offset: true }).optional(),
    finishedAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'ImportReport' });
export type ImportReported = z.infer<typeof ImportReported>;

/** An import as it is shown. */
export const ImportShown = z
  .object({
    id: z.string(),
    kind: Kind,
    source: z.string(),
    format: z.string().nullable(),
    state: State,
    read: count,
    accepted: count,
    unchanged: count,
    ignored: count,
    rejected: count.describe('How many rows were refused; `GET …/rejected` names them'),
    message: z.string().nullable(),
    startedAt: z.string(),
    updatedAt: z.string(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'Import' });
export type ImportShown = z.infer<typeof ImportShown>;
