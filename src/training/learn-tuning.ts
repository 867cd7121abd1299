import {
  DEFAULT_TUNING,
  EVENT_WEIGHTS,
  judgeBaskets,
  judgeSessions,
  learnBaskets,
  learnSessions,
  type MemoryTuning,
  MOST_CLICKS,
  MOST_SESSIONS,
  mean,
  type SessionCase,
  type SessionLog,
  type SessionModel,
  sessionBlend,
  sessionLog,
  sessionsOf,
} from '../behaviour/behaviour.api.js';
import { bootstrapDifference } from '../maths/maths.api.js';
import type { MetricWithInterval, TrainingEvents } from './training-data.js';
import { PEOPLE_TO_JUDGE } from './training-events.js';

/** Positions of sessions that each point of the search is asked for. */
const SAMPLE = 1_000;
const MOST_BASKETS = 1_000;
const LEAST_BASKETS = 50;

/** What was found, and how it did against what served before on the last part of the window. */
export interface LearnedTuning {
  readonly tuning: MemoryTuning;
  readonly sessions:
    | {
        readonly cases: number;
        readonly hr20: number;
        readonly before: number;
        readonly difference: MetricWithInterval;
      }
    | { readonly declined: string };
  readonly together: { readonly baskets: number } | { readonly declined: string };
}

interface Session {
  readonly items: readonly number[];
  readonly end: number;
  readonly bought: ReadonlySet<number>;
}

/** Everybody's sessions by half-hour gaps, in order of their ends: the newest 50,000. */
function allSessions(events: TrainingEvents, people: number): Session[] {
  const order = Int32Array.from({ length: events.at.length }, (_, e) => e).sort(
    (a, b) => events.at[a]! - events.at[b]! || a - b,
  );
  const mine: number[][] = Array.from({ length: people }, () => []);
  for (const e of order) mine[events.person[e]!]!.push(e);
  return mine
    .flatMap((list) =>
      sessionsOf(
        list.map((e) => ({
          type: events.weight[e] === EVENT_WEIGHTS.purchase ? 'purchase' : 'view',
          keys: [events.item[e]!],
          session: null,
          value: null,
          atMs: events.at[e]!,
        })),
      ),
    )
    .map((s) => ({ ...s, items: s.items.slice(-MOST_CLICKS) }))
    .sort((a, b) => a.end - b.end)
    .slice(-MOST_SESSIONS);
}

/** Each step of each session to something that was not in it before. */
const stepsOf = (sessions: readonly Session[]): SessionCase[] =>
  sessions.flatMap(({ items, end }) =>
    items.flatMap((target, k) =>
      k > 0 && !items.slice(0, k).includes(target) ? [{ context: items.slice(0, k), target, now: end }] : [],
    ),
  );

const logOf = (sessions: readonly Session[], items: number): SessionLog =>
  sessionLog(
    items,
    sessions.filter((s) => s.items.length > 1),
  );

/**
 * Finds what like sessions and what is bought together are made with: learned on the first part of the window (70 : 15 : 15 of the sessions, by
 * time), searched on the second, and kept unless the last one calls it worse than what serves. A session proposes nothing that is in it already.
 * Cost: about 60 times 1,000 questions of session neighbours.
 */
export async function learnTuning(
  events: TrainingEvents,
  people: number,
  items: number,
  options: { seed: number; live?: MemoryTuning | undefined },
): Promise<LearnedTuning> {
  const live = options.live ?? DEFAULT_TUNING;
  const sessions = allSessions(events, people);
  const cut = [Math.floor(sessions.length * 0.7), Math.floor(sessions.length * 0.85)] as const;
  const parts = [sessions.slice(0, cut[0]), sessions.slice(cut[0], cut[1]), sessions.slice(cut[1])] as const;
  const found = await tuneSessions(parts, items, live, options.seed);
  const together = await tuneTogether(parts, live, options.seed);
  return {
    tuning: { ...live, ...found.tuning, ...together.tuning },
    sessions: found.told,
    together: together.told,
  };
}

