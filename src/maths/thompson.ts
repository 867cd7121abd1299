import type { Arm } from './always-valid.js';
import { type Random, seededRandom } from './random.js';

/** Units of belief that every arm starts with, at the rate of all arms together. */
const PRIOR = 20;
const DRAWS = 2000;

/** A gamma variate of this shape (> 0) and scale 1 (Marsaglia and Tsang 2000; below shape 1 by Johnk's power). */
export const gammaDraw = (shape: number, random: Random): number => {
  if (shape < 1) return gammaDraw(shape + 1, random) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.next();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
};

/** A Beta(a, b) variate. */
export const betaDraw = (a: number, b: number, random: Random): number => {
  const x = gammaDraw(a, random);
  return x / (x + gammaDraw(b, random));
};

/**
 * Share of visitors that Thompson sampling gives to each arm now: the probability that the arm is the best one, by 2,000 seeded draws from
 * Beta(prior + converted, prior + not), the prior worth 20 units at the rate of all arms together; none under `floor`. Shares add up to 1 and are exact propensities
 * for whoever draws an arm by them (Thompson 1933; Chapelle and Li 2011). Cost arms · draws.
 */
export const thompsonShares = (arms: readonly Arm[], seed: number, floor = 0.02): number[] => {
  const exposed = arms.reduce((sum, arm) => sum + arm.exposed, 0);
  const converted = arms.reduce((sum, arm) => sum + arm.converted, 0);
  const rate = (converted + 1) / (exposed + 2);
  const random = seededRandom(seed);
  const wins = arms.map(() => 0);
  for (let draw = 0; draw < DRAWS; draw++) {
    let best = 0;
    let highest = -1;
    arms.forEach((arm, k) => {
      const value = betaDraw(
        PRIOR * rate + arm.converted,
        PRIOR * (1 - rate) + Math.max(0, arm.exposed - arm.converted),
        random,
      );
      if (value > highest) {
        highest = value;
        best = k;
      }
    });
    wins[best]!++;
  }
  const least = Math.min(floor, 1 / arms.length);
  return wins.map((count) => least + (1 - least * arms.length) * (count / DRAWS));
};
