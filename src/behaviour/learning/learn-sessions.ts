import {
  SequentialRules,
  type SessionLog,
  SessionNeighbours,
  type SessionParameters,
} from '../models/session-neighbours.js';
import { coordinateSearch, type Point } from './coordinate-search.js';

/** One position of a session: what came before (oldest first), what came next, and when the last click before it was. */
export interface SessionCase {
  readonly context: readonly number[];
  readonly target: number;
  readonly now: number;
}

/** Scores by item; absent items score nothing. */
export type SessionModel = (context: readonly number[], now: number) => Map<number, number>;

export interface CaseJudgement {
  /** 1 where the target was among the first 10 or 20, one a case. */
  readonly hr10: Float64Array;
  readonly hr20: Float64Array;
  readonly mrr10: Float64Array;
  readonly mrr20: Float64Array;
}

/** Judges rank positions (from 0; Infinity = not found). */
export function judgeRanks(ranks: ArrayLike<number>): CaseJudgement {
  const map = (f: (rank: number) => number): Float64Array =>
    Float64Array.from({ length: ranks.length }, (_, k) => f(ranks[k] as number));
  return {
    hr10: map((r) => (r < 10 ? 1 : 0)),
    hr20: map((r) => (r < 20 ? 1 : 0)),
    mrr10: map((r) => (r < 10 ? 1 / (r + 1) : 0)),
    mrr20: map((r) => (r < 20 ? 1 / (r + 1) : 0)),
  };
}

const rankOf = (scores: Map<number, number>, target: number, never: readonly number[]): number => {
  const own = scores.get(target);
  if (own === undefined) return Number.POSITIVE_INFINITY;
  let rank = 0;
  for (const [item, score] of scores)
    if ((score > own || (score === own && item < target)) && !never.includes(item)) rank++;
  return rank;
};

/** `repeats` false: what is in the context is no answer. */
export const judgeSessions = (model: SessionModel, cases: readonly SessionCase[], repeats = true): CaseJudgement =>
  judgeRanks(cases.map((c) => rankOf(model(c.context, c.now), c.target, repeats ? [] : c.context)));

const scaled = (scores: Map<number, number>, weight: number, into: Map<number, number>): void => {
  let most = 0;
  for (const v of scores.values()) most = Math.max(most, v);
  if (most > 0) for (const [item, v] of scores) into.set(item, (into.get(item) ?? 0) + (weight * v) / most);
};

export interface SessionRecipe {
  readonly name: string;
  readonly baseline: boolean;
  readonly axes: Record<string, readonly number[]>;
  readonly start: Point;
  readonly most: number;
  make(log: SessionLog, point: Point): SessionModel;
}

const AXES = {
  neighbours: [100, 200, 400, 800, 1500],
  reach: [0.75, 1, 1.5, 2, 3, 5],
  spread: [1.5, 2.5, 4, 8, 20],
  backward: [0.5, 0.7, 0.85, 1],
  ageDays: [1, 2, 4, 10, 40],
  rarity: [0, 0.5, 1, 2, 4],
};
const neighboursOf = (log: SessionLog, p: Point): SessionNeighbours =>
  new SessionNeighbours(log, { candidates: 1000, ...p } as unknown as SessionParameters);

const DAY_MS = 86_400_000;
/** The 100 most clicked items; a session that ended `days` before the last one counts 1/e of it. */
const popularityOf = (log: SessionLog, days = Number.POSITIVE_INFINITY): Map<number, number> => {
  const counts = new Map<number, number>();
  const last = log.ends[log.ends.length - 1] ?? 0;
  for (let s = 0; s < log.ends.length; s++) {
    const weight = Math.exp(-(last - log.ends[s]!) / DAY_MS / days);
    for (const item of log.items.subarray(log.offsets[s]!, log.offsets[s + 1]!))
      counts.set(item, (counts.get(item) ?? 0) + weight);
  }
  return new Map([...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 100));
};

/** Every session model with what is searched; the last is what Vitrine serves. */
export const SESSION_RECIPES: readonly SessionRecipe[] = [
  {
    name: 'popularity',
    baseline: true,
    axes: {},
    start: {},
    most: 1,
    make: (log) =>
      (
        (counts) => () =>
          counts
      )(popularityOf(log)),
  },
  {
    name: 'sequential-rules',
    baseline: true,
    axes: { decay: [0.2, 0.3, 0.5], asked: [1, 2, 4] },
    start: { decay: 0.3, asked: 1 },
    most: 6,
    make: (log, p) =>
      (
        (rules) => (context) =>
          rules.score(context)
      )(new SequentialRules(log, { reach: 9, decay: p.decay!, asked: p.asked! })),
  },
  {
    name: 'vsknn',
    baseline: true,
    axes: { neighbours: [100, 200, 400], reach: [1, 2, 3, 5, 8], rarity: [0, 0.5, 1, 2] },
    start: { neighbours: 100, reach: 3, rarity: 1 },
    most: 10,
    make: (log, p) =>
      (
        (model) => (context, now) =>
          model.score(context, now)
      )(neighboursOf(log, { ...p, spread: 1e9, backward: 1, ageDays: 1e9 })),
  },
  {
    name: 'session-neighbours',
    baseline: false,
    axes: AXES,
    start: { neighbours: 400, reach: 2, spread: 4, backward: 0.85, ageDays: 4, rarity: 1 },
    most: 24,
    make: (log, p) =>
      (
        (model) => (context, now) =>
          model.score(context, now)
      )(neighboursOf(log, p)),
  },
];

