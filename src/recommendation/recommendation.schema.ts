import { z } from 'zod';
import { Id, PlainText } from '../platform/platform.api.js';
import { filterSchema } from '../retrieval/retrieval.api.js';
import { PENALTIES, SOURCES } from './source.js';

/** Base64 of 15 MB, with room for line breaks. */
const PICTURE_MAX_CHARACTERS = 21_000_000;

const oneOf = ['itemId', 'imageId', 'url', 'data'] as const;

/** A picture to look at: an item's own, an uploaded one, one at an address, or its bytes. */
export const PictureInput = z
  .strictObject({
    itemId: Id.optional().describe('A picture of this item'),
    index: z.int().min(0).max(999).optional().describe('Which of its pictures, counted from 0; with itemId only'),
    imageId: PlainText(200, 1).optional().describe('From POST /v1/images'),
    url: z
      .url({ protocol: /^https?$/ })
      .max(4_000)
      .optional(),
    data: z.string().min(1).max(PICTURE_MAX_CHARACTERS).optional().describe('Base64'),
  })
  .superRefine((picture, context) => {
    const given = oneOf.filter((name) => picture[name] !== undefined);
    if (given.length !== 1) context.addIssue({ code: 'custom', message: `needs exactly one of ${oneOf.join(', ')}` });
    if (picture.index !== undefined && picture.itemId === undefined)
      context.addIssue({ code: 'custom', path: ['index'], message: 'goes with itemId only' });
  })
  .meta({ id: 'Picture' });
export type PictureInput = z.infer<typeof PictureInput>;

const looks = {
  itemIds: z.array(Id).max(100).default([]),
  images: z.array(PictureInput).max(10).default([]),
  text: PlainText(10_000).optional(),
};

/** What a visitor looks at, or does not want to. */
export const Looks = z.strictObject(looks);
export type Looks = z.infer<typeof Looks>;

const emphasis = z.number().min(0).max(10).default(1);
const limit = z.int().min(1).max(100).optional().describe('12 when left out and nothing is set for the placement');

export const RecommendationRequest = z
  .strictObject({
    placement: PlainText(100, 1).describe('home, product, cart, category, search, email, or one of your own'),
    visitorId: Id.optional(),
    sessionId: Id.optional(),
    userId: Id.optional(),
    context: Looks.optional(),
    negatives: Looks.optional(),
    emphasis: z.strictObject({ images: emphasis, text: emphasis, history: emphasis }).optional(),
    filter: filterSchema.optional(),
    limit,
    diversity: z.number().min(0).max(1).optional().describe('.2 when left out, 0 for search'),
    excludeIds: z.array(Id).max(5_000).default([]),
    includePurchased: z.boolean().default(false),
    explain: z.boolean().default(true).describe('false leaves reasons and penalties out'),
    debug: z.boolean().default(false).describe('Server key only'),
    consent: z.strictObject({ personalization: z.boolean() }).optional(),
  })
  .meta({
    id: 'RecommendationRequest',
    examples: [
      {
        placement: 'product',
        visitorId: 'v1',
        sessionId: 's1',
        context: { itemIds: ['p7'], images: [{ itemId: 'p7', index: 2 }], text: 'for a summer wedding' },
        negatives: { itemIds: ['p9'], text: 'no heels' },
        emphasis: { images: 1, text: 1, history: 1 },
        filter: { price: { lte: 80 }, category: { under: 'Women' } },
        limit: 12,
        consent: { personalization: true },
      },
    ],
  });
export type RecommendationRequest = z.output<typeof RecommendationRequest>;

export const SearchRequest = z
  .strictObject({
    text: PlainText(10_000).optional(),
    images: z.array(PictureInput).max(10).default([]),
    negatives: Looks.optional(),
    filter: filterSchema.optional(),
    limit,
  })
  .superRefine((search, context) => {
    if (!search.text?.trim() && search.images.length === 0)
      context.addIssue({ code: 'custom', path: ['text'], message: 'one of text and images is required' });
  })
  .meta({ id: 'SearchRequest', examples: [{ text: 'a warm jacket for the rain', limit: 12 }] });
export type SearchRequest = z.output<typeof SearchRequest>;

const filterText = z
  .string()
  .max(20_000)
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be a filter as JSON, such as {"brand":"Acme"}',
        input: text.slice(0, 200),
      });
      return z.NEVER;
    }
  })
  .pipe(filterSchema);

/** Query of the simpler lists. */
export const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).optional().describe('How many; 12 when left out'),
  filter: filterText.optional().describe('A filter as JSON'),
});
export type ListQuery = z.output<typeof ListQuery>;

const Because = z
  .object({
    itemId: z.string().optional(),
    index: z.int().optional().describe('Picture of that item, counted from 0'),
    imageId: z.string().optional(),
    url: z.string().optional(),
    image: z.int().optional().describe('Position in the images of the call, counted from 0'),
    text: z.string().optional(),
    segment: z
      .object({ start: z.number(), end: z.number() })
      .optional()
      .describe('Seconds into the clip of the recommended item'),
  })
  .meta({ id: 'Because' });

export const Recommended = z
  .object({
    id: z.string(),
    rank: z.int(),
    score: z.number(),
    placedBy: z.enum(['score', 'diversity', 'rule', 'exploration']),
    item: z.object({
      title: z.string(),
      url: z.string().nullable(),
      image: z.string().nullable(),
      price: z.object({ amount: z.number(), currency: z.string() }).nullable(),
      availability: z.enum(['in_stock', 'out_of_stock', 'preorder', 'discontinued']),
    }),
    reasons: z
      .array(z.object({ source: z.enum(SOURCES), share: z.number(), because: Because.optional() }))
      .optional()
      .describe('Shares of what raised the score; they add up to 1'),
    penalties: z
      .array(z.object({ source: z.enum(PENALTIES), amount: z.number() }))
      .optional()
      .describe('What lowered the score'),
  })
  .meta({ id: 'RecommendedItem' });
export type Recommended = z.infer<typeof Recommended>;

export const RecommendationAnswer = z
  .object({
    requestId: z.string(),
    placement: z.string(),
    personalized: z.boolean(),
    fallback: z.enum(['no_history', 'no_consent', 'empty_catalogue', 'index_unavailable']).nullable(),
    warnings: z.array(z.string()),
    items: z.array(Recommended),
    model: z.object({
      encoder: z.string(),
      fusion: z.string(),
      behaviour: z.string(),
      blend: z.string(),
      index: z.string(),
    }),
    tookMs: z.number(),
    debug: z
      .object({
        plan: z.enum(['exact', 'graph', 'pgvector', 'weaviate']),
        selectivity: z.number(),
        candidates: z.int(),
        milliseconds: z.number(),
        steps: z.record(z.string(), z.number()).describe('Milliseconds by step'),
        weights: z.record(z.string(), z.number()).describe('Weight of each source in this call'),
      })
      .optional(),
  })
  .meta({ id: 'RecommendationAnswer' });
export type RecommendationAnswer = z.infer<typeof RecommendationAnswer>;
