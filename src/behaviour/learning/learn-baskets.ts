import { affinity, countBaskets, LogLinearBaskets } from '../models/baskets.js';
import { coordinateSearch, type Point } from './coordinate-search.js';
import { type CaseJudgement, judgeRanks } from './learn-sessions.js';

/** Scores of all items given the rest of a basket. */
export type BasketModel = (rest: readonly number[]) => Float64Array;

/** Full softmax costs items² memory and items per case; above this many items bought-together is affinity alone. */
export const LOG_LINEAR_ITEMS = 1500;

export interface BasketRecipe {
  readonly name: string;
  readonly baseline: boolean;
  readonly axes: Record<string, readonly number[]>;
  readonly start: Point;
  readonly most: number;
  make(items: number, baskets: readonly (readonly number[])[], point: Point, seed: number): BasketModel;
}

const byAffinity = (name: string, alpha: number | null): BasketRecipe => ({
  name,
  baseline: alpha !== null,
  axes: alpha === null ? { alpha: [0.5, 0.6, 0.7, 0.8, 0.9, 1] } : {},
  start: alpha === null ? { alpha: 0.8 } : {},
  most: 6,
  make: (items, baskets, p) =>
    (
      (counts) => (rest: readonly number[]) =>
        affinity(counts, rest, alpha ?? p.alpha!)
    )(countBaskets(items, baskets)),
});

export const BASKET_RECIPES: readonly BasketRecipe[] = [
  {
    name: 'popularity',
    baseline: true,
    axes: {},
    start: {},
    most: 1,
    make: (items, baskets) =>
      (
        (c) => () =>
          c.single
      )(countBaskets(items, baskets)),
  },
  byAffinity('confidence', 1),
  byAffinity('cosine', 0.5),
  byAffinity('affinity', null),
  {
    name: 'log-linear',
    baseline: false,
    axes: { ridge: [5e-5, 1e-4, 2e-4, 3e-4, 6e-4], damping: [0.3, 0.5, 0.7, 1], epochs: [10, 15] },
    start: { ridge: 2e-4, damping: 0.5, epochs: 15 },
    most: 8,
    make: (items, baskets, p, seed) =>
      (
        (m) => (rest: readonly number[]) =>
          m.score(rest)
      )(LogLinearBaskets.fit(items, baskets, { ridge: p.ridge!, damping: p.damping!, epochs: p.epochs!, seed })),
  },
];

/** Ranks for every (basket, item): the item among all that are not in the rest of its basket; ties go to the lower item. */
export function judgeBaskets(model: BasketModel, baskets: readonly (readonly number[])[]): CaseJudgement {
  const ranks: number[] = [];
  for (const basket of baskets) {
    if (basket.length < 2) continue;
    for (const target of basket) {
      const rest = basket.filter((i) => i !== target);
      const inRest = new Set(rest);
      const scores = model(rest);
      let rank = 0;
      for (let j = 0; j < scores.length; j++) {
        if (
          j !== target &&
          !inRest.has(j) &&
          (scores[j]! > scores[target]! || (scores[j] === scores[target] && j < target))
        )
          rank++;
      }
      ranks.push(rank);
    }
  }
  return judgeRanks(ranks);
}

const total = (v: Float64Array): number => v.reduce((s, x) => s + x, 0) / Math.max(1, v.length);
export const basketObjective = (j: CaseJudgement): number => 2 * total(j.hr10) + total(j.mrr10);

export interface LearnedBaskets {
  readonly recipes: readonly {
    name: string;
    baseline: boolean;
    params: Point;
    seconds: number;
    make: (baskets: readonly (readonly number[])[]) => BasketModel;
    tuned: CaseJudgement;
  }[];
}

const logged = (scores: Float64Array): Float64Array => scores.map((s) => Math.log(s + 1e-3));

/** Tunes every recipe on the held-out baskets and, last, the log-linear model with a share of log-affinity added: what Vitrine serves. */
export async function learnBaskets(
  items: number,
  fitted: readonly (readonly number[])[],
  held: readonly (readonly number[])[],
  options: {
    seed: number;
    wants?: (name: string) => boolean;
    /** Exponents of affinity to look among; all when left out. */
    alphas?: readonly number[];
    progress?: (name: string) => void;
  },
): Promise<LearnedBaskets> {
  const learned: LearnedBaskets['recipes'][number][] = [];
  const add = (
    name: string,
    baseline: boolean,
    params: Point,
    started: number,
    make: (baskets: readonly (readonly number[])[]) => BasketModel,
    model: BasketModel,
  ): void => {
    learned.push({
      name,
      baseline,
      params,
      seconds: (performance.now() - started) / 1000,
      make,
      tuned: judgeBaskets(model, held),
    });
  };
  const best = new Map<string, { point: Point; model: BasketModel }>();
  for (const recipe of BASKET_RECIPES) {
    if (recipe.name === 'log-linear' && items > LOG_LINEAR_ITEMS) continue;
    if (options.wants && !options.wants(recipe.name) && !options.wants('vitrine')) continue;
    options.progress?.(recipe.name);
    const started = performance.now();
    const alphas = recipe.axes.alpha && options.alphas;
    const axes = alphas ? { ...recipe.axes, alpha: alphas } : recipe.axes;
    const start = alphas ? { ...recipe.start, alpha: alphas[0]! } : recipe.start;
    const found = await coordinateSearch(axes, start, recipe.most, async (p) =>
      basketObjective(judgeBaskets(recipe.make(items, fitted, p, options.seed), held)),
    );
    const make = (baskets: readonly (readonly number[])[]): BasketModel =>
      recipe.make(items, baskets, found.point, options.seed);
    const model = make(fitted);
    best.set(recipe.name, { point: found.point, model });
    add(recipe.name, recipe.baseline, found.point, started, make, model);
  }
  const linear = best.get('log-linear');
  const near = best.get('affinity');
  if (linear && near && (options.wants?.('vitrine') ?? true)) {
    options.progress?.('vitrine');
    const started = performance.now();
    const join =
      (a: BasketModel, b: BasketModel, share: number): BasketModel =>
      (rest) => {
        const scores = a(rest);
        if (share > 0)
          logged(b(rest)).forEach((v, j) => {
            scores[j]! += share * v;
          });
        return scores;
      };
    const found = await coordinateSearch({ affinity: [0, 0.1, 0.2, 0.3, 0.5, 0.8] }, { affinity: 0 }, 6, async (p) =>
      basketObjective(judgeBaskets(join(linear.model, near.model, p.affinity!), held)),
    );
    const recipe = (name: string): BasketRecipe => BASKET_RECIPES.find((r) => r.name === name)!;
    const make = (baskets: readonly (readonly number[])[]): BasketModel =>
      join(
        recipe('log-linear').make(items, baskets, linear.point, options.seed),
        recipe('affinity').make(items, baskets, near.point, options.seed),
        found.point.affinity!,
      );
    add('vitrine', false, found.point, started, make, join(linear.model, near.model, found.point.affinity!));
  }
  return { recipes: learned };
}
