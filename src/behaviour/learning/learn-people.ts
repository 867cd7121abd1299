import type { GemmEngine } from '../../maths/onnx-gemm.js';
import type { SparseMatrix } from '../../maths/sparse-matrix.js';
import { type ContentModality, standardise } from '../models/content.js';
import type { Scorer } from '../models/scorer.js';
import { type CandidateTable, gatherCandidates, judgeBlend, scoreScales, searchWeights } from './blend-search.js';
import { coordinateSearch, type Point } from './coordinate-search.js';
import { type HeldOut, holdOut, type Judgement, judge, objective, thinned } from './held-out.js';
import { type Family, FitContext, type PreparedContent, userFamilies } from './user-families.js';

/** One model with the parameters that the held-out part chose. */
export interface LearnedModel {
  readonly family: Family;
  readonly params: Point;
  readonly seconds: number;
  readonly fits: number;
  readonly scorer: Scorer;
  /** What it did on the part it was tuned on. */
  readonly tuned: Judgement;
}

/** Non-negative weights over sources whose scores were divided by `scales`. */
export interface LearnedBlend {
  readonly sources: readonly LearnedModel[];
  readonly weights: readonly number[];
  readonly scales: readonly number[];
  readonly tuned: Judgement;
  readonly seconds: number;
}

export interface LearnOptions {
  engine: GemmEngine;
  seed: number;
  /** Families to leave out or in by name; all by default. */
  wants?: (name: string) => boolean;
  /** Skip the blend. */
  single?: boolean;
  progress?: (step: string, share: number) => void;
  /** Parameters that an earlier run, cut short, had found already, by family: they are taken as they are. */
  finished?: ReadonlyMap<string, TunedPoint>;
  /** Told whenever the parameters of a family are found: what a run that is cut short can go on from. */
  onTuned?: (name: string, tuned: TunedPoint) => void;
}

/** Parameters of one family, and how many fits the search for them took. */
export interface TunedPoint {
  readonly point: Point;
  readonly fits: number;
}

/** People asked while parameters are searched; the blend and all figures are over everybody. */
const PEOPLE_TO_TUNE = 8000;

export interface LearnedPeople {
  readonly models: readonly LearnedModel[];
  readonly blend: LearnedBlend | null;
}

export const prepareContent = (content: readonly ContentModality[], items: number): PreparedContent[] =>
  content
    .map((m) => ({ name: m.name, width: m.width, values: standardise(m, items) }))
    .filter((m) => m.values.some((v) => v !== 0));

/**
 * Fits and tunes every family on `x`, judged on `relevant` (the same people, later or held out), then searches a blend of the sources. This is the one code
 * that both `vitrine evaluate` and `vitrine train` run; nothing in it depends on names or numbers of people and items.
 */
export async function learnPeople(
  x: SparseMatrix,
  relevant: SparseMatrix,
  content: readonly PreparedContent[],
  options: LearnOptions,
): Promise<LearnedPeople> {
  const heldOut = holdOut(x, relevant);
  const sample = thinned(heldOut, PEOPLE_TO_TUNE);
  const context = new FitContext(x, content, options.engine, options.seed);
  const families = userFamilies(content, x.columns).filter((f) => options.wants?.(f.name) ?? true);
  const models: LearnedModel[] = [];
  for (const [k, family] of families.entries()) {
    options.progress?.(family.name, k / (families.length + 1));
    const started = performance.now();
    const found = options.finished?.get(family.name) ?? (await search(family, context, sample));
    if (!found) continue;
    options.onTuned?.(family.name, found);
    const scorer = await family.fit(context, found.point);
    const tuned = await judge(scorer, heldOut);
    context.forget('ease');
    models.push({
      family,
      params: found.point,
      seconds: (performance.now() - started) / 1000,
      fits: found.fits,
      scorer,
      tuned,
    });
  }
  const sources = models.filter((m) => m.family.source);
  if (options.single || sources.length < 2) return { models, blend: null };
  options.progress?.('blend', families.length / (families.length + 1));
  return { models, blend: await learnBlend(sources, heldOut) };
}

async function search(family: Family, context: FitContext, sample: HeldOut): Promise<TunedPoint | null> {
  const found = await coordinateSearch(family.axes, family.start, family.most, async (p) =>
    objective(await judge(await family.fit(context, p), sample)),
  );
  return found.value === Number.NEGATIVE_INFINITY ? null : { point: found.point, fits: found.evaluations };
}

async function learnBlend(sources: readonly LearnedModel[], heldOut: HeldOut): Promise<LearnedBlend> {
  const started = performance.now();
  const scales = await scoreScales(
    sources.map((s) => s.scorer),
    heldOut.histories,
  );
  const table = await gatherCandidates(
    sources.map((s) => ({ name: s.family.name, scorer: s.scorer })),
    scales,
    heldOut,
  );
  const { weights } = searchWeights(table);
  const kept = weights.map((w, k) => ({ w, k })).filter(({ w }) => w > 0);
  return {
    sources: kept.map(({ k }) => sources[k]!),
    weights: kept.map(({ w }) => w),
    scales: kept.map(({ k }) => scales[k]!),
    tuned: judgeBlend(table, weights),
    seconds: (performance.now() - started) / 1000,
  };
}

/** Judges a blend on other people or another part, given scorers in the order of its sources (its own, or refitted ones). */
export async function judgeLearnedBlend(
  blend: LearnedBlend,
  scorers: readonly Scorer[],
  heldOut: HeldOut,
  weights: readonly number[] = blend.weights,
): Promise<Judgement> {
  return judgeBlend(await tableOf(blend, scorers, heldOut), weights);
}

/** The candidates of a blend on other people or another part, for whatever else is asked of them. */
export const tableOf = (blend: LearnedBlend, scorers: readonly Scorer[], heldOut: HeldOut): Promise<CandidateTable> =>
  gatherCandidates(
    blend.sources.map((s, k) => ({ name: s.family.name, scorer: scorers[k]! })),
    blend.scales,
    heldOut,
  );

/** The same models fitted again on more data with the chosen parameters. */
export async function refit(
  models: readonly LearnedModel[],
  x: SparseMatrix,
  content: readonly PreparedContent[],
  options: Pick<LearnOptions, 'engine' | 'seed'>,
): Promise<Map<string, Scorer>> {
  const context = new FitContext(x, content, options.engine, options.seed);
  const scorers = new Map<string, Scorer>();
  for (const m of models) {
    scorers.set(m.family.name, await m.family.fit(context, m.params));
    context.forget('ease');
  }
  return scorers;
}
