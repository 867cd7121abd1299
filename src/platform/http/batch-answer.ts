import { z } from 'zod';

/** One wrong value, by dotted path, as every 400 and every rejected line names it. */
export const FieldErrorSchema = z
  .object({ path: z.string(), message: z.string(), received: z.unknown().optional() })
  .meta({ id: 'FieldError', description: 'One wrong value, by dotted path' });

/** What became of a batch; always 200. */
export const BatchAnswer = z
  .object({
    accepted: z.number().int().describe('new or changed'),
    unchanged: z.number().int(),
    ignored: z.number().int(),
    reason: z.string().optional(),
    rejected: z.array(
      z.object({
        line: z.number().int().describe('counted from 1, blank lines too'),
        id: z.string().optional(),
        errors: z.array(FieldErrorSchema),
      }),
    ),
  })
  .meta({ id: 'BatchAnswer' });
export type BatchAnswer = z.infer<typeof BatchAnswer>;
