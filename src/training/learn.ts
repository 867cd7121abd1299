import {
  assembleBehaviour,
  type BehaviourModel,
  type HeldOut,
  holdOut,
  type Judgement,
  judge,
  judgeLearnedBlend,
  learnPeople,
  mean,
  prepareContent,
  readBehaviour,
  refit,
  type Scorer,
  serveBehaviour,
  storeBehaviour,
} from '../behaviour/behaviour.api.js';
import { fuseGated, type GatedFusion } from '../maths/gated-fusion.js';
import {
  bootstrapDifference,
  bootstrapMean,
  columnCounts,
  GemmEngine,
  NothingToLearn,
  type SparseMatrix,
  sparseFromTriples,
  trainFusion,
} from '../maths/maths.api.js';
import type {
  Learned,
  LearnedFusion,
  TrainingEvents,
  TrainingInput,
  TrainingOutput,
  Verdict,
} from './training-data.js';

const DAY_MS = 86_400_000;
const PAIR_DAYS = 7;
const PAIRS_A_PERSON = 50;
const EVENTS_A_PERSON = 500;
/** People with a past and something held out, below which nothing can be told apart. */
const PEOPLE_TO_JUDGE = 20;

type Progress = (step: string, share: number) => void;

/** First meetings of a person with an item, in order of time; at most the last 500 a person, so that one robot does not outweigh a shop. */
export function firstMeetings(events: TrainingEvents, items: number): TrainingEvents {
  const order = Int32Array.from({ length: events.at.length }, (_, k) => k).sort(
    (a, b) => events.at[a]! - events.at[b]! || a - b,
  );
  const seen = new Set<number>();
  const kept: number[] = [];
  for (const e of order) {
    const id = events.person[e]! * items + events.item[e]!;
    if (seen.has(id)) continue;
    seen.add(id);
    kept.push(e);
  }
  const perPerson = new Map<number, number>();
  const last = kept.reverse().filter((e) => {
    const n = (perPerson.get(events.person[e]!) ?? 0) + 1;
    perPerson.set(events.person[e]!, n);
    return n <= EVENTS_A_PERSON;
  });
  return take(events, last.reverse());
}

const take = (events: TrainingEvents, rows: readonly number[]): TrainingEvents => ({
  person: Int32Array.from(rows, (e) => events.person[e]!),
  item: Int32Array.from(rows, (e) => events.item[e]!),
  at: Float64Array.from(rows, (e) => events.at[e]!),
  weight: Float32Array.from(rows, (e) => events.weight[e]!),
});

const matrixOf = (events: TrainingEvents, people: number, items: number): SparseMatrix => {
  const m = sparseFromTriples(people, items, events.person, events.item);
  return { ...m, values: m.values.fill(1) };
};

/** Cuts ordered events into learning, tuning and judging parts (70 : 15 : 15) by time; where too few people would have a past and a future, within each person. */
export function splitEvents(
  events: TrainingEvents,
  people: number,
): { parts: [TrainingEvents, TrainingEvents, TrainingEvents]; split: string } {
  const n = events.at.length;
  const all = Array.from({ length: n }, (_, k) => k);
  const byTime = [Math.floor(n * 0.7), Math.floor(n * 0.85)] as const;
  const parts = [all.slice(0, byTime[0]), all.slice(byTime[0], byTime[1]), all.slice(byTime[1])] as const;
  const enough = (past: readonly number[], future: readonly number[]): boolean => {
    const known = new Set(past.map((e) => events.person[e]!));
    return new Set(future.map((e) => events.person[e]!).filter((p) => known.has(p))).size >= 2 * PEOPLE_TO_JUDGE;
  };
  if (enough(parts[0], parts[1]) && enough([...parts[0], ...parts[1]], parts[2]))
    return {
      parts: parts.map((p) => take(events, p)) as [TrainingEvents, TrainingEvents, TrainingEvents],
      split: 'by time',
    };
  const mine: number[][] = Array.from({ length: people }, () => []);
  for (const e of all) mine[events.person[e]!]!.push(e);
  const cut: [number[], number[], number[]] = [[], [], []];
  for (const list of mine) {
    const held = list.length >= 4 ? Math.max(1, Math.floor(list.length * 0.15)) : 0;
    cut[0].push(...list.slice(0, list.length - 2 * held));
    cut[1].push(...list.slice(list.length - 2 * held, list.length - held));
    if (held > 0) cut[2].push(...list.slice(list.length - held));
  }
  return {
    parts: cut.map((rows) =>
      take(
        events,
        rows.sort((a, b) => a - b),
      ),
    ) as [TrainingEvents, TrainingEvents, TrainingEvents],
    split: 'the last of each person',
  };
}

