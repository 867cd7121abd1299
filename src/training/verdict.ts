import { bootstrapDifference, bootstrapMean } from '../maths/maths.api.js';
import type { Verdict } from './training-data.js';

/**
 * Whether a candidate may go live: every number finite, and no metric whose 95 % interval of the paired difference lies wholly below zero.
 */
export const verdictOf = (
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