/** The served form: neighbours, rules, rules of rules and what is popular of late, each scaled to its best answer and weighted. */
export function sessionBlend(log: SessionLog, neighbours: Point, rules: Point, weights: Point): SessionModel {
  const model = neighboursOf(log, neighbours);
  const rule = new SequentialRules(log, { reach: 9, decay: rules.decay!, asked: rules.asked! });
  const popular = popularityOf(log, weights.trendDays);
  return (context, now) => {
    const scores = new Map<number, number>();
    scaled(model.score(context, now), 1, scores);
    if (weights.rules) scaled(rule.score(context), weights.rules, scores);
    if (weights.twoSteps) scaled(rule.scoreTwoSteps(context), weights.twoSteps, scores);
    if (weights.popularity) scaled(popular, weights.popularity, scores);
    return scores;
  };
}

export const BLEND_AXES = {
  rules: [0, 0.05, 0.1, 0.2, 0.4],
  twoSteps: [0, 0.02, 0.05, 0.1, 0.2, 0.4],
  popularity: [0, 0.005, 0.01, 0.02, 0.05],
  trendDays: [0.5, 1, 3, 10, 1000],
};
export const BLEND_START = { rules: 0.1, twoSteps: 0.05, popularity: 0.01, trendDays: 1 };

const total = (v: Float64Array): number => v.reduce((s, x) => s + x, 0) / Math.max(1, v.length);
/** What session tuning maximises: 2 HR@20 + MRR@20. */
export const sessionObjective = (j: CaseJudgement): number => 2 * total(j.hr20) + total(j.mrr20);

export interface LearnedSessions {
  readonly recipes: readonly {
    name: string;
    baseline: boolean;
    params: Point;
    seconds: number;
    make: (log: SessionLog) => SessionModel;
    tuned: CaseJudgement;
  }[];
}

/** Tunes each recipe on at most `sample` cases (evenly spread), then the blend of the best ones; judged on all cases. */
export async function learnSessions(
  log: SessionLog,
  cases: readonly SessionCase[],
  options: {
    wants?: (name: string) => boolean;
    sample?: number;
    /** Whether what is in a session may be its next answer; true when left out. */
    repeats?: boolean;
    /** Other values for some of the blend's weights. */
    blendAxes?: Partial<Record<keyof typeof BLEND_AXES, readonly number[]>>;
    progress?: (name: string) => void;
  } = {},
): Promise<LearnedSessions> {
  const judged = (model: SessionModel, some: readonly SessionCase[]): CaseJudgement =>
    judgeSessions(model, some, options.repeats ?? true);
  const step = Math.max(1, Math.ceil(cases.length / (options.sample ?? 5000)));
  const sample = cases.filter((_, k) => k % step === 0);
  const learned: LearnedSessions['recipes'][number][] = [];
  const params = new Map<string, Point>();
  for (const recipe of SESSION_RECIPES) {
    if (options.wants && !options.wants(recipe.name) && !options.wants('vitrine')) continue;
    options.progress?.(recipe.name);
    const started = performance.now();
    const found = await coordinateSearch(recipe.axes, recipe.start, recipe.most, async (p) =>
      sessionObjective(judged(recipe.make(log, p), sample)),
    );
    params.set(recipe.name, found.point);
    const make = (other: SessionLog): SessionModel => recipe.make(other, found.point);
    learned.push({
      name: recipe.name,
      baseline: recipe.baseline,
      params: found.point,
      seconds: (performance.now() - started) / 1000,
      make,
      tuned: judged(make(log), cases),
    });
  }
  const neighbours = params.get('session-neighbours');
  const rules = params.get('sequential-rules');
  if (neighbours && rules && (options.wants?.('vitrine') ?? true)) {
    options.progress?.('vitrine');
    const started = performance.now();
    const axes = { ...BLEND_AXES, ...options.blendAxes };
    const start = Object.fromEntries(
      Object.entries(BLEND_START).map(([name, value]) => {
        const allowed = axes[name as keyof typeof axes];
        return [name, allowed.includes(value) ? value : allowed[0]!];
      }),
    );
    const found = await coordinateSearch(axes, start, 24, async (w) =>
      sessionObjective(judged(sessionBlend(log, neighbours, rules, w), sample)),
    );
    const make = (other: SessionLog): SessionModel => sessionBlend(other, neighbours, rules, found.point);
    learned.push({
      name: 'vitrine',
      baseline: false,
      params: found.point,
      seconds: (performance.now() - started) / 1000,
      make,
      tuned: judged(make(log), cases),
    });
  }
  return { recipes: learned };
}