/** Items one person met within a week of each other, at most 50 pairs a person (the nearest in time), weighted 1 / ln(1 + items of the person). */
export function coEngagementPairs(
  events: TrainingEvents,
  people: number,
): { a: Int32Array; b: Int32Array; weight: Float32Array } {
  const mine: number[][] = Array.from({ length: people }, () => []);
  for (let e = 0; e < events.at.length; e++) mine[events.person[e]!]!.push(e);
  const a: number[] = [];
  const b: number[] = [];
  const weight: number[] = [];
  for (const list of mine) {
    let count = 0;
    for (let gap = 1; gap < list.length && count < PAIRS_A_PERSON; gap++) {
      for (let k = 0; k + gap < list.length && count < PAIRS_A_PERSON; k++) {
        const [x, y] = [list[k]!, list[k + gap]!];
        if (events.at[y]! - events.at[x]! > PAIR_DAYS * DAY_MS || events.item[x] === events.item[y]) continue;
        a.push(events.item[x]!);
        b.push(events.item[y]!);
        weight.push(1 / Math.log(1 + list.length));
        count++;
      }
    }
  }
  return { a: Int32Array.from(a), b: Int32Array.from(b), weight: Float32Array.from(weight) };
}

const verdictOf = (
  candidate: Record<string, Float64Array>,
  baseline: Record<string, Float64Array>,
  about: { against: string; split: string; seed: number; others: Record<string, number> },
): Verdict => {
  const interval = (v: Record<string, Float64Array>): Verdict['metrics'] =>
    Object.fromEntries(Object.entries(v).map(([k, x]) => [k, bootstrapMean(x, { seed: about.seed })]));
  const difference = Object.fromEntries(
    Object.keys(candidate).map((k) => [k, bootstrapDifference(candidate[k]!, baseline[k]!, { seed: about.seed })]),
  );
  const finite = Object.values(candidate).every((v) => v.every(Number.isFinite));
  return {
    promote: finite && Object.values(difference).every((d) => d.high >= 0),
    against: about.against,
    cases: Object.values(candidate)[0]?.length ?? 0,
    split: about.split,
    metrics: interval(candidate),
    baseline: interval(baseline),
    difference,
    others: about.others,
  };
};

/** Recall@10 and NDCG@10 of a held-back partner among all items nearest to its pair's other item. */
function judgeFusion(
  vectors: readonly (Float32Array | null)[],
  pairs: { a: Int32Array; b: Int32Array },
): Record<string, Float64Array> {
  const recall = new Float64Array(pairs.a.length);
  const ndcg = new Float64Array(pairs.a.length);
  for (let e = 0; e < pairs.a.length; e++) {
    const query = vectors[pairs.a[e]!];
    const target = vectors[pairs.b[e]!];
    if (!query || !target) continue;
    const dot = (v: Float32Array): number => v.reduce((s, x, k) => s + x * query[k]!, 0);
    const own = dot(target);
    let rank = 0;
    for (let j = 0; j < vectors.length && rank < 10; j++) {
      const other = vectors[j];
      if (other && j !== pairs.a[e] && j !== pairs.b[e] && dot(other) > own) rank++;
    }
    recall[e] = rank < 10 ? 1 : 0;
    ndcg[e] = rank < 10 ? 1 / Math.log2(rank + 2) : 0;
  }
  return { 'recall@10': recall, 'ndcg@10': ndcg };
}

const vectorsOf = (fusion: GatedFusion, input: TrainingInput, only?: string): (Float32Array | null)[] =>
  Array.from(input.keys, (_, i) => {
    const parts = new Map(
      input.modalities
        .filter((m) => m.present[i] === 1 && (only === undefined || m.name === only))
        .map((m) => [m.name, m.vectors.slice(i * m.width, (i + 1) * m.width)]),
    );
    return fuseGated(fusion, parts, input.categories[i])?.vector ?? null;
  });

