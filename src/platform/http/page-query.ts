import { z } from 'zod';
import { invalidField } from './problem.js';

/** `?cursor&limit` of a list. */
export const PageQuery = z.strictObject({
  cursor: z.string().max(200).optional().describe('From the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(50).describe('How many, 1 to 100'),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** `?dryRun&importId` of a batch. */
export const BatchQuery = z.strictObject({
  dryRun: z
    .stringbool({ truthy: ['true', '1', ''], falsy: ['false', '0'] })
    .default(false)
    .describe('Say what would change, and change nothing'),
  importId: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'letters, digits, _ and -, at most 64')
    .optional()
    .describe('The batch is part of an import that is reported by `PUT /v1/admin/imports/{id}`'),
});
export type BatchQuery = z.infer<typeof BatchQuery>;

/** A place in a list as callers carry it around. */
export const toCursor = (place: number): string => Buffer.from(`v1:${place}`).toString('base64url');

/** @throws Problem 400 for a cursor that no page gave. */
export const fromCursor = (cursor: string | undefined): number => {
  if (cursor === undefined) return 0;
  const place = /^v1:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  if (place === undefined) throw invalidField('cursor', 'must be the cursor of the page before', cursor);
  return Number(place);
};
