import { type BehaviourModel, type MemoryTuning, mean, readTuning } from '../behaviour/behaviour.api.js';
import type { GatedFusion } from '../maths/gated-fusion.js';
import { seededRandom, shuffle } from '../maths/maths.api.js';
import { BLENDED, type BlendedSource, type BlendParameters, DEFAULT_BLEND } from '../recommendation/blending.api.js';
import { type BlendFigures, judgeCases, perPerson, sharesOf } from './blend-judging.js';
import { searchBlend } from './blend-search.js';
import { memoryBefore, type Situation, situationsOf, startsOf } from './blend-situations.js';
import { type BlendCase, BlendTable, sourcesOf } from './blend-table.js';
import type { NestedBehaviour } from './learn-behaviour.js';
import type { Learned, LearnedBlendModel, TrainingEvents, TrainingInput } from './training-data.js';
import { PEOPLE_TO_JUDGE, splitEvents } from './training-events.js';
import { verdictOf } from './verdict.js';

/** Multiplications spent on asking sources, each part: bounds a run over a large catalogue to about half a minute. */
const BUDGET = 2e10;
const MOST_SITUATIONS = 1500;
const QUESTIONS_A_SITUATION = 6;

/**
 * Learns how much each source counts at each placement, from what people went on to do in the last parts of the window.
 *
 * Every situation of the second part is asked of all sources as they were before it (behaviour fitted on the first part alone, sessions and popularity of
 * before), through the very code that serves; weights are searched on it. They are judged on the third part, with sources that have seen the first two, against the
 * live blend, person by person. Pictures count as one that is looked at: the page that was viewed shows its first picture. What events cannot tell (words, what is new,
 * search) keeps the weight it has.
 */
export function learnBlend(
  input: TrainingInput,
  events: TrainingEvents,
  nested: NestedBehaviour | null,
  fusion: GatedFusion | null,
): Learned<LearnedBlendModel> {
  const live = input.liveBlend ?? DEFAULT_BLEND;
  const { tune, judged, split } = blendCases(input, events, nested, fusion);
  const people = new Set(judged.map((one) => one.person)).size;
  if (people < PEOPLE_TO_JUDGE || tune.length < PEOPLE_TO_JUDGE)
    return {
      is: 'declined',
      reason: `only ${people} people did something new in the held-back part; ${PEOPLE_TO_JUDGE} are needed to judge a blend`,
    };
  const { blend, fits } = searchBlend(tune, live);
  const candidate = judgeCases(judged, blend);
  const baseline = judgeCases(judged, live);
  const byPlacement = placementVerdicts(judged, candidate, baseline, live.version, split, input.seed);
  const verdict = verdictOf(byPerson(candidate, judged), byPerson(baseline, judged), {
    against: live.version,
    split,
    seed: input.seed,
    others: {
      ...alone(judged, blend),
      ...Object.fromEntries(
        byPlacement.flatMap(({ placement, verdict: { difference, cases } }) => [
          [`${placement}: people`, cases],
          ...Object.entries(difference).flatMap(([metric, d]) => [
            [`${placement}: difference in ${metric}`, d.value],
            [`${placement}: difference in ${metric}, low`, d.low],
            [`${placement}: difference in ${metric}, high`, d.high],
          ]),
        ]),
      ),
    },
  });
  return {
    is: 'learned',
    model: { blend, shares: sharesOf(judged, blend) },
    verdict: { ...verdict, promote: verdict.promote && byPlacement.every((one) => one.verdict.promote) },
    made: { situations: { tuned: countsOf(tune), judged: countsOf(judged) }, fits },
  };
}

