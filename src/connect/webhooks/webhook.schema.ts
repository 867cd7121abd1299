import { z } from 'zod';
import { PageQuery } from '../../platform/http/page-query.js';
import { PlainText } from '../../platform/platform.api.js';

/** What a shop can be told of. */
export const WEBHOOK_EVENTS = ['item.failed', 'model.promoted', 'erasure.done'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

const settings = {
  url: PlainText(2_000)
    .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), {
      message: 'must be an http or https address such as https://shop.example/hooks/vitrine',
    })
    .describe('http or https; public unless VITRINE_ALLOW_PRIVATE_URLS says otherwise. Redirects are not followed'),
  events: z.array(z.enum(WEBHOOK_EVENTS)).min(1).max(WEBHOOK_EVENTS.length).describe('What it is told of'),
  name: PlainText(200).optional(),
  active: z.boolean(),
};

/** Whom to tell of what. */
export const WebhookInput = z
  .strictObject({ ...settings, active: settings.active.default(true) })
  .meta({ id: 'WebhookInput' });
export type WebhookInput = z.infer<typeof WebhookInput>;

/** What of a webhook is to change. */
export const WebhookPatch = z.strictObject(settings).partial().meta({ id: 'WebhookPatch' });
export type WebhookPatch = z.infer<typeof WebhookPatch>;

/** A webhook as it is shown, without its secret. */
export const WebhookShown = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    url: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENTS)),
    active: z.boolean(),
    note: z.string().nullable().describe('Why it was switched off by itself'),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Webhook' });
export type WebhookShown = z.infer<typeof WebhookShown>;

const secret = z.string().describe('`whsec_…`: signs what is sent. Shown this once');
/** A webhook that was just made, with its secret. */
export const WebhookMade = WebhookShown.extend({ secret }).meta({ id: 'WebhookMade' });
export type WebhookMade = z.infer<typeof WebhookMade>;
export const WebhookSecret = z
  .object({ secret, formerUntil: z.string().describe('Until then the former secret signs too') })
  .meta({ id: 'WebhookSecret' });

export const WebhookList = z.object({ webhooks: z.array(WebhookShown) }).meta({ id: 'Webhooks' });

const State = z.enum(['pending', 'delivered', 'failed']);
/** One message to one receiver, and how sending it went. */
export const WebhookDelivery = z
  .object({
    id: z.string().describe('The `webhook-id` it is sent with'),
    type: z.string(),
    state: State.describe('`pending` is tried again; `failed` no longer'),
    attempts: z.int(),
    status: z.int().nullable().describe('HTTP status of the last answer'),
    error: z.string().nullable().describe('Why the last attempt failed'),
    body: z.unknown().describe('What is sent'),
    createdAt: z.string(),
    attemptedAt: z.string().nullable(),
    deliveredAt: z.string().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;
export const DeliveryList = z
  .object({ deliveries: z.array(WebhookDelivery), cursor: z.string().nullable() })
  .meta({ id: 'WebhookDeliveries' });
export const DeliveryQuery = PageQuery.extend({ state: State.optional() });
