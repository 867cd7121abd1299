import { describe, expect, it } from 'vitest';
import { type Arm, alwaysValidDifference, fixedDifference, neededUnits, rateInterval } from './always-valid.js';
import { snips } from './off-policy.js';
import { seededRandom } from './random.js';
import { betaDraw, thompsonShares } from './thompson.js';

const away = ({ low, high }: { low: number; high: number }): boolean => low > 0 || high < 0;

describe('intervals for people who peek', () => {
  it('cries wolf in at most one of twenty A/A tests looked at 40 times, where the usual interval does in many', () => {
    const random = seededRandom(3);
    const runs = 400;
    let usual = 0;
    let always = 0;
    for (let run = 0; run < runs; run++) {
      const a: Arm = { exposed: 0, converted: 0 };
      const b: Arm = { exposed: 0, converted: 0 };
      let seen = { usual: false, always: false };
      for (let look = 0; look < 40; look++) {
        for (let n = 0; n < 100; n++) {
          for (const arm of [a, b]) {
            arm.exposed++;
            if (random.next() < 0.1) arm.converted++;
          }
        }
        seen = {
          usual: seen.usual || away(fixedDifference(a, b)),
          always: seen.always || away(alwaysValidDifference(a, b, 0.01)),
        };
      }
      if (seen.usual) usual++;
      if (seen.always) always++;
    }
    expect(always / runs).toBeLessThanOrEqual(0.05);
    expect(usual / runs).toBeGreaterThan(0.15);
  });

  it('finds a real difference with the number of visitors it asked for, mostly', () => {
    const random = seededRandom(4);
    const { fixed, alwaysValid } = neededUnits(0.1, 0.2);
    // Two-proportion formula: (1.96 + .84)² · (.09 + .1056) / .02² = 3,838.
    expect(fixed).toBeGreaterThan(3800);
    expect(fixed).toBeLessThan(3880);
    expect(alwaysValid).toBeGreaterThan(fixed);
    let found = 0;
    for (let run = 0; run < 60; run++) {
      const draw = (rate: number): Arm => {
        let converted = 0;
        for (let n = 0; n < alwaysValid; n++) if (random.next() < rate) converted++;
        return { exposed: alwaysValid, converted };
      };
      if (alwaysValidDifference(draw(0.12), draw(0.1), 0.02).low > 0) found++;
    }
    expect(found / 60).toBeGreaterThan(0.68);
  });

  it('says nothing from a handful, and never divides by nothing', () => {
    expect(alwaysValidDifference({ exposed: 10, converted: 9 }, { exposed: 10, converted: 0 }, 0.01)).toMatchObject({
      low: -1,
      high: 1,
    });
    expect(rateInterval({ exposed: 0, converted: 0 })).toEqual({ value: 0, low: 0, high: 1 });
    expect(neededUnits(0, 0.1).fixed).toBe(Number.POSITIVE_INFINITY);
    const none = alwaysValidDifference({ exposed: 500, converted: 0 }, { exposed: 500, converted: 0 }, 0.01);
    expect(none.low).toBeLessThan(0);
    expect(none.high).toBeGreaterThan(0);
  });
});

describe('the bandit over a few blends', () => {
  it('draws from Beta as it should: mean and variance', () => {
    const random = seededRandom(1);
    const draws = Float64Array.from({ length: 20_000 }, () => betaDraw(3, 7, random));
    const mean = draws.reduce((s, v) => s + v, 0) / draws.length;
    const variance = draws.reduce((s, v) => s + (v - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0.3, 2);
    expect(variance).toBeCloseTo((0.3 * 0.7) / 11, 3);
  });

  it('loses less than half of what an even split loses, over 20 runs of 6,000 visitors', () => {
    const rates = [0.05, 0.06, 0.08, 0.055];
    const best = Math.max(...rates);
    let bandit = 0;
    let split = 0;
    for (let run = 0; run < 20; run++) {
      const random = seededRandom(100 + run);
      const arms: Arm[] = rates.map(() => ({ exposed: 0, converted: 0 }));
      let shares = thompsonShares(arms, run);
      for (let visitor = 0; visitor < 6000; visitor++) {
        if (visitor % 200 === 0) shares = thompsonShares(arms, 1000 * run + visitor);
        let at = random.next();
        let k = 0;
        while (k < shares.length - 1 && at >= shares[k]!) at -= shares[k++]!;
        arms[k]!.exposed++;
        if (random.next() < rates[k]!) arms[k]!.converted++;
        bandit += best - rates[k]!;
        split += rates.reduce((sum, rate) => sum + (best - rate), 0) / rates.length;
      }
    }
    expect(bandit).toBeLessThan(0.5 * split);
  });

  it('never starves an arm, and shares add up to 1', () => {
    const shares = thompsonShares(
      [
        { exposed: 10_000, converted: 1000 },
        { exposed: 10_000, converted: 100 },
      ],
      1,
    );
    expect(shares[0]! + shares[1]!).toBeCloseTo(1, 12);
    expect(shares[1]).toBeCloseTo(0.02, 6);
  });
});

describe('estimates from a log of another policy', () => {
  it('recover what the other policy would have brought', () => {
    const random = seededRandom(6);
    // Logged: action 1 in one of ten; it brings .3, action 0 brings .1. Wanted: action 1 always.
    const log = Array.from({ length: 8000 }, () => {
      const one = random.next() < 0.1;
      return {
        reward: random.next() < (one ? 0.3 : 0.1) ? 1 : 0,
        propensity: one ? 0.1 : 0.9,
        target: one ? 0.8 : 0.2,
      };
    });
    const estimate = snips(log)!;
    expect(estimate.low).toBeLessThan(0.26);
    expect(estimate.high).toBeGreaterThan(0.26);
    expect(Math.abs(estimate.value - 0.26)).toBeLessThan(0.03);
    expect(estimate.effective).toBeLessThan(8000);
  });

  it('are refused when too little of the log bears on the question', () => {
    const log = Array.from({ length: 5000 }, (_, k) => ({ reward: 1, propensity: 0.5, target: k < 40 ? 1 : 0 }));
    expect(snips(log)).toBeNull();
  });
});
