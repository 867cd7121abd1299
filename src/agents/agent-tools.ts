import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { packageVersion } from '../platform/platform.api.js';
import { describeItem } from './item-description.js';
import type { ShopApi } from './shop-api.js';

const limit = z.number().int().min(1).max(50).default(8).describe('How many products');
const filter = z
  .record(z.string(), z.unknown())
  .optional()
  .describe('Conditions all of which must hold, e.g. {"price":{"lte":80},"category":{"under":"Women"}}');
const withPictures = z.boolean().default(false).describe('Also return the first picture of each product');
const looks = {
  text: z.string().max(2_000).optional().describe('What is wanted, in words'),
  image_url: z.url().optional().describe('Address of a picture, for instance one that the customer sent'),
  image_base64: z.string().optional().describe('A picture as base64'),
};
const person = {
  user_id: z.string().min(1).max(128).optional().describe('The signed-in customer'),
  visitor_id: z.string().min(1).max(128).optional().describe('The anonymous visitor'),
  personalization_consent: z
    .boolean()
    .optional()
    .describe('Whether this customer agreed to personal recommendations; what the shop has stored holds when left out'),
};
const context = {
  placement: z
    .string()
    .min(1)
    .max(100)
    .default('home')
    .describe('home, product, cart, category, search, email or one of the shop'),
  item_ids: z.array(z.string().min(1).max(128)).max(20).optional().describe('Products being looked at'),
  ...looks,
  ...person,
};

interface Shown {
  id: string;
  rank: number;
  score: number;
  item: { title: string; url?: string | null; image?: string | null; price?: unknown; availability: string };
  reasons?: { source: string; share: number; because?: unknown }[];
  penalties?: { source: string; amount: number }[];
}
interface Answer {
  items: Shown[];
  personalized: boolean;
  fallback: string | null;
  warnings: string[];
  model: Record<string, string>;
}

const images = (given: { image_url?: string; image_base64?: string }) => [
  ...(given.image_url ? [{ url: given.image_url }] : []),
  ...(given.image_base64 ? [{ data: given.image_base64 }] : []),
];

const requestOf = (given: z.infer<z.ZodObject<typeof context>>, most: number) => ({
  placement: given.placement,
  userId: given.user_id,
  visitorId: given.visitor_id,
  context: { itemIds: given.item_ids ?? [], images: images(given), text: given.text },
  consent: given.personalization_consent === undefined ? undefined : { personalization: given.personalization_consent },
  limit: most,
});

