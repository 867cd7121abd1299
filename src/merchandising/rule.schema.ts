import { z } from 'zod';
import { Id, PlainText, Time } from '../platform/platform.api.js';

const PlacementName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'small letters, digits, - and _')
  .meta({ description: 'home, product, cart, category, search, email, or a shop’s own' });

/** A merchandiser's rule as it is written over HTTP. */
export const RuleInput = z
  .strictObject({
    kind: z.enum(['pin', 'boost', 'bury', 'exclude']),
    placement: PlacementName.nullish().meta({ description: 'where it holds; everywhere when absent' }),
    filter: z
      .record(z.string(), z.unknown())
      .nullish()
      .meta({ description: 'the items it is about, as in a recommendation request' }),
    itemIds: z
      .array(Id)
      .max(1_000)
      .optional()
      .meta({ description: 'items it is about, one by one; pinned in this order' }),
    amount: z
      .number()
      .gt(0)
      .max(1)
      .nullish()
      .meta({ description: 'boost and bury: share of the best score that is added or taken; .3 when absent' }),
    position: z.int().min(1).max(100).nullish().meta({ description: 'pin: place in the list; 1 when absent' }),
    startsAt: Time.nullish(),
    endsAt: Time.nullish(),
    active: z.boolean().optional().meta({ description: 'true when absent' }),
    note: PlainText(1_000).nullish(),
  })
  .superRefine((rule, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message, input: rule[path as keyof typeof rule] });
    if (!rule.filter && !rule.itemIds?.length)
      wrong('itemIds', 'a rule is about items: give itemIds, a filter, or both');
    if (rule.position != null && rule.kind !== 'pin')
      wrong('position', `only a pin has a position, not a ${rule.kind}`);
    if (rule.amount != null && rule.kind !== 'boost' && rule.kind !== 'bury')
      wrong('amount', `only boost and bury have an amount, not ${rule.kind}`);
    if (rule.startsAt && rule.endsAt && Date.parse(rule.endsAt) <= Date.parse(rule.startsAt))
      wrong('endsAt', 'must be after startsAt');
  })
  .meta({ id: 'RuleInput' });
export type RuleInput = z.infer<typeof RuleInput>;

/** A stored rule. */
export const Rule = z
  .object({
    id: Id,
    kind: z.enum(['pin', 'boost', 'bury', 'exclude']),
    placement: z.string().nullable(),
    filter: z.record(z.string(), z.unknown()).nullable(),
    itemIds: z.array(z.string()),
    amount: z.number().nullable(),
    position: z.number().nullable(),
    startsAt: z.string().nullable(),
    endsAt: z.string().nullable(),
    active: z.boolean(),
    note: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Rule' });
export type Rule = z.infer<typeof Rule>;

export const RuleList = z.object({ rules: z.array(Rule), cursor: z.string().nullable() }).meta({ id: 'RuleList' });
export const ListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(128).optional(),
});

/** What a shop sets for one placement; absent values keep Vitrine's own. */
export const PlacementSettings = z
  .strictObject({
    title: PlainText(200, 1).optional().meta({ description: 'heading of the list on pages' }),
    limit: z.int().min(1).max(100).optional().meta({ description: 'items when a request names no limit' }),
    diversity: z.number().min(0).max(1).optional().meta({ description: 'diversity when a request names none' }),
  })
  .meta({ id: 'PlacementSettings' });
export type PlacementSettings = z.infer<typeof PlacementSettings>;

export const Placement = z
  .object({ name: PlacementName, settings: PlacementSettings, updatedAt: z.string() })
  .meta({ id: 'Placement' });
export type Placement = z.infer<typeof Placement>;
export const PlacementList = z.object({ placements: z.array(Placement) }).meta({ id: 'PlacementList' });
export { PlacementName };
