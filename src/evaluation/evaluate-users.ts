import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ContentModality,
  holdOut,
  type Judgement,
  judge,
  judgeLearnedBlend,
  learnPeople,
  objective,
  prepareContent,
  refit,
} from '../behaviour/behaviour.api.js';
import {
  addSparse,
  columnCounts,
  GemmEngine,
  gini,
  readNpy,
  type SparseMatrix,
  sparseFromTriples,
} from '../maths/maths.api.js';
import { badRow, datasetName, featureNames, numberNames, readRows } from './data-files.js';
import { type EvaluationReport, type EvaluationRequest, type Measured, summarise } from './evaluation-report.js';

interface UserData {
  train: SparseMatrix;
  val: SparseMatrix;
  test: SparseMatrix | null;
  content: ContentModality[];
}

/** Reads train, val and (where wanted) test pairs and the feature tables. Repeated pairs count once. */
export function readUserData(directory: string, wantsTest: boolean): UserData {
  const features = featureNames(directory).map((name) => ({
    name,
    matrix: readNpy(readFileSync(join(directory, 'features', `${name}.npy`))),
  }));
  const parts = [
    'train.tsv',
    'val.tsv',
    ...(wantsTest || existsSync(join(directory, 'test.tsv')) ? ['test.tsv'] : []),
  ].map((file) => ({ file, rows: readRows(directory, file) }));
  for (const { file, rows } of parts) {
    const bad = rows.findIndex((r) => r.length < 2 || r.length > 3 || r[0] === '' || r[1] === '');
    if (bad >= 0) throw badRow(file, bad + 1, rows[bad]!, 'user <tab> item [<tab> unix seconds]');
  }
  const all = parts.flatMap((p) => p.rows);
  const users = numberNames(all.map((r) => r[0]!));
  // With feature tables the item's own number is its row; a table too short for an item leaves that item without content.
  const items =
    features.length > 0 ? Math.max(...features.map((f) => f.matrix.rows), ...all.map((r) => Number(r[1]) + 1)) : null;
  const numbered = items === null ? numberNames(all.map((r) => r[1]!)) : null;
  const itemOf = (name: string): number => numbered?.get(name) ?? Number(name);
  const matrix = (rows: readonly string[][]): SparseMatrix => {
    const m = sparseFromTriples(
      users.size,
      items ?? numbered!.size,
      rows.map((r) => users.get(r[0]!)!),
      rows.map((r) => itemOf(r[1]!)),
    );
    return { ...m, values: m.values.fill(1) };
  };
  return {
    train: matrix(parts[0]!.rows),
    val: matrix(parts[1]!.rows),
    test: wantsTest ? matrix(parts[2]!.rows) : null,
    content: features.map(({ name, matrix: m }) => ({ name, width: m.columns, values: m.values })),
  };
}

const union = (a: SparseMatrix, b: SparseMatrix): SparseMatrix => {
  const sum = addSparse(a, b);
  return { ...sum, values: sum.values.fill(1) };
};

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
  const data = readUserData(request.data, split === 'test');
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
  if (blend) {
    const scorers = blend.sources.map((s) => refitted?.get(s.family.name) ?? s.scorer);
    const params = Object.fromEntries(blend.sources.map((s, k) => [s.family.name, blend.weights[k]!]));
    const j = split === 'val' ? blend.tuned : await judgeLearnedBlend(blend, scorers, heldOut);
    measured.push(measuredOf('vitrine', false, params, blend.seconds, j, objective(blend.tuned)));
    for (const [k, source] of blend.sources.entries()) {
      if (blend.sources.length < 2) break;
      const name = `vitrine without ${source.family.name}`;
      const without = await judgeLearnedBlend(
        blend,
        scorers,
        heldOut,
        blend.weights.map((w, i) => (i === k ? 0 : w)),
      );
      measured.push(
        measuredOf(name, false, { ...params, [source.family.name]: 0 }, 0, without, Number.NEGATIVE_INFINITY),
      );
    }
  }
  await engine.close();
  const { results, differences } = summarise(measured, ['recall@20', 'ndcg@20'], seed);
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
  };
}
