import { bootstrapMean, type Interval } from './bootstrap.js';
import { seededRandom } from './random.js';

/** One logged decision: what it brought, with which probability it was made, and with which probability the other policy makes it. */
export interface LoggedDecision {
  reward: number;
  /** In (0, 1]. */
  propensity: number;
  target: number;
}

export interface OffPolicyEstimate extends Interval {
  /** Decisions that the other policy can make at all. */
  decisions: number;
  /** (Σ w)² / Σ w²: how many decisions of its own the estimate is worth. */
  effective: number;
}

/** Below this effective sample size no estimate is given: a handful of decisions would speak for all. */
export const LEAST_EFFECTIVE = 100;
/** Weights are cut here, so that one rare decision cannot carry the estimate. */
const MOST_WEIGHT = 50;

/**
 * What another policy would have brought, from decisions of the one that ran: the self-normalised inverse propensity estimate `Σ w r / Σ w`, `w = target / propensity`
 * cut at 50 (Swaminathan and Joachims 2015), with a 95 % bootstrap interval over decisions.
 * @returns null when the effective sample size is under 100
 */
export const snips = (log: readonly LoggedDecision[], seed = 1, resamples = 500): OffPolicyEstimate | null => {
  const used = log
    .filter((d) => d.propensity > 0 && Number.isFinite(d.propensity) && d.target > 0)
    .map((d) => ({ reward: d.reward, weight: Math.min(MOST_WEIGHT, d.target / d.propensity) }));
  const sum = used.reduce((s, d) => s + d.weight, 0);
  const squares = used.reduce((s, d) => s + d.weight ** 2, 0);
  const effective = squares > 0 ? (sum * sum) / squares : 0;
  if (effective < LEAST_EFFECTIVE) return null;
  const even = used.every((d) => d.weight === used[0]!.weight);
  const value = used.reduce((s, d) => s + d.weight * d.reward, 0) / sum;
  if (even) {
    const interval = bootstrapMean(
      Float64Array.from(used, (d) => d.reward),
      { seed, resamples },
    );
    return { ...interval, decisions: used.length, effective };
  }
  const random = seededRandom(seed);
  const estimates = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let top = 0;
    let bottom = 0;
    for (let k = 0; k < used.length; k++) {
      const d = used[random.below(used.length)]!;
      top += d.weight * d.reward;
      bottom += d.weight;
    }
    estimates[r] = bottom > 0 ? top / bottom : 0;
  }
  estimates.sort();
  return {
    value,
    low: estimates[Math.round(0.025 * (resamples - 1))]!,
    high: estimates[Math.round(0.975 * (resamples - 1))]!,
    decisions: used.length,
    effective,
  };
};
