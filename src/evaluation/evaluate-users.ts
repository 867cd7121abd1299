import {
  holdOut,
  type Judgement,
  judge,
  judgeBlend,
  judgeLearnedBlend,
  type LearnedBlend,
  learnPeople,
  objective,
  prepareContent,
  proposalsOf,
  refit,
  type Scorer,
  tableOf,
} from '../behaviour/behaviour.api.js';
import {
  type Calibration,
  calibrationOf,
  columnCounts,
  GemmEngine,
  gini,
  type SparseMatrix,
} from '../maths/maths.api.js';
import { datasetName } from './data-files.js';
import {
  type EvaluationReport,
  type EvaluationRequest,
  knockoutDifferences,
  type Measured,
  summarise,
} from './evaluation-report.js';
import { readUserData, union } from './user-data.js';

const measuredOf = (
  name: string,
  baseline: boolean,
  params: Record<string, unknown>,
  seconds: number,
  j: Judgement,
  tuned: number,
): Measured => ({
  name,
  baseline,
  params,
  seconds,
  tuned,
  values: {
    ...j.perPerson,
    novelty: j.novelty,
    ...(j.coldRecall.length > 0 ? { 'recall@20 of new items': j.coldRecall } : {}),
  },
  points: { coverage: j.shown.reduce((s, n) => s + (n > 0 ? 1 : 0), 0) / j.shown.length, gini: gini(j.shown) },
});

/** All-ranking over all items, by user; everything is tuned on val, whatever the split that is reported. */
export async function evaluateUsers(request: EvaluationRequest): Promise<EvaluationReport> {
  const { seed, split, variant } = request;
  const data = await readUserData(request.data, split === 'test', request.progress);
  const engine = new GemmEngine(2);
  const content = prepareContent(data.content, data.train.columns);
  const wanted = request.only ? new Set(request.only) : null;
  const whole = !wanted || wanted.has('vitrine') || [...wanted].some((n) => n.startsWith('vitrine'));
  const learned = await learnPeople(data.train, data.val, content, {
    engine,
    seed,
    single: !whole,
    wants: (name) => whole || wanted!.has(name),
    progress: (step, share) => request.progress?.(`${Math.round(share * 100)} % ${step}`),
  });
  const known = variant === 'B' && split === 'test' ? union(data.train, data.val) : data.train;
  const part = split === 'test' ? data.test! : data.val;
  const heldOut = holdOut(known, part);
  const refitted = known === data.train ? null : await refit(learned.models, known, content, { engine, seed });
  const measured: Measured[] = [];
  for (const m of learned.models) {
    if (wanted && !wanted.has(m.family.name)) continue;
    const j = split === 'val' ? m.tuned : await judge(refitted?.get(m.family.name) ?? m.scorer, heldOut);
    measured.push(
      measuredOf(m.family.name, m.family.baseline, { ...m.params, fits: m.fits }, m.seconds, j, objective(m.tuned)),
    );
  }
  const blend = learned.blend;
  const calibrations: Calibration[] = [];
  if (blend) {
    const scorers = blend.sources.map((s) => refitted?.get(s.family.name) ?? s.scorer);
    const params = Object.fromEntries(blend.sources.map((s, k) => [s.family.name, blend.weights[k]!]));
    const table = await tableOf(blend, scorers, heldOut);
    const j = split === 'val' ? blend.tuned : judgeBlend(table, blend.weights);
    const { scores, hits, person } = proposalsOf(table, blend.weights);
    const calibration = calibrationOf(scores, hits, person);
    if (calibration) calibrations.push(calibration);
    const whole = measuredOf('vitrine', false, params, blend.seconds, j, objective(blend.tuned));
    if (calibration) whole.points = { ...whole.points, 'calibration error': calibration.error };
    measured.push(whole);
    const knockout = (what: string, changed: Record<string, number>, judged: Judgement): void => {
      measured.push(
        measuredOf(`vitrine without ${what}`, false, { ...params, ...changed }, 0, judged, Number.NEGATIVE_INFINITY),
      );
    };
    if (blend.sources.length > 1)
      blend.sources.forEach((source, k) => {
        const weights = blend.weights.map((w, i) => (i === k ? 0 : w));
        knockout(source.family.name, { [source.family.name]: 0 }, judgeBlend(table, weights));
      });
    for (const { what, names } of modalityKnockouts(content.map((m) => m.name))) {
      request.progress?.(`without ${what}`);
      const less = await withoutModalities(blend, names, known, scorers, content, { engine, seed });
      knockout(what, {}, await judgeLearnedBlend(less.blend, less.scorers, heldOut));
    }
  }
  await engine.close();
  const { results, differences } = summarise(measured, ['recall@20', 'ndcg@20'], seed);
  differences.push(...knockoutDifferences(measured, ['recall@20', 'ndcg@20'], seed));
  const notes = [
    `${variant === 'A' ? 'Fitted on train, train masked (as published)' : 'Chosen on val, then fitted on train + val, both masked (as deployed)'}; every item is ranked; ties go to the lower item.`,
    'Tuned on val by Recall@20 + 2 NDCG@20; 95 % bootstrap intervals over users, 1,000 resamples. On val the figures of tuned models are those they were chosen by.',
  ];
  if (content.length === 0) notes.push('No content: behaviour alone.');
  const chosen = measured.filter((m) => m.tuned > Number.NEGATIVE_INFINITY).sort((a, b) => b.tuned - a.tuned)[0];
  return {
    dataset: datasetName(request.data),
    kind: 'users',
    split,
    variant,
    users: heldOut.histories.rows,
    items: columnCounts(known).length,
    best: chosen?.name ?? 'none',
    results,
    differences,
    notes,
    ...(calibrations[0] ? { calibration: calibrations[0].bins } : {}),
  };
}

/** Each modality by itself and, where there are several, all content together. */
const modalityKnockouts = (names: readonly string[]): { what: string; names: readonly string[] }[] => [
  ...names.map((name) => ({ what: `modality ${name}`, names: [name] })),
  ...(names.length > 1 ? [{ what: 'content', names }] : []),
];

/** The blend with some modalities taken away: their own sources get weight 0, and what has them as a prior is fitted again without. */
async function withoutModalities(
  blend: LearnedBlend,
  names: readonly string[],
  known: SparseMatrix,
  scorers: readonly Scorer[],
  content: ReturnType<typeof prepareContent>,
  options: { engine: GemmEngine; seed: number },
): Promise<{ blend: LearnedBlend; scorers: Scorer[] }> {
  const weights = blend.weights.map((w, k) =>
    names.some((name) => blend.sources[k]!.family.name === `content-${name}`) ? 0 : w,
  );
  const changed: Scorer[] = [...scorers];
  for (const [k, source] of blend.sources.entries()) {
    const priors = names.map((name) => `content.${name}`).filter((name) => (source.params[name] ?? 0) > 0);
    if (priors.length === 0) continue;
    const params = { ...source.params, ...Object.fromEntries(priors.map((name) => [name, 0])) };
    changed[k] = (await refit([{ ...source, params }], known, content, options)).get(source.family.name)!;
  }
  return { blend: { ...blend, weights }, scorers: changed };
}
