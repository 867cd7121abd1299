import { z } from 'zod';
import { Id } from '../platform/platform.api.js';
import { Looks } from '../recommendation/recommendation.api.js';

export const PeopleKind = z.enum(['users', 'visitors']);

/** Who is nearest to a product, a picture or a sentence. */
export const AudienceRequest = Looks.extend({
  people: PeopleKind.default('users').describe('Signed-in users, or anonymous visitors'),
  limit: z.int().min(1).max(100_000).default(1_000).describe('How many, nearest first'),
  least: z.number().min(-1).max(1).default(-1).describe('Cosine under which nobody is named'),
})
  .refine(({ itemIds, images, text }) => itemIds.length + images.length > 0 || text?.trim(), {
    message: 'needs itemIds, images or text',
  })
  .meta({ id: 'AudienceRequest' });
export type AudienceRequest = z.infer<typeof AudienceRequest>;

/** One line of the answer. */
export const AudienceMember = z
  .object({
    rank: z.int(),
    userId: z.string().optional(),
    visitorId: z.string().optional(),
    score: z.number().describe('Cosine of the nearest of their interests to what was asked'),
    because: z.object({ itemId: z.string() }).describe('The product in the middle of that interest'),
  })
  .meta({ id: 'AudienceMember' });
export type AudienceMember = z.infer<typeof AudienceMember>;

export const PeopleQuery = z.strictObject({
  people: PeopleKind.default('users'),
  after: Id.optional().describe('The last id of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
});
export const PeoplePage = z
  .object({
    ids: z.array(z.string()).describe('Consenting people with events, ascending'),
    last: z.string().nullable(),
  })
  .meta({ id: 'ConsentingPeople' });
