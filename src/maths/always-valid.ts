import type { Interval } from './bootstrap.js';

/** Successes of one arm among the units that were exposed to it. */
export interface Arm {
  exposed: number;
  converted: number;
}

/** Two-sided 95 % and one-sided 80 % of the standard normal. */
const Z_ALPHA = 1.959964;
const Z_POWER = 0.841621;

/** Rate with half a success and half a failure added, so that an arm without any success has a variance. */
const smoothed = ({ exposed, converted }: Arm): number => (converted + 0.5) / (exposed + 1);
const varianceOf = (arm: Arm): number => {
  const p = smoothed(arm);
  return (p * (1 - p)) / Math.max(1, arm.exposed);
};

/**
 * Wilson's interval of a rate, for one look at a fixed number of units (Wilson 1927).
 * @returns value = converted / exposed, 0 without units
 */
export const rateInterval = ({ exposed, converted }: Arm): Interval => {
  if (exposed === 0) return { value: 0, low: 0, high: 1 };
  const p = converted / exposed;
  const z2 = Z_ALPHA ** 2 / exposed;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (Math.sqrt(z2 * (p * (1 - p) + z2 / 4)) / (1 + z2)) as number;
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
};

/** Difference of two rates, a − b, with the usual 95 % interval: right for one look at a size that was fixed before, wrong for peeking. */
export const fixedDifference = (a: Arm, b: Arm): Interval => {
  const value = (a.exposed ? a.converted / a.exposed : 0) - (b.exposed ? b.converted / b.exposed : 0);
  const half = Z_ALPHA * Math.sqrt(varianceOf(a) + varianceOf(b));
  return { value, low: value - half, high: value + half };
};

/**
 * Half width of the always-valid interval for a difference whose estimate has variance V: inverts the mixture sequential probability ratio test
 * `Λ = √(V/(V+τ²)) · exp(τ² d² / (2 V (V+τ²)))`, rejecting when Λ ≥ 1/α (Robbins 1970; Johari, Koomen, Pekelis and Walsh 2022, "Always valid inference", eq. 8,
 * the normal mixture for two Bernoulli streams): `√( V (V+τ²)/τ² · (2 ln(1/α) + ln((V+τ²)/V)) )`.
 *
 * Looking at it after every visitor keeps the chance of ever being wrong under α, to the accuracy of the normal approximation.
 * @param tau standard deviation of the effects that are thought likely, in the unit of the rates
 */
export const alwaysValidHalfWidth = (variance: number, tau: number, alpha = 0.05): number => {
  const t = tau * tau;
  return Math.sqrt(((variance * (variance + t)) / t) * (2 * Math.log(1 / alpha) + Math.log((variance + t) / variance)));
};

/** Units an arm needs before anything is said: below it the normal approximation means nothing. */
export const LEAST_UNITS = 50;

/**
 * Difference of two rates, a − b, with a 95 % interval that may be looked at whenever one likes. Without `LEAST_UNITS` in both arms the interval is the whole
 * range.
 */
export const alwaysValidDifference = (a: Arm, b: Arm, tau: number, alpha = 0.05): Interval => {
  const { value } = fixedDifference(a, b);
  if (a.exposed < LEAST_UNITS || b.exposed < LEAST_UNITS) return { value, low: -1, high: 1 };
  const half = alwaysValidHalfWidth(varianceOf(a) + varianceOf(b), tau, alpha);
  return { value, low: Math.max(-1, value - half), high: Math.min(1, value + half) };
};

/**
 * Units an arm needs to see a relative change of `effect` in a base rate with power .8 at level .05: for one look at the end, and for an always-valid interval
 * (found by doubling and halving, its half width plus .84 standard errors must fit into the effect). Infinity for a base rate of 0.
 */
export const neededUnits = (base: number, effect: number): { fixed: number; alwaysValid: number } => {
  if (!(base > 0) || !(effect > 0)) return { fixed: Number.POSITIVE_INFINITY, alwaysValid: Number.POSITIVE_INFINITY };
  const p = Math.min(base, 0.999);
  const q = Math.min(0.9995, p * (1 + effect));
  const spread = p * (1 - p) + q * (1 - q);
  const gap = q - p;
  const fixed = Math.ceil(((Z_ALPHA + Z_POWER) ** 2 * spread) / gap ** 2);
  const fits = (n: number): boolean =>
    alwaysValidHalfWidth(spread / n, p * effect) + Z_POWER * Math.sqrt(spread / n) <= gap;
  let high = Math.max(LEAST_UNITS, fixed);
  while (!fits(high) && high < 1e12) high *= 2;
  let low = high / 2;
  for (let k = 0; k < 60 && high - low > 1; k++) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return { fixed, alwaysValid: Math.ceil(high) };
};
