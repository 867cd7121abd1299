import { expect, it } from 'vitest';
import { fitExponent } from './fit-exponent.js';

it('finds the exponent that made the numbers', () => {
  const sizes = [10, 100, 1_000, 5_000];
  expect(fitExponent(sizes.map((x) => [x, 3 * x ** 0.3] as const))).toBeCloseTo(0.3, 10);
  expect(fitExponent(sizes.map((x) => [x, 7] as const))).toBeCloseTo(0, 10);
  expect(fitExponent([[5, 1]])).toBeNaN();
});
