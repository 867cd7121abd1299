import { z } from 'zod';
import { Id } from '../platform/http/id.js';
import { PastTime, PlainText } from '../platform/http/plain-text.js';

export const EVENT_TYPES = [
  'view',
  'click',
  'add_to_cart',
  'remove_from_cart',
  'wishlist',
  'purchase',
  'rating',
  'search',
  'dismiss',
  'impression',
] as const;
export const EventType = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof EventType>;

const WITHOUT_ITEMS = new Set<EventType>(['search', 'impression']);

/** What a visitor did. An event without an id gets one; the same id twice counts once. */
export const EventInput = z
  .strictObject({
    id: Id.optional(),
    type: EventType,
    userId: Id.optional(),
    visitorId: Id.optional(),
    sessionId: Id.optional(),
    itemId: Id.optional(),
    itemIds: z.array(Id).max(500).optional(),
    query: PlainText(2_000).optional(),
    value: z.number().optional().describe('Money spent, or the stars of a rating'),
    quantity: z.number().min(0).optional(),
    requestId: PlainText(200, 1).optional().describe('The recommendation it followed'),
    at: PastTime().optional().describe('Now when left out'),
    consent: z.strictObject({ personalization: z.boolean() }).optional(),
  })
  .superRefine((event, context) => {
    if (event.userId === undefined && event.visitorId === undefined) {
      const message = 'one of userId and visitorId is required';
      context.addIssue({ code: 'custom', path: ['userId'], message });
      context.addIssue({ code: 'custom', path: ['visitorId'], message });
    }
    if (!WITHOUT_ITEMS.has(event.type) && event.itemId === undefined && !event.itemIds?.length) {
      context.addIssue({ code: 'custom', path: ['itemId'], message: `a ${event.type} needs itemId or itemIds` });
    }
  })
  .meta({ id: 'Event' });
export type EventInput = z.infer<typeof EventInput>;

/** The answer to one event or a handful: 202. */
export const EventAnswer = z
  .object({
    accepted: z.int().describe('New ones, committed'),
    unchanged: z.int().describe('Ones whose id was known'),
    ignored: z.int().describe('Ones that were not kept'),
    reason: z.literal('no_consent').optional().describe('Why some were ignored'),
  })
  .meta({ id: 'EventAnswer' });
export type EventAnswer = z.infer<typeof EventAnswer>;

/** Consent as a shop states it. */
export const ConsentInput = z
  .strictObject({
    personalization: z.boolean().describe('May what this person does shape what they are shown?'),
    training: z.boolean().optional().describe('May models learn from it? Like personalization when left out'),
    at: PastTime().optional().describe('When it was said; an older statement never replaces a newer one'),
  })
  .meta({ id: 'Consent' });
export type ConsentInput = z.infer<typeof ConsentInput>;
