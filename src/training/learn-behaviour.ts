import {
  assembleBehaviour,
  type BehaviourModel,
  type HeldOut,
  holdOut,
  type Judgement,
  judge,
  judgeLearnedBlend,
  learnPeople,
  type MemoryTuning,
  mean,
  prepareContent,
  readBehaviour,
  readTuning,
  refit,
  type Scorer,
  serveBehaviour,
  storeBehaviour,
} from '../behaviour/behaviour.api.js';
import { columnCounts, type GemmEngine, type SparseMatrix, sparseFromTriples } from '../maths/maths.api.js';
import { learnTuning } from './learn-tuning.js';
import type { Learned, TrainingEars, TrainingEvents, TrainingInput } from './training-data.js';
import { join, matrixOf, PEOPLE_TO_JUDGE, splitEvents } from './training-events.js';
import { verdictOf } from './verdict.js';

/** Behaviour fitted on the first part alone, and on the first two, and what sessions and baskets are made with. */
export interface NestedBehaviour {
  readonly tune: BehaviourModel;
  readonly judge: BehaviourModel;
  readonly tuning: MemoryTuning;
}

/** What was learned, and the same sources fitted on less: what the blend is learned with must not have seen what it is judged by. */
export interface LearnedBehaviour {
  learned: Learned<{ parameters: Record<string, unknown>; artefact: Uint8Array }>;
  /** Null where nothing was learned. */
  nested: NestedBehaviour | null;
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
  ears: TrainingEars,
): Promise<LearnedBehaviour> {
  const declined = (reason: string): LearnedBehaviour => ({ learned: { is: 'declined', reason }, nested: null });
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
    return declined('fewer than five different items were engaged with');
  if (judged.histories.rows < PEOPLE_TO_JUDGE)
    return declined(
      `only ${judged.histories.rows} people have both a past and something held back; ${PEOPLE_TO_JUDGE} are needed to judge a model`,
    );
  const content = prepareContent(
    input.modalities.map((m) => ({ name: m.name, width: m.width, values: m.vectors })),
    items,
  );
  const learned = await learnPeople(train, tune, content, {
    engine,
    seed: input.seed,
    wants: (name) => name !== 'random',
    progress: (step, share) => ears.progress(step, 0.4 + share * 0.4),
    finished: input.finished?.families,
    onTuned: (name, tuned) => ears.tuned?.(name, tuned),
  });
  const blend = learned.blend;
  if (!blend) return declined('no blend of sources could be fitted');
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
  ears.progress('sessions and baskets', 0.82);
  const { tuning, sessions, together } = await learnTuning(input.events, input.people, items, {
    seed: input.seed,
    live: input.liveBehaviour ? readTuning(input.liveBehaviour.parameters) : undefined,
  });
  const sources = Object.fromEntries(
    blend.sources.map((s, k) => [s.family.name, { weight: blend.weights[k]!, ...s.params }]),
  );
  const nested = (version: string, scorers: readonly Scorer[]): Promise<BehaviourModel> =>
    serveBehaviour(version, assembleBehaviour(input.keys, blend, scorers), engine);
  return {
    learned: {
      is: 'learned',
      model: {
        parameters: { ...stored.parameters, sources, tuning, tuned: { sessions, together } },
        artefact: stored.artefact,
      },
      verdict: verdictOf(candidate, baseline, { against, split, seed: input.seed, others }),
      made: { note: 'fitted again on the whole window after it was judged' },
    },
    nested: {
      tune: await nested(
        'nested-tune',
        blend.sources.map((s) => s.scorer),
      ),
      judge: await nested(
        'nested-judge',
        blend.sources.map((s) => refitted.get(s.family.name)!),
      ),
      tuning,
    },
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
