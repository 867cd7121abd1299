import { z } from 'zod';
import { Rule, RuleInput } from '../merchandising/merchandising.api.js';
import { Id } from '../platform/platform.api.js';
import { RecommendationRequest } from './recommendation.schema.js';

/** A question to the pipeline as it might be: with other models, or with a rule that nobody has stored yet. */
export const TryOutRequest = z
  .strictObject({
    request: RecommendationRequest,
    models: z
      .strictObject({
        fusion: Id.optional().describe('Version of a stored fusion model; the live one when left out'),
        behaviour: Id.optional().describe('Version of a stored behaviour model; the live one when left out'),
        blend: Id.optional().describe('Version of a stored blend; the live one when left out'),
      })
      .optional(),
    rule: RuleInput.optional().describe('A draft that holds in this answer alone, beside the stored rules'),
    withoutRules: z.array(Rule.shape.id).max(1_000).optional().describe('Stored rules to be left out'),
  })
  .meta({
    id: 'TryOutRequest',
    examples: [
      {
        request: { placement: 'product', context: { itemIds: ['p7'] }, limit: 12 },
        models: { blend: 'default-blend-1' },
        rule: { kind: 'boost', filter: { brand: 'Acme' }, amount: 0.3 },
      },
    ],
  });
export type TryOutRequest = z.output<typeof TryOutRequest>;