/** Learns gates and maps from the earlier pairs and judges them on the later ones against the live model. */
export function learnFusion(input: TrainingInput, events: TrainingEvents, progress: Progress): Learned<LearnedFusion> {
  const { parts, split } = splitEvents(events, input.people);
  const earlier = join(parts[0], parts[1]);
  const pairs = coEngagementPairs(earlier, input.people);
  const later = laterPairs(join(earlier, parts[2]), earlier.at.length, input.people);
  if (later.a.length < PEOPLE_TO_JUDGE)
    return {
      is: 'declined',
      reason: `only ${later.a.length} pairs of items in the held-back part; ${PEOPLE_TO_JUDGE} are needed to judge a model`,
    };
  const trained = trainFusion(
    { items: input.keys.length, modalities: input.modalities, categories: input.categories, pairs },
    {
      dimension: input.dimension,
      seed: input.seed,
      progress: (epoch) => progress(`fusion, round ${epoch}`, Math.min(0.4, epoch * 0.01)),
    },
  );
  const mine = judgeFusion(vectorsOf(trained.fusion, input), later);
  const base = input.liveFusion
    ? judgeFusion(vectorsOf(input.liveFusion, input), later)
    : { 'recall@10': new Float64Array(later.a.length), 'ndcg@10': new Float64Array(later.a.length) };
  const others = Object.fromEntries(
    trained.weights
      .filter((w) => w.mean > 0)
      .map((w) => [
        `ndcg@10 by ${w.modality} alone`,
        mean(judgeFusion(vectorsOf(trained.fusion, input, w.modality), later)['ndcg@10']!),
      ]),
  );
  return {
    is: 'learned',
    model: { fusion: trained.fusion, weights: trained.weights },
    verdict: verdictOf(mine, base, { against: 'the live fusion model', split, seed: input.seed, others }),
    made: { pairs: pairs.a.length, rounds: trained.epochs, rank: trained.rank, losses: trained.losses },
  };
}

const join = (a: TrainingEvents, b: TrainingEvents): TrainingEvents => ({
  person: Int32Array.from([...a.person, ...b.person]),
  item: Int32Array.from([...a.item, ...b.item]),
  at: Float64Array.from([...a.at, ...b.at]),
  weight: Float32Array.from([...a.weight, ...b.weight]),
});

/** Pairs of an item from before `cut` (the person's last) with each one after it: at most 2,000. */
function laterPairs(events: TrainingEvents, cut: number, people: number): { a: Int32Array; b: Int32Array } {
  const last = new Int32Array(people).fill(-1);
  for (let e = 0; e < cut; e++) last[events.person[e]!] = events.item[e]!;
  const a: number[] = [];
  const b: number[] = [];
  for (let e = cut; e < events.at.length && a.length < 2000; e++) {
    const before = last[events.person[e]!]!;
    if (before < 0 || before === events.item[e]) continue;
    a.push(before);
    b.push(events.item[e]!);
  }
  return { a: Int32Array.from(a), b: Int32Array.from(b) };
}

/** A served model asked like any other. */
const scorerOf = (model: BehaviourModel, keys: Int32Array): Scorer => ({
  score: async (histories) => {
    const n = keys.length;
    const positions = new Map(Array.from(keys, (key, k) => [key, k]));
    const out = new Float32Array(histories.rows * n);
    for (let r = 0; r < histories.rows; r++) {
      const history = Array.from(histories.indices.subarray(histories.offsets[r]!, histories.offsets[r + 1]!), (i) => ({
        key: keys[i]!,
        weight: 1,
      }));
      for (const [key, score] of model.scores(history)) {
        const at = positions.get(key);
        if (at !== undefined) out[r * n + at] = score;
      }
    }
    return out;
  },
});

const kept = (j: Judgement): Record<string, Float64Array> => ({
  'recall@20': j.perPerson['recall@20'],
  'ndcg@20': j.perPerson['ndcg@20'],
});