/** Five tools over one shop. Each call uses the shop's own API with the caller's key, so keys, consent and rules hold for agents as for anybody. */
export const agentServer = (shop: ShopApi): McpServer => {
  const server = new McpServer(
    { name: 'vitrine', version: packageVersion },
    {
      instructions:
        'A shop that can look at pictures. Search with words, a picture or both; describe_item says what is seen and what reviewers say, which no stored description tells.',
    },
  );
  const readOnly = { readOnlyHint: true, openWorldHint: false };

  server.registerTool(
    'search_products',
    {
      description: 'Find products by words, by a picture, or by both ("like this picture, but green").',
      inputSchema: { ...looks, filter, limit, with_pictures: withPictures },
      annotations: readOnly,
    },
    (given) =>
      answered(async () => {
        const answer = await shop.call<Answer>('POST', '/v1/search', {
          text: given.text,
          images: images(given),
          filter: given.filter,
          limit: given.limit,
        });
        return listed(shop, answer, given.with_pictures);
      }),
  );

  server.registerTool(
    'recommend',
    {
      description:
        'What this customer should see next: from what they did before, where they agreed to that, and from what they are looking at now.',
      inputSchema: { ...context, filter, limit, with_pictures: withPictures },
      annotations: readOnly,
    },
    (given) =>
      answered(async () => {
        const request = { ...requestOf(given, given.limit), filter: given.filter };
        return listed(shop, await shop.call<Answer>('POST', '/v1/recommendations', request), given.with_pictures);
      }),
  );

  server.registerTool(
    'similar',
    {
      description: 'Products that look and read like a given one.',
      inputSchema: { item_id: z.string().min(1).max(128), limit, with_pictures: withPictures },
      annotations: readOnly,
    },
    (given) =>
      answered(async () => {
        const path = `/v1/items/${encodeURIComponent(given.item_id)}/similar?limit=${given.limit}`;
        return listed(shop, await shop.call<Answer>('GET', path), given.with_pictures);
      }),
  );

  server.registerTool(
    'describe_item',
    {
      description:
        'What is seen on the pictures of a product (kind, colour, material, style, mood, with scores), and what its reviewers agree and disagree on, with quotations.',
      inputSchema: { item_id: z.string().min(1).max(128), with_pictures: withPictures },
      annotations: readOnly,
    },
    (given) =>
      answered(async () => {
        const description = await describeItem(shop, given.item_id);
        const stored = given.with_pictures
          ? await shop.call<{ images?: { src?: string }[] }>('GET', `/v1/items/${encodeURIComponent(given.item_id)}`)
          : null;
        return told(
          description,
          await pictures(
            shop,
            (stored?.images ?? []).slice(0, 4).map(({ src }) => src),
          ),
        );
      }),
  );

  server.registerTool(
    'explain',
    {
      description:
        'Why a product stands where it stands in the recommendations of this customer and page: rank, what spoke for it and by how much, what lowered it.',
      inputSchema: { item_id: z.string().min(1).max(128), ...context },
      annotations: readOnly,
    },
    (given) =>
      answered(async () => {
        const answer = await shop.call<Answer>('POST', '/v1/recommendations', requestOf(given, 100));
        const found = answer.items.find(({ id }) => id === given.item_id);
        const { personalized, fallback, model, warnings } = answer;
        if (found) {
          const { rank, score, reasons, penalties } = found;
          return told({
            itemId: given.item_id,
            recommended: true,
            rank,
            score,
            reasons,
            penalties,
            personalized,
            fallback,
            model,
            warnings,
          });
        }
        // Known at all? Otherwise the shop says that it is not.
        await shop.call('GET', `/v1/items/${encodeURIComponent(given.item_id)}`);
        const why =
          'not among the first 100: others are nearer, or it is being looked at, bought, dismissed, out of stock, or excluded by a rule';
        return told({ itemId: given.item_id, recommended: false, why, personalized, fallback, model, warnings });
      }),
  );
  return server;
};

/** What went wrong is told to the agent in a sentence, so that it can mend its call. */
const answered = async (work: () => Promise<CallToolResult>): Promise<CallToolResult> => {
  try {
    return await work();
  } catch (error) {
    return { isError: true, content: [{ type: 'text', text: error instanceof Error ? error.message : String(error) }] };
  }
};

type Content = CallToolResult['content'];

const told = (value: object, shown: Content = []): CallToolResult => ({
  structuredContent: value as Record<string, unknown>,
  content: [{ type: 'text', text: JSON.stringify(value) }, ...shown],
});

const listed = async (shop: ShopApi, answer: Answer, withPicturesToo: boolean): Promise<CallToolResult> => {
  const products = answer.items.map(({ id, rank, score, item, reasons }) => ({ id, rank, score, ...item, reasons }));
  const { personalized, fallback, warnings } = answer;
  const shown = withPicturesToo
    ? await pictures(
        shop,
        answer.items.slice(0, 12).map(({ item }) => item.image),
      )
    : [];
  return told({ products, personalized, fallback, warnings }, shown);
};

/** Pictures in the order of their products; one that cannot be had is left out rather than the answer. */
const pictures = async (shop: ShopApi, paths: readonly (string | null | undefined)[]): Promise<Content> => {
  const had = await Promise.all(
    paths.map(async (path) => {
      if (!path) return null;
      const own = /\/v1\/pictures\/[0-9a-f]{64}/.exec(path)?.[0];
      return shop.picture(own ? `${own}?width=320` : path).catch(() => null);
    }),
  );
  return had.flatMap((picture) =>
    picture
      ? [{ type: 'image' as const, data: picture.bytes.toString('base64'), mimeType: picture.mediaType.split(';')[0]! }]
      : [],
  );
};
