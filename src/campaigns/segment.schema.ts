import { z } from 'zod';

export const SegmentQuery = z.strictObject({
  of: z
    .enum(['users', 'items'])
    .default('users')
    .describe('Consenting users by what they like, or products by how they look and read'),
  count: z.coerce
    .number()
    .int()
    .min(2)
    .max(20)
    .optional()
    .describe('How many segments at most; by their number when left out'),
  examples: z.coerce.number().int().min(1).max(24).default(8).describe('Products shown of each'),
});
export type SegmentQuery = z.infer<typeof SegmentQuery>;

const Words = z.array(z.object({ word: z.string(), score: z.number() }));

/** Alike people, or alike products. Nobody is named. */
export const Segment = z
  .object({
    id: z.int().describe('1 is the largest'),
    name: z.string().describe('Its nearest words'),
    words: z
      .object({ kind: Words, material: Words, style: Words, mood: Words })
      .describe('Nearest words with how much nearer they are to it than to the whole catalogue, in cosine'),
    size: z.int(),
    share: z.number().describe('Of all that are in segments, 0 to 1'),
    examples: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        image: z.string().nullable(),
        price: z.object({ amount: z.number(), currency: z.string() }).nullable(),
        likedBy: z
          .int()
          .nullable()
          .describe('People of the segment who like it; null when they are too few to be told, and for products'),
      }),
    ),
  })
  .meta({ id: 'Segment' });
export type Segment = z.infer<typeof Segment>;

export const SegmentList = z
  .object({
    of: z.enum(['users', 'items']),
    total: z.int().describe('Users who agreed and like something, or products with a vector'),
    looked: z.int().describe('How many of them were looked at; a sample when there are very many'),
    leastSize: z.int().describe('No segment is smaller: in none can anybody be singled out'),
    segments: z.array(Segment),
    note: z.string().nullable().describe('Why there are none'),
    madeAt: z.string(),
  })
  .meta({ id: 'Segments' });
export type SegmentList = z.infer<typeof SegmentList>;
