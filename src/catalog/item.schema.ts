import { z } from 'zod';
import { Id } from '../platform/http/id.js';
import { Language, PlainText, Time } from '../platform/http/plain-text.js';

/** Most pictures that one item keeps. */
export const MOST_PICTURES = 64;

const alt = PlainText(2_000).describe('What the picture shows, in words').optional();
const url = PlainText(8_192, 1).describe('Where the picture is fetched from').optional();
const imageId = PlainText(200, 1).describe('An upload of POST /v1/images').optional();
const data = z.string().min(1).describe('The picture itself, base64').optional();
const file = PlainText(1_024, 1).describe('Path below the folder given by --images').optional();

const oneSource = (picture: Record<string, unknown>): boolean =>
  ['url', 'imageId', 'data', 'file'].filter((name) => picture[name] !== undefined).length === 1;

/** One picture of an item, as given over HTTP: exactly one of `url`, `imageId`, `data`. A bad picture never refuses its item. */
export const PictureInput = z
  .strictObject({ url, imageId, data, alt })
  .refine(oneSource, { message: 'needs exactly one of url, imageId, data' })
  .meta({ id: 'PictureInput' });
export type PictureInput = z.infer<typeof PictureInput>;

/** One picture of an item in an import, which may also be a `file`. */
export const ImportedPictureInput = z
  .strictObject({ url, imageId, data, file, alt })
  .refine(oneSource, { message: 'needs exactly one of url, imageId, data, file' });
export type ImportedPictureInput = z.infer<typeof ImportedPictureInput>;

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** Money: a decimal number and its ISO 4217 currency. */
export const Money = z
  .strictObject({
    amount: z.number().min(0).max(1e12),
    currency: z.string().refine((code) => currencies.has(code), { message: 'must be an ISO 4217 code such as EUR' }),
  })
  .meta({ id: 'Money' });
export type Money = z.infer<typeof Money>;

export const Availability = z.enum(['in_stock', 'out_of_stock', 'preorder', 'discontinued']);
export type Availability = z.infer<typeof Availability>;

const isAddress = (text: string): boolean => /^(https?:\/\/[^\s/]|\/(?!\/))/i.test(text);
const pageAddress = PlainText(8_192, 1).refine(isAddress, {
  message: 'must be an http(s) address or a path that begins with one /',
});

const AttributeValue = z.union([PlainText(200_000), z.number(), z.boolean(), z.array(PlainText(2_000)).max(500)]);
const Attributes = z
  .record(PlainText(200, 1), AttributeValue)
  .refine((all) => Object.keys(all).length <= 500, { message: 'at most 500 attributes' });

const fields = {
  title: PlainText(2_000, 1).regex(/\S/, 'must not be blank'),
  description: PlainText(200_000).optional(),
  url: pageAddress.optional(),
  video: z
    .strictObject({
      url: PlainText(8_192, 1).describe('Where the clip is'),
      captions: PlainText(2_000_000, 1).describe('WebVTT: its address, or the text itself').optional(),
    })
    .optional(),
  categories: z
    .array(PlainText(1_000, 1).regex(/[^\s>]/, 'must name a category'))
    .max(200)
    .describe('Paths such as "Women > Tops"')
    .optional(),
  brand: PlainText(500).optional(),
  sku: PlainText(500).optional(),
  price: Money.optional(),
  availability: Availability.optional().describe('in_stock when left out'),
  groupId: Id.optional().describe('Shared by the variants of one product'),
  tags: z.array(PlainText(500, 1)).max(500).optional(),
  attributes: Attributes.optional(),
  publishedAt: Time.optional().describe('Not recommended before this time'),
  language: Language.optional(),
};

/** An item as a shop gives it. Unknown fields are refused by name. */
export const ItemInput = z
  .strictObject({ id: Id, ...fields, images: z.array(PictureInput).max(MOST_PICTURES).optional() })
  .meta({ id: 'Item' });
export type ItemInput = z.infer<typeof ItemInput>;

/** The body of `PUT /v1/items/{id}`: an item whose `id` may be left out, since the path says it. */
export const ItemBody = ItemInput.partial({ id: true }).meta({ id: 'ItemBody' });
export type ItemBody = z.infer<typeof ItemBody>;

/** An item in an import: pictures may also be files. Every `ItemInput` is one. */
export const ImportedItem = z.strictObject({
  id: Id,
  ...fields,
  images: z.array(ImportedPictureInput).max(MOST_PICTURES).optional(),
});
export type ImportedItem = z.infer<typeof ImportedItem>;

/** The body of `PATCH /v1/items/{id}`: merged into what is stored (RFC 7396), `null` removes. Checked as a whole after merging. */
export const ItemPatch = z.record(z.string(), z.unknown()).meta({
  id: 'ItemPatch',
  description: 'Fields of an item; null removes a field; objects are merged, lists replaced.',
});
export type ItemPatch = z.infer<typeof ItemPatch>;

export const ModalityState = z.enum(['ready', 'pending', 'failed', 'absent']);
export type ModalityState = z.infer<typeof ModalityState>;

/** What became of an item's evidence. `pending`: something newer than the stored vectors waits to be embedded. */
export const ItemStatus = z
  .object({
    modalities: z.record(z.string(), ModalityState),
    problems: z.array(z.object({ code: z.string(), detail: z.string(), at: z.string() })),
  })
  .meta({ id: 'ItemStatus' });
export type ItemStatus = z.infer<typeof ItemStatus>;

/** A picture of a stored item: where it came from, where pages load it (`src`, once it is readable), and whether it could be read. */
export const StoredPicture = z
  .object({
    url: z.string().optional(),
    imageId: z.string().optional(),
    file: z.string().optional(),
    alt: z.string().optional(),
    src: z.string().optional(),
    state: z.enum(['pending', 'ready', 'failed']),
  })
  .meta({ id: 'StoredPicture' });
export type StoredPicture = z.infer<typeof StoredPicture>;

/** What everybody may see of an item (publishable keys get exactly this). */
export const PublicItem = z
  .object({
    id: z.string(),
    title: z.string(),
    description: z.string().optional(),
    url: z.string().optional(),
    images: z.array(z.object({ src: z.string(), alt: z.string().optional() })),
    video: z.object({ url: z.string() }).optional(),
    categories: z.array(z.string()),
    brand: z.string().optional(),
    price: z.object({ amount: z.number(), currency: z.string() }).optional(),
    availability: Availability,
    groupId: z.string().optional(),
    tags: z.array(z.string()),
    attributes: z.record(z.string(), AttributeValue),
    publishedAt: z.string().optional(),
    language: z.string().optional(),
  })
  .meta({ id: 'PublicItem' });
export type PublicItem = z.infer<typeof PublicItem>;

/** An item as the shop's own back end sees it. */
export const StoredItem = PublicItem.extend({
  images: z.array(StoredPicture),
  video: z.object({ url: z.string(), captions: z.string().optional() }).optional(),
  sku: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
  status: ItemStatus,
}).meta({ id: 'StoredItem' });
export type StoredItem = z.infer<typeof StoredItem>;

/** A page of the catalogue, in the order in which items were first stored. `cursor` asks for the next one; null: there is none. */
export const ItemPage = z
  .object({ items: z.array(z.union([StoredItem, PublicItem])), cursor: z.string().nullable() })
  .meta({ id: 'ItemPage' });
