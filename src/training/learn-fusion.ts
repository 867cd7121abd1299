import { mean } from '../behaviour/behaviour.api.js';
import { fuseGated, type GatedFusion } from '../maths/gated-fusion.js';
import { trainFusion } from '../maths/maths.api.js';
import { dot } from '../maths/vectors.js';
import type { Learned, LearnedFusion, TrainingEars, TrainingEvents, TrainingInput } from './training-data.js';
import { coEngagementPairs, join, laterPairs, PEOPLE_TO_JUDGE, splitEvents } from './training-events.js';
import { verdictOf } from './verdict.js';

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
    const own = dot(query, target);
    let rank = 0;
    for (let j = 0; j < vectors.length && rank < 10; j++) {
      const other = vectors[j];
      if (other && j !== pairs.a[e] && j !== pairs.b[e] && dot(query, other) > own) rank++;
    }
    recall[e] = rank < 10 ? 1 : 0;
    ndcg[e] = rank < 10 ? 1 / Math.log2(rank + 2) : 0;
  }
  return { 'recall@10': recall, 'ndcg@10': ndcg };
}

/** Fused vectors by position, null for items without any part; `only`: from one modality alone. */
export const vectorsOf = (fusion: GatedFusion, input: TrainingInput, only?: string): (Float32Array | null)[] =>
  Array.from(input.keys, (_, i) => {
    const parts = new Map(
      input.modalities
        .filter((m) => m.present[i] === 1 && (only === undefined || m.name === only))
        .map((m) => [m.name, m.vectors.slice(i * m.width, (i + 1) * m.width)]),
    );
    return fuseGated(fusion, parts, input.categories[i])?.vector ?? null;
  });

/** Learns gates and maps from the earlier pairs and judges them on the later ones against the live model. */
export function learnFusion(input: TrainingInput, events: TrainingEvents, ears: TrainingEars): Learned<LearnedFusion> {
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
      progress: (epoch) => ears.progress(`fusion, round ${epoch}`, Math.min(0.4, epoch * 0.01)),
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