type Found<T> = { tuning: Partial<MemoryTuning>; told: T };

async function tuneSessions(
  parts: readonly [Session[], Session[], Session[]],
  items: number,
  live: MemoryTuning,
  seed: number,
): Promise<Found<LearnedTuning['sessions']>> {
  const tune = stepsOf(parts[1]);
  const judge = stepsOf(parts[2]);
  if (Math.min(tune.length, judge.length) < PEOPLE_TO_JUDGE)
    return {
      tuning: {},
      told: {
        declined: `${tune.length} and ${judge.length} steps in the held-back sessions; ${PEOPLE_TO_JUDGE} of each are needed`,
      },
    };
  // What is popular has a place of its own in the blend of all sources.
  const learned = await learnSessions(logOf(parts[0], items), tune, {
    sample: SAMPLE,
    repeats: false,
    blendAxes: { popularity: [0], trendDays: [1] },
  });
  const [neighbours, rules, weights] = ['session-neighbours', 'sequential-rules', 'vitrine'].map(
    (name) => learned.recipes.find((r) => r.name === name)!.params,
  ) as [Record<string, number>, Record<string, number>, Record<string, number>];
  const tuning = {
    neighbours: { ...live.neighbours, ...neighbours },
    rules: { decay: rules.decay!, asked: rules.asked! },
    weights: { rules: weights.rules!, twoSteps: weights.twoSteps! },
  };
  const log = logOf([...parts[0], ...parts[1]], items);
  const asked = judge.slice(-5 * SAMPLE);
  const hits = (t: Pick<MemoryTuning, 'neighbours' | 'rules' | 'weights'>): Float64Array =>
    judgeSessions(modelOf(log, t), asked, false).hr20;
  const mine = hits(tuning);
  const before = hits(live);
  const difference = bootstrapDifference(mine, before, { seed });
  return {
    tuning: difference.high < 0 ? {} : tuning,
    told: { cases: asked.length, hr20: mean(mine), before: mean(before), difference },
  };
}

const modelOf = (
  log: SessionLog,
  { neighbours, rules, weights }: Pick<MemoryTuning, 'neighbours' | 'rules' | 'weights'>,
): SessionModel => sessionBlend(log, { ...neighbours }, { ...rules }, { ...weights, popularity: 0, trendDays: 1 });

async function tuneTogether(
  parts: readonly [Session[], Session[], Session[]],
  live: MemoryTuning,
  seed: number,
): Promise<Found<LearnedTuning['together']>> {
  const numbers = new Map<number, number>();
  const baskets = parts.map((part) =>
    part
      .map(({ bought }) => Array.from(bought, (item) => numbers.get(item) ?? numbers.set(item, numbers.size).size - 1))
      .filter((basket) => basket.length > 1),
  );
  const [fitted, tune, judge] = baskets.map((b) => b.slice(-MOST_BASKETS)) as [number[][], number[][], number[][]];
  if (Math.min(tune.length, judge.length) < LEAST_BASKETS)
    return {
      tuning: {},
      told: {
        declined: `${tune.length} and ${judge.length} held-back baskets of several things; ${LEAST_BASKETS} of each are needed`,
      },
    };
  const learned = await learnBaskets(numbers.size, fitted, tune, { seed, wants: (name) => name === 'affinity' });
  const { params, make } = learned.recipes[0]!;
  const hits = judgeBaskets(make([...fitted, ...tune]), judge).hr10;
  const usual = await learnBaskets(numbers.size, fitted, tune, {
    seed,
    wants: (name) => name === 'affinity',
    alphas: [live.together.alpha],
  });
  const before = judgeBaskets(usual.recipes[0]!.make([...fitted, ...tune]), judge).hr10;
  const difference = bootstrapDifference(hits, before, { seed });
  return {
    tuning: difference.high < 0 ? {} : { together: { alpha: params.alpha! } },
    told: { baskets: judge.length },
  };
}
