import {
  alwaysValidDifference,
  fixedDifference,
  neededUnits,
  rateInterval,
  snips,
  thompsonShares,
} from '../maths/maths.api.js';
import type { Experiment, ExperimentResult } from './experiment.schema.js';
import { countArms, type ExposedUnit } from './experiment-counts.js';

const whole = (units: number): number | null => (Number.isFinite(units) ? Math.ceil(units) : null);

/** What the counts of an experiment say: rates, differences to the first arm that may be looked at at any time, and how many visitors would be needed. */
export const resultOf = (
  experiment: Experiment,
  exposed: { units: readonly ExposedUnit[]; impressions: ReadonlyMap<string, number> },
): ExperimentResult => {
  const names = experiment.arms.map(({ name }) => name);
  const counts = countArms(names, exposed);
  const [base] = counts;
  const baseRate = base!.exposed > 0 ? base!.converted / base!.exposed : 0;
  // Effects of the size that the experiment looks for are the likely ones.
  const tau = Math.max(1e-4, experiment.minimumEffect * Math.max(baseRate, 1e-3));
  const beliefs = thompsonShares(counts, 1, 0);
  const needed = neededUnits(baseRate, experiment.minimumEffect);
  const smallest = Math.min(...counts.map((count) => count.exposed));
  const notes = [
    `One visitor counts once an arm; ${experiment.metric === 'click' ? 'a click counts when it names the list (requestId)' : `a ${experiment.metric} counts within seven days of the first list`}.`,
    'Differences are to the first arm; their intervals are always valid (mixture sequential probability ratio test): looking every day is allowed.',
  ];
  if (experiment.allocation === 'thompson')
    notes.push(
      'A bandit moves visitors to what does better, so plain rates lean; the off-policy rates correct for that.',
    );
  return {
    id: experiment.id,
    state: experiment.state,
    metric: experiment.metric,
    allocation: experiment.allocation,
    since: experiment.startedAt,
    until: experiment.stoppedAt,
    arms: counts.map((count, k) => ({
      name: names[k]!,
      share: experiment.arms[k]!.share,
      ...count,
      rate: rateInterval(count),
      probabilityBest: beliefs[k]!,
    })),
    differences: counts.slice(1).map((count, k) => {
      const difference = alwaysValidDifference(count, base!, tau);
      return {
        arm: names[k + 1]!,
        baseline: names[0]!,
        ...difference,
        fixed: fixedDifference(count, base!),
        verdict: difference.low > 0 ? 'better' : difference.high < 0 ? 'worse' : 'undecided',
      };
    }),
    sampleSize: {
      baseRate: base!.exposed > 0 ? baseRate : null,
      minimumEffect: experiment.minimumEffect,
      perArm: whole(needed.alwaysValid),
      perArmFixed: whole(needed.fixed),
      reached: Number.isFinite(needed.alwaysValid) ? smallest / needed.alwaysValid : null,
    },
    offPolicy: names.flatMap((arm) => {
      const estimate = snips(
        exposed.units.map((unit) => ({
          reward: unit.converted ? 1 : 0,
          propensity: unit.share,
          target: unit.arm === arm ? 1 : 0,
        })),
      );
      return estimate
        ? [{ arm, value: estimate.value, low: estimate.low, high: estimate.high, effective: estimate.effective }]
        : [];
    }),
    notes,
  };
};
