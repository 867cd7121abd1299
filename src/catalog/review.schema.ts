import { z } from 'zod';
import { Id } from '../platform/http/id.js';
import { Language, PastTime, PlainText } from '../platform/http/plain-text.js';

/** A review as a shop gives it. */
export const ReviewInput = z
  .strictObject({
    id: Id,
    itemId: Id,
    text: PlainText(50_000, 1).regex(/\S/, 'must not be blank'),
    title: PlainText(2_000).optional(),
    rating: z.number().min(1).max(5).optional(),
    author: PlainText(500).optional(),
    createdAt: PastTime().optional(),
    helpful: z.int().min(0).max(1_000_000_000).optional().describe('How many found it helpful'),
    language: Language.optional(),
  })
  .meta({ id: 'Review' });
export type ReviewInput = z.infer<typeof ReviewInput>;

/** The body of `PUT /v1/items/{id}/reviews/{reviewId}`: both ids may be left out, since the path says them. */
export const ReviewBody = ReviewInput.partial({ id: true, itemId: true }).meta({ id: 'ReviewBody' });
export type ReviewBody = z.infer<typeof ReviewBody>;

/** A page of an item's reviews, newest first. */
export const ReviewPage = z
  .object({ reviews: z.array(ReviewInput), cursor: z.string().nullable() })
  .meta({ id: 'ReviewPage' });