/** Situations of the second part, to search weights on, and of the third, to judge them by; each asked of sources that have seen nothing of it. */
export function blendCases(
  input: TrainingInput,
  events: TrainingEvents,
  nested: NestedBehaviour | null,
  fusion: GatedFusion | null,
): { tune: BlendCase[]; judged: BlendCase[]; split: string } {
  const { parts, split } = splitEvents(events, input.people);
  const tuneFrom = startsOf(parts[1], input.people, split);
  const judgeFrom = startsOf(parts[2], input.people, split);
  const never = new Float64Array(input.people).fill(Number.POSITIVE_INFINITY);
  const tuning = nested?.tuning ?? readTuning(input.liveBehaviour?.parameters);
  return {
    tune: casesOf(input, tuneFrom, judgeFrom, { behaviour: nested?.tune ?? null, tuning, fusion }),
    judged: casesOf(input, judgeFrom, never, { behaviour: nested?.judge ?? null, tuning, fusion }),
    split,
  };
}

const countsOf = (cases: readonly BlendCase[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { placement } of cases) counts[placement] = (counts[placement] ?? 0) + 1;
  return counts;
};

function casesOf(
  input: TrainingInput,
  starts: Float64Array,
  ends: Float64Array,
  { behaviour, tuning, fusion }: { behaviour: BehaviourModel | null; tuning: MemoryTuning; fusion: GatedFusion | null },
): BlendCase[] {
  const situations = situationsOf(input, starts, ends);
  const cost = Math.max(1, input.keys.length * input.dimension * QUESTIONS_A_SITUATION);
  const most = Math.min(MOST_SITUATIONS, Math.max(200, Math.floor(BUDGET / cost)));
  const chosen = atMost(situations, most, input.seed);
  const table = new BlendTable(input, sourcesOf(input, memoryBefore(input, starts, tuning), behaviour, fusion));
  return chosen.map((situation) => table.case(situation));
}

/** A seeded sample, the same number of each placement where there are so many. */
function atMost(situations: readonly Situation[], most: number, seed: number): Situation[] {
  const placements = ['home', 'product', 'cart'] as const;
  const groups = placements.map((p) =>
    shuffle(
      [...situations.keys()].filter((k) => situations[k]!.placement === p),
      seededRandom(seed),
    ),
  );
  const each = Math.ceil(most / placements.length);
  return groups.flatMap((group) => group.slice(0, each).map((k) => situations[k]!));
}

const byPerson = (figures: BlendFigures, cases: readonly BlendCase[]): Record<string, Float64Array> => ({
  'recall@10': perPerson(figures.recall, cases),
  'ndcg@10': perPerson(figures.ndcg, cases),
});

function placementVerdicts(
  cases: readonly BlendCase[],
  candidate: BlendFigures,
  baseline: BlendFigures,
  against: string,
  split: string,
  seed: number,
) {
  return (['home', 'product', 'cart'] as const).flatMap((placement) => {
    const rows = cases.flatMap((one, k) => (one.placement === placement ? [k] : []));
    const some = rows.map((k) => cases[k]!);
    if (new Set(some.map((one) => one.person)).size < PEOPLE_TO_JUDGE) return [];
    const pick = (figures: BlendFigures): Record<string, Float64Array> =>
      byPerson(
        {
          recall: Float64Array.from(rows, (k) => figures.recall[k]!),
          ndcg: Float64Array.from(rows, (k) => figures.ndcg[k]!),
        },
        some,
      );
    return [{ placement, verdict: verdictOf(pick(candidate), pick(baseline), { against, split, seed, others: {} }) }];
  });
}

/** What each source would reach alone, and all of them with equal weights. */
function alone(cases: readonly BlendCase[], blend: BlendParameters): Record<string, number> {
  const only = (sources: readonly BlendedSource[]): BlendParameters => ({
    ...blend,
    personalBesideContext: 100,
    placements: { '*': Object.fromEntries(sources.map((source) => [source, 1])) },
  });
  const met = BLENDED.filter((source) => cases.some(({ values }) => values.has(source)));
  return Object.fromEntries([
    ...met.map((source) => [`ndcg@10 by ${source} alone`, mean(judgeCases(cases, only([source])).ndcg)]),
    ['ndcg@10 by equal weights', mean(judgeCases(cases, only(met)).ndcg)],
  ]);
}
