import { z } from 'zod';
import { Id, PlainText } from '../platform/platform.api.js';

const PlacementName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'small letters, digits, - and _');

/** Versions an arm serves with instead of the live ones. */
export const ArmModels = z
  .strictObject({
    blend: Id.optional().describe('Version of a blend in the registry; the live one when left out'),
    behaviour: Id.optional().describe('Version of a behaviour model in the registry; the live one when left out'),
    fusion: Id.optional().describe(
      'Version of a fusion model in the registry; the live one when left out. Its vectors are held in memory beside the live ones: catalogues up to 20,000 items',
    ),
  })
  .meta({ id: 'ExperimentArmModels' });

/** One side of a comparison. */
export const ArmInput = z
  .strictObject({
    name: PlainText(60, 1),
    models: ArmModels.optional().describe('Nothing: as it is served without the experiment'),
    share: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe('Part of the visitors under allocation `split`; even when left out'),
  })
  .meta({ id: 'ExperimentArm' });

export const METRICS = ['click', 'add_to_cart', 'purchase'] as const;

/** An experiment as it is written over HTTP. The first arm is the one that the others are compared with. */
export const ExperimentInput = z
  .strictObject({
    name: PlainText(200, 1).optional().describe('For people; the id when left out'),
    placement: PlacementName.nullish().describe('Where it holds; everywhere when left out'),
    state: z.enum(['draft', 'running', 'stopped']).optional().describe('running when left out'),
    allocation: z
      .enum(['split', 'thompson'])
      .optional()
      .describe('split: fixed shares, for a comparison. thompson: a bandit gives more visitors to what does better'),
    metric: z.enum(METRICS).optional().describe('What a visitor has to do to count as won; click when left out'),
    minimumEffect: z
      .number()
      .min(0.01)
      .max(2)
      .optional()
      .describe('Smallest relative change worth knowing of; .1 (a tenth more) when left out'),
    arms: z.array(ArmInput).min(2).max(8),
  })
  .superRefine((experiment, context) => {
    const names = experiment.arms.map(({ name }) => name);
    names.forEach((name, k) => {
      if (names.indexOf(name) < k)
        context.addIssue({ code: 'custom', path: ['arms', k, 'name'], message: `two arms are called "${name}"` });
    });
    const given = experiment.arms.filter(({ share }) => share !== undefined);
    if (given.length > 0 && given.length < names.length)
      context.addIssue({ code: 'custom', path: ['arms'], message: 'give a share to every arm or to none' });
    const sum = given.reduce((total, { share }) => total + share!, 0);
    if (given.length === names.length && Math.abs(sum - 1) > 1e-6)
      context.addIssue({ code: 'custom', path: ['arms'], message: `shares add up to ${sum}, not to 1` });
  })
  .meta({ id: 'ExperimentInput' });
export type ExperimentInput = z.infer<typeof ExperimentInput>;

/** A stored experiment. */
export const Experiment = z
  .object({
    id: Id,
    name: z.string(),
    placement: z.string().nullable(),
    state: z.enum(['draft', 'running', 'stopped']),
    allocation: z.enum(['split', 'thompson']),
    metric: z.enum(METRICS),
    minimumEffect: z.number(),
    arms: z.array(
      z.object({
        name: z.string(),
        models: z.object({
          blend: z.string().optional(),
          behaviour: z.string().optional(),
          fusion: z.string().optional(),
        }),
        share: z.number().describe('Part of the visitors it gets now'),
      }),
    ),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    stoppedAt: z.string().nullable(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Experiment' });
export type Experiment = z.infer<typeof Experiment>;

export const ExperimentList = z.object({ experiments: z.array(Experiment) }).meta({ id: 'Experiments' });

const interval = { value: z.number(), low: z.number(), high: z.number() };

/** What is known of an experiment now. */
export const ExperimentResult = z
  .object({
    id: z.string(),
    state: z.enum(['draft', 'running', 'stopped']),
    metric: z.enum(METRICS),
    allocation: z.enum(['split', 'thompson']),
    since: z.string().nullable(),
    until: z.string().nullable(),
    arms: z.array(
      z.object({
        name: z.string(),
        share: z.number().describe('Part of the visitors it gets now'),
        exposed: z.int().describe('Different visitors who saw a list of this arm'),
        impressions: z.int(),
        converted: z.int().describe('Those of them who did what the metric names'),
        rate: z.object(interval).describe('converted / exposed with Wilson’s 95 % interval'),
        probabilityBest: z.number().describe('That this arm is the best of them, by the bandit’s beliefs'),
      }),
    ),
    differences: z
      .array(
        z.object({
          arm: z.string(),
          baseline: z.string(),
          ...interval,
          fixed: z.object(interval).describe('The usual 95 % interval: right for one look at a size fixed before'),
          verdict: z.enum(['better', 'worse', 'undecided']),
        }),
      )
      .describe('To the first arm; low and high are always valid: they may be looked at at any time'),
    sampleSize: z.object({
      baseRate: z.number().nullable(),
      minimumEffect: z.number(),
      perArm: z
        .int()
        .nullable()
        .describe('Visitors an arm needs to see that effect with always-valid intervals, power .8'),
      perArmFixed: z.int().nullable().describe('The same for a single look at the end'),
      reached: z.number().nullable().describe('Exposed visitors of the smallest arm ÷ perArm'),
    }),
    offPolicy: z
      .array(
        z.object({
          arm: z.string(),
          ...interval,
          effective: z.number().describe('Effective sample size'),
        }),
      )
      .describe(
        'Rate a visitor if this arm alone were served: self-normalised inverse propensity, right under a bandit too; arms with too little are left out',
      ),
    notes: z.array(z.string()),
  })
  .meta({ id: 'ExperimentResult' });
export type ExperimentResult = z.infer<typeof ExperimentResult>;
