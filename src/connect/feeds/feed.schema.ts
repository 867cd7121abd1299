import { z } from 'zod';
import { PlainText } from '../../platform/platform.api.js';
import { FEED_FORMATS } from '../feed-readers.js';

const Address = PlainText(2_000)
  .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), {
    message: 'must be an http or https address such as https://shop.example/products.xml',
  })
  .describe(
    'http or https; public unless VITRINE_ALLOW_PRIVATE_URLS says otherwise. `https://NAME:PASSWORD@…` is taken apart: the password goes into `headers`',
  );

/** What stands for a secret in an answer. */
export const MASK = '********';
const HeaderValue = z
  .string()
  .min(1)
  .max(4_000)
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII');
const OURS = /^(host|connection|content-length|transfer-encoding|accept-encoding|if-.*)$/i;

const settings = {
  url: Address,
  name: PlainText(200).optional().describe('What people call it'),
  format: z.enum(FEED_FORMATS).optional().describe('Recognised by its first bytes when left out'),
  type: z.enum(['items', 'reviews', 'events']).optional().describe('What the rows are, when their shape does not say'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
    .describe('Of prices that carry none'),
  mapping: z
    .record(PlainText(100, 1), PlainText(200, 1))
    .refine((mapping) => Object.keys(mapping).length <= 100, { message: 'must have at most 100 fields' })
    .describe('Columns of a CSV that are named otherwise: { "title": "Name" }'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'must be the name of a header'), HeaderValue)
    .refine((headers) => Object.keys(headers).length <= 10, { message: 'must have at most 10 headers' })
    .refine((headers) => !Object.keys(headers).some((name) => OURS.test(name)), {
      message: 'must leave Host, Content-Length, Connection and the conditions of a request to Vitrine',
    })
    .describe(
      'Sent along, to the host of the address only: { "Authorization": "Basic …" }. Answers show `********` for each value; sent back like that it stays as it is. A name and password in `url` become such a header',
    ),
  everyMinutes: z.int().min(1).max(10_080).describe('Minutes between two polls, 1 to 10,080'),
  vanished: z
    .enum(['discontinue', 'keep'])
    .describe('What becomes of an item that the feed gave and gives no longer: discontinued, or left as it is'),
  paused: z.boolean(),
};

/** A feed as the shop sets it up. */
export const FeedInput = z
  .strictObject({
    ...settings,
    currency: settings.currency.default('USD'),
    mapping: settings.mapping.default({}),
    headers: settings.headers.default({}),
    everyMinutes: settings.everyMinutes.default(60),
    vanished: settings.vanished.default('discontinue'),
    paused: settings.paused.default(false),
  })
  .meta({ id: 'FeedInput' });
export type FeedInput = z.infer<typeof FeedInput>;

/** What of a feed is to change; null forgets what may be left out. */
export const FeedPatch = z
  .strictObject({
    ...settings,
    name: settings.name.nullable(),
    format: settings.format.nullable(),
    type: settings.type.nullable(),
  })
  .partial()
  .meta({ id: 'FeedPatch' });
export type FeedPatch = z.infer<typeof FeedPatch>;

const count = z.int();

/** What one poll came to. */
export const FeedRun = z
  .object({
    outcome: z
      .enum(['done', 'unchanged', 'suspicious', 'failed'])
      .describe(
        '`unchanged`: the address says nothing is new. `suspicious`: taken in, but nothing was discontinued; `message` says why',
      ),
    message: z.string().nullable(),
    importId: z.string().nullable().describe('Its counts and refused rows: `GET /v1/admin/imports/{id}`'),
    startedAt: z.string(),
    finishedAt: z.string(),
    read: count,
    accepted: count,
    unchanged: count,
    rejected: count,
    discontinued: count.describe('Items that had vanished from the feed'),
  })
  .meta({ id: 'FeedRun' });
export type FeedRun = z.infer<typeof FeedRun>;

/** A feed as it is shown. */
export const FeedShown = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    url: z.string(),
    format: z.enum(FEED_FORMATS).nullable(),
    type: z.enum(['items', 'reviews', 'events']).nullable(),
    currency: z.string(),
    mapping: z.record(z.string(), z.string()),
    headers: z.record(z.string(), z.string()).describe('Names are true, values masked'),
    everyMinutes: count,
    vanished: z.enum(['discontinue', 'keep']),
    paused: z.boolean(),
    state: z.enum(['waiting', 'running', 'paused']),
    items: count.describe('Items that it gives'),
    lastRun: FeedRun.nullable(),
    nextRunAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Feed' });
export type FeedShown = z.infer<typeof FeedShown>;

export const FeedList = z.object({ feeds: z.array(FeedShown) }).meta({ id: 'Feeds' });

/** How a feed is run now. */
export const FeedRunRequest = z
  .strictObject({
    accept: z
      .boolean()
      .default(false)
      .describe('Read it whole, and discontinue what vanished however much it is: the answer to a suspicious run'),
  })
  .meta({ id: 'FeedRunRequest' });
