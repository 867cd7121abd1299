import { mean } from '../behaviour/behaviour.api.js';
import type { BlendedSource, BlendParameters, SourceWeights } from '../recommendation/blending.api.js';
import { judgeCases } from './blend-judging.js';
import type { BlendCase } from './blend-table.js';

const STEPS = [0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.3, 1.7, 2.2, 3];
/**
 * Where something is looked at, no other source may weigh more than this beside it, whatever the events say: a click on another picture must change the list. A picture
 * or item on the page has weight 1 or .8, which anchors the scale.
 */
const MOST_BESIDE_CONTEXT = 0.6;
/** And what the visitor did before is never wholly forgotten beside it. */
const LEAST_HISTORY = 0.15;
const GLOBALS = {
  evidence: [0.25, 0.5, 1, 2, 4, 8],
  personalBesideContext: [0.3, 0.45, 0.6, 0.8, 1],
  itemEvidence: [0, 0.5, 1, 2, 4, 8],
  itemShift: [0, 0.25, 0.5, 1],
} as const;
const ROUNDS = 3;
/** Least gain in Recall@10 + 2 NDCG@10 for which a weight moves away from what serves now. */
const GAIN = 0.002;
/** Situations of a placement below which it keeps the weights of all placements. */
const LEAST_SITUATIONS = 40;

/** What was searched for one placement. */
export interface PlacementFit {
  placement: string;
  situations: number;
  before: number;
  after: number;
}

const objectiveOf = (cases: readonly BlendCase[], blend: BlendParameters): number => {
  const { recall, ndcg } = judgeCases(cases, blend);
  return mean(recall) + 2 * mean(ndcg);
};

/**
 * Coordinate search for the weights, from those that serve now: one at a time to the best of fixed steps, where it gains enough; then the gates by evidence over all placements;
 * three rounds at most. Anchored sources (what is on the page; the visitor's past where nothing is) keep their weight, since only ratios mean anything. Deterministic.
 * Cost about 400 judgements.
 */
export function searchBlend(
  cases: readonly BlendCase[],
  start: BlendParameters,
): { blend: BlendParameters; fits: PlacementFit[] } {
  let blend: BlendParameters = {
    format: 'blend/1',
    learned: true,
    evidence: start.evidence,
    personalBesideContext: start.personalBesideContext,
    itemEvidence: start.itemEvidence ?? 0,
    itemShift: start.itemShift ?? 0,
    placements: { ...start.placements },
  };
  const scopes = (['home', 'product', 'cart'] as const)
    .map((placement) => ({ placement, cases: cases.filter((one) => one.placement === placement) }))
    .filter((scope) => scope.cases.length >= LEAST_SITUATIONS);
  const before = scopes.map((scope) => objectiveOf(scope.cases, blend));
  for (const { placement } of scopes) blend = withWeights(blend, placement, weightsAt(blend, placement));
  for (let round = 0; round < ROUNDS; round++) {
    const was = JSON.stringify(blend);
    for (const { placement, cases: own } of scopes) blend = searchPlacement(own, blend, placement);
    blend = searchGates(cases, blend);
    if (JSON.stringify(blend) === was) break;
  }
  return {
    blend,
    fits: scopes.map(({ placement, cases: own }, k) => ({
      placement,
      situations: own.length,
      before: before[k]!,
      after: objectiveOf(own, blend),
    })),
  };
}

const weightsAt = (blend: BlendParameters, placement: string): SourceWeights =>
  blend.placements[placement] ?? blend.placements['*'] ?? {};
const withWeights = (blend: BlendParameters, placement: string, weights: SourceWeights): BlendParameters => ({
  ...blend,
  placements: { ...blend.placements, [placement]: weights },
});

function searchPlacement(cases: readonly BlendCase[], blend: BlendParameters, placement: string): BlendParameters {
  const looking = placement !== 'home';
  const fixed = new Set<BlendedSource>(looking ? ['context.image', 'context.item'] : ['history']);
  // A source that speaks in hardly any of the situations cannot be weighed by them.
  const searched = [...new Set(cases.flatMap(({ values }) => [...values.keys()]))].filter(
    (source) => !fixed.has(source) && cases.filter(({ values }) => values.has(source)).length >= 0.05 * cases.length,
  );
  // In a cart, what is bought together is the question itself.
  const most = (source: BlendedSource): number =>
    looking && !(placement === 'cart' && source === 'together') ? MOST_BESIDE_CONTEXT : 3;
  let best = { blend, value: objectiveOf(cases, blend) };
  for (const source of searched.sort()) {
    let here = best;
    const least = looking && source === 'history' ? LEAST_HISTORY : 0;
    for (const step of STEPS.filter((value) => value >= least && value <= most(source))) {
      const next = withWeights(best.blend, placement, { ...weightsAt(best.blend, placement), [source]: step });
      const value = objectiveOf(cases, next);
      if (value > here.value) here = { blend: next, value };
    }
    if (here.value >= best.value + GAIN) best = here;
  }
  return best.blend;
}

function searchGates(cases: readonly BlendCase[], blend: BlendParameters): BlendParameters {
  let best = { blend, value: objectiveOf(cases, blend) };
  for (const [name, values] of Object.entries(GLOBALS) as [keyof typeof GLOBALS, readonly number[]][]) {
    let here = best;
    for (const step of values) {
      const next = { ...best.blend, [name]: step };
      const value = objectiveOf(cases, next);
      if (value > here.value) here = { blend: next, value };
    }
    if (here.value >= best.value + GAIN) best = here;
  }
  return best.blend;
}
