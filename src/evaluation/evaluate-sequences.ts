import {
  type CaseJudgement,
  judgeBaskets,
  judgeSessions,
  learnBaskets,
  learnSessions,
  type SessionCase,
  type SessionLog,
  sessionLog,
} from '../behaviour/behaviour.api.js';
import { badRow, datasetName, numberNames, readRows } from './data-files.js';
import { type EvaluationReport, type EvaluationRequest, type Measured, summarise } from './evaluation-report.js';

interface Clicks {
  items: string[];
  times: number[];
}

function readSessions(directory: string, file: string): Clicks[] {
  const sessions = new Map<string, Clicks>();
  for (const [k, row] of readRows(directory, file).entries()) {
    const [session, item, time] = row;
    if (row.length !== 3 || !session || !item || !Number.isFinite(Number(time)))
      throw badRow(file, k + 1, row, 'session <tab> item <tab> time in ms');
    let clicks = sessions.get(session);
    if (!clicks) {
      clicks = { items: [], times: [] };
      sessions.set(session, clicks);
    }
    clicks.items.push(item);
    clicks.times.push(Number(time));
  }
  return [...sessions.values()];
}

const valuesOf = (j: CaseJudgement): Record<string, Float64Array> => ({
  'hr@10': j.hr10,
  'hr@20': j.hr20,
  'mrr@10': j.mrr10,
  'mrr@20': j.mrr20,
});
const average = (v: Float64Array): number => v.reduce((s, x) => s + x, 0) / Math.max(1, v.length);

/** The log of the fitted part and the positions of the held part; items unseen in the fitted part are dropped from both contexts and targets. */
function prepareSessions(
  fitted: readonly Clicks[],
  held: readonly Clicks[],
): { log: SessionLog; cases: SessionCase[] } {
  const numbers = numberNames(fitted.flatMap((s) => s.items));
  const log = sessionLog(
    numbers.size,
    fitted.map((s) => ({ items: s.items.map((i) => numbers.get(i)!), end: Math.max(...s.times) })),
  );
  const cases: SessionCase[] = [];
  for (const s of held) {
    const known = s.items
      .map((item, k) => ({ item: numbers.get(item), time: s.times[k]! }))
      .filter((c): c is { item: number; time: number } => c.item !== undefined);
    for (let p = 1; p < known.length; p++)
      cases.push({ context: known.slice(0, p).map((c) => c.item), target: known[p]!.item, now: known[p - 1]!.time });
  }
  return { log, cases };
}

/** Next item, every position from the second; nothing is masked. For test: chosen on val, fitted on train + val. */
export async function evaluateSessions(request: EvaluationRequest): Promise<EvaluationReport> {
  const { seed, split } = request;
  const train = readSessions(request.data, 'train.tsv');
  const val = readSessions(request.data, 'val.tsv');
  const tuning = prepareSessions(train, val);
  const wanted = request.only ? new Set(request.only) : null;
  const learned = await learnSessions(tuning.log, tuning.cases, {
    wants: wanted ? (n) => wanted.has(n) : undefined,
    progress: request.progress,
  });
  const final = split === 'test' ? prepareSessions([...train, ...val], readSessions(request.data, 'test.tsv')) : tuning;
  const measured: Measured[] = [];
  for (const m of learned.recipes) {
    if (wanted && !wanted.has(m.name)) continue;
    const j = split === 'test' ? judgeSessions(m.make(final.log), final.cases) : m.tuned;
    measured.push({
      name: m.name,
      baseline: m.baseline,
      params: m.params,
      seconds: m.seconds,
      values: valuesOf(j),
      tuned: 2 * average(m.tuned.hr20) + average(m.tuned.mrr20),
    });
  }
  // What is served comes last in the list and wins ties.
  const best = [...measured].reverse().sort((a, b) => b.tuned - a.tuned)[0];
  const { results, differences } = summarise(measured, ['hr@20', 'mrr@20'], seed);
  const notes = [
    'Next item at every position from the second; repeat clicks count; intervals over positions. Tuned on val by 2 HR@20 + MRR@20.',
  ];
  return {
    dataset: datasetName(request.data),
    kind: 'sessions',
    split,
    variant: null,
    users: final.cases.length,
    items: final.log.itemCount,
    best: best?.name ?? 'none',
    results,
    differences,
    notes,
  };
}

function readBaskets(directory: string, file: string): string[][] {
  return readRows(directory, file).map((row, k) => {
    if (row.length < 2) throw badRow(file, k + 1, row, 'number <tab> item <tab> item …');
    return [...new Set(row.slice(1).filter((i) => i !== ''))];
  });
}

/** Complete the basket: each item of each basket of two or more, given the rest. Val is every fourth basket of train; for test: chosen there, fitted on all of train. */
export async function evaluateBaskets(request: EvaluationRequest): Promise<EvaluationReport> {
  const { seed, split } = request;
  const train = readBaskets(request.data, 'train.tsv');
  const test = split === 'test' ? readBaskets(request.data, 'test.tsv') : [];
  const numbers = numberNames([...train, ...test].flat());
  const number = (b: readonly string[]): number[] => b.map((i) => numbers.get(i)!);
  const fitted = train.filter((_, k) => k % 4 !== 0).map(number);
  const held = train.filter((_, k) => k % 4 === 0).map(number);
  const wanted = request.only ? new Set(request.only) : null;
  const learned = await learnBaskets(numbers.size, fitted, held, {
    seed,
    wants: wanted ? (n) => wanted.has(n) : undefined,
    progress: request.progress,
  });
  const measured: Measured[] = [];
  for (const m of learned.recipes) {
    if (wanted && !wanted.has(m.name)) continue;
    const j = split === 'test' ? judgeBaskets(m.make(train.map(number)), test.map(number)) : m.tuned;
    measured.push({
      name: m.name,
      baseline: m.baseline,
      params: m.params,
      seconds: m.seconds,
      values: valuesOf(j),
      tuned: 2 * average(m.tuned.hr10) + average(m.tuned.mrr10),
    });
  }
  // What is served comes last in the list and wins ties.
  const best = [...measured].reverse().sort((a, b) => b.tuned - a.tuned)[0];
  const { results, differences } = summarise(measured, ['hr@10', 'mrr@10'], seed);
  const notes = [
    'Each item of each basket given the rest of it; every item not in the rest is ranked; intervals over cases. Tuned by 2 HR@10 + MRR@10 on every fourth basket of train.',
  ];
  return {
    dataset: datasetName(request.data),
    kind: 'baskets',
    split,
    variant: null,
    users: measured[0]?.values['hr@10']?.length ?? 0,
    items: numbers.size,
    best: best?.name ?? 'none',
    results,
    differences,
    notes,
  };
}
