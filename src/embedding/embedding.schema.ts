import { z } from 'zod';
import { Id, PlainText } from '../platform/platform.api.js';

/** A picture in a question: its bytes, an address, an upload, or a picture of an item (`index` counts from 0). Exactly one of them. */
export const QueryPicture = z
  .strictObject({
    data: z.string().min(1).describe('The picture itself, base64').optional(),
    url: PlainText(8_192, 1).describe('Where the picture is fetched from').optional(),
    imageId: PlainText(200, 1).describe('An upload of POST /v1/images').optional(),
    itemId: Id.describe('An item whose picture is meant').optional(),
    index: z.int().min(0).max(63).describe('Which picture of the item, counted from 0').optional(),
  })
  .refine(
    ({ data, url, imageId, itemId }) => [data, url, imageId, itemId].filter((each) => each !== undefined).length === 1,
    {
      message: 'needs exactly one of data, url, imageId, itemId',
    },
  )
  .refine(({ itemId, index }) => index === undefined || itemId !== undefined, {
    message: 'index goes with itemId',
    path: ['index'],
  })
  .meta({ id: 'QueryPicture' });
export type QueryPicture = z.infer<typeof QueryPicture>;

const Caption = PlainText(20_000, 1).regex(/\S/, 'must not be blank');

export const ClassifyRequest = z
  .strictObject({ image: QueryPicture, texts: z.array(Caption).min(1).max(100) })
  .meta({ id: 'ClassifyRequest' });
export type ClassifyRequest = z.infer<typeof ClassifyRequest>;

export const ClassifyAnswer = z
  .object({
    temperature: z.number().describe("The model's own; probability = softmax(score / temperature)"),
    results: z
      .array(z.object({ text: z.string(), score: z.number(), probability: z.number() }))
      .describe('Most probable first'),
  })
  .meta({ id: 'ClassifyAnswer' });
export type ClassifyAnswer = z.infer<typeof ClassifyAnswer>;

export const EmbeddingsRequest = z
  .strictObject({
    images: z.array(QueryPicture).max(100).optional(),
    texts: z.array(PlainText(200_000, 1).regex(/\S/, 'must not be blank')).max(1000).optional(),
  })
  .refine(({ images, texts }) => (images?.length ?? 0) + (texts?.length ?? 0) > 0, { message: 'needs images or texts' })
  .meta({ id: 'EmbeddingsRequest' });
export type EmbeddingsRequest = z.infer<typeof EmbeddingsRequest>;

export const EmbeddingsAnswer = z
  .object({
    model: z.string(),
    dimension: z.int(),
    images: z.array(z.array(z.number())),
    texts: z.array(z.array(z.number())),
  })
  .meta({ id: 'EmbeddingsAnswer' });
export type EmbeddingsAnswer = z.infer<typeof EmbeddingsAnswer>;

/** A modality as a shop names it. */
export const ModalityName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'a letter, then at most 63 letters, digits, "_", "." or "-"');

export const VectorBody = z.strictObject({ vector: z.array(z.number()).min(2).max(8192) }).meta({ id: 'VectorBody' });
export type VectorBody = z.infer<typeof VectorBody>;

export const StoredVectorAnswer = z
  .object({ itemId: z.string(), modality: z.string(), dimension: z.int() })
  .meta({ id: 'StoredVector' });
export type StoredVectorAnswer = z.infer<typeof StoredVectorAnswer>;

export const BackfillRequest = z.strictObject({
  all: z.boolean().default(false).describe('Embed everything anew, not only what is missing'),
});
export type BackfillRequest = z.infer<typeof BackfillRequest>;

export const CoverageAnswer = z
  .object({ encoder: z.string(), items: z.int(), embedded: z.int(), waiting: z.int(), failed: z.int() })
  .meta({ id: 'EmbeddingCoverage' });