/** Learns sources and their blend, judges what would serve on the last part, and fits it again on the whole window. */
export async function learnBehaviour(
  input: TrainingInput,
  events: TrainingEvents,
  engine: GemmEngine,
  progress: Progress,
): Promise<Learned<{ parameters: Record<string, unknown>; artefact: Uint8Array }>> {
  const items = input.keys.length;
  const { parts, split } = splitEvents(events, input.people);
  const [train, tune, last] = parts.map((p) => matrixOf(p, input.people, items)) as [
    SparseMatrix,
    SparseMatrix,
    SparseMatrix,
  ];
  const known = matrixOf(join(parts[0], parts[1]), input.people, items);
  const judged = withPast(holdOut(known, last));
  if (columnCounts(known).filter((d) => d > 0).length < 5)
    return { is: 'declined', reason: 'fewer than five different items were engaged with' };
  if (judged.histories.rows < PEOPLE_TO_JUDGE)
    return {
      is: 'declined',
      reason: `only ${judged.histories.rows} people have both a past and something held back; ${PEOPLE_TO_JUDGE} are needed to judge a model`,
    };
  const content = prepareContent(
    input.modalities.map((m) => ({ name: m.name, width: m.width, values: m.vectors })),
    items,
  );
  const learned = await learnPeople(train, tune, content, {
    engine,
    seed: input.seed,
    wants: (name) => name !== 'random',
    progress: (step, share) => progress(step, 0.4 + share * 0.5),
  });
  const blend = learned.blend;
  if (!blend) return { is: 'declined', reason: 'no blend of sources could be fitted' };
  const refitted = await refit(blend.sources, known, content, { engine, seed: input.seed });
  const candidate = kept(
    await judgeLearnedBlend(
      blend,
      blend.sources.map((s) => refitted.get(s.family.name)!),
      judged,
    ),
  );
  const popular = learned.models.find((m) => m.family.name === 'popularity')!;
  const popularity = await judge(
    (await refit([popular], known, content, { engine, seed: input.seed })).get('popularity')!,
    judged,
  );
  let baseline = kept(popularity);
  let against = 'popularity';
  if (input.liveBehaviour) {
    const { version, parameters, artefact } = input.liveBehaviour;
    baseline = kept(
      await judge(
        scorerOf(
          await serveBehaviour(version, readBehaviour(version, parameters, Buffer.from(artefact)), engine),
          input.keys,
        ),
        judged,
      ),
    );
    against = version;
  }
  const whole = await refit(blend.sources, matrixOf(events, input.people, items), content, {
    engine,
    seed: input.seed,
  });
  const stored = storeBehaviour(
    assembleBehaviour(
      input.keys,
      blend,
      blend.sources.map((s) => whole.get(s.family.name)!),
    ),
  );
  const others = Object.fromEntries(
    learned.models.map((m) => [`tuned recall@20 of ${m.family.name}`, mean(m.tuned.perPerson['recall@20'])]),
  );
  const sources = Object.fromEntries(
    blend.sources.map((s, k) => [s.family.name, { weight: blend.weights[k]!, ...s.params }]),
  );
  return {
    is: 'learned',
    model: { parameters: { ...stored.parameters, sources }, artefact: stored.artefact },
    verdict: verdictOf(candidate, baseline, { against, split, seed: input.seed, others }),
    made: { note: 'fitted again on the whole window after it was judged' },
  };
}

const withPast = (heldOut: HeldOut): HeldOut => {
  const rows = Array.from({ length: heldOut.histories.rows }, (_, r) => r).filter(
    (r) => heldOut.histories.offsets[r + 1]! > heldOut.histories.offsets[r]!,
  );
  const pick = (m: SparseMatrix): SparseMatrix => {
    const triples = rows.flatMap((r, k) =>
      Array.from(m.indices.subarray(m.offsets[r]!, m.offsets[r + 1]!), (c) => [k, c] as const),
    );
    return sparseFromTriples(
      rows.length,
      m.columns,
      triples.map((t) => t[0]),
      triples.map((t) => t[1]),
    );
  };
  const histories = pick(heldOut.histories);
  return { histories, masked: histories, relevant: pick(heldOut.relevant), degrees: heldOut.degrees };
};

/** The whole of a training run, apart from where its data come from and where its models go. */
export async function learn(input: TrainingInput, progress: Progress): Promise<TrainingOutput> {
  const engine = new GemmEngine(1);
  const events = firstMeetings(input.events, input.keys.length);
  const declined = (error: unknown): { is: 'declined'; reason: string } => ({
    is: 'declined',
    reason: error instanceof Error ? error.message : String(error),
  });
  const output: TrainingOutput = { fusion: null, behaviour: null };
  if (input.kinds.includes('fusion')) {
    progress('fusion', 0.02);
    try {
      output.fusion = learnFusion(input, events, progress);
    } catch (error) {
      if (!(error instanceof NothingToLearn) && !(error instanceof RangeError)) throw error;
      output.fusion = declined(error);
    }
  }
  if (input.kinds.includes('behaviour')) output.behaviour = await learnBehaviour(input, events, engine, progress);
  await engine.close();
  return output;
}
