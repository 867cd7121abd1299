import { describe, expect, it } from 'vitest';
import { calibrationOf } from './calibration.js';
import { seededRandom } from './random.js';

const drawn = (rate: (score: number, unit: number) => number) => {
  const random = seededRandom(2);
  const scores = Float64Array.from({ length: 20_000 }, () => random.next());
  const unit = scores.map((_, k) => Math.floor(k / 20));
  return { scores, unit, hits: scores.map((s, k) => (random.next() < rate(s, unit[k]!) ? 1 : 0)) };
};

describe('whether scores say how likely a hit is', () => {
  it('finds hardly an error where they do, and rates that rise with the score', () => {
    const { scores, hits, unit } = drawn((score) => 0.3 * score);
    const found = calibrationOf(scores, hits, unit)!;
    expect(found.error).toBeLessThan(0.015);
    expect(found.bins.at(-1)!.observed).toBeGreaterThan(4 * found.bins[0]!.observed);
    for (let b = 1; b < found.bins.length; b++)
      expect(found.bins[b]!.expected).toBeGreaterThanOrEqual(found.bins[b - 1]!.expected);
  });

  it('finds one where the score means something else for the other half', () => {
    const { scores, hits, unit } = drawn((score, one) => (one % 2 === 0 ? 0.3 * score : 0.3 * (1 - score)));
    expect(calibrationOf(scores, hits, unit)!.error).toBeGreaterThan(0.08);
  });

  it('says nothing of scores that are all the same', () => {
    expect(calibrationOf(new Float64Array(100), new Float64Array(100), new Float64Array(100))).toBeNull();
    const unit = Float64Array.from({ length: 100 }, (_, k) => k);
    expect(calibrationOf(new Float64Array(100).fill(1), new Float64Array(100), unit)).toBeNull();
  });
});
