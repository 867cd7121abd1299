import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decayByRank } from './rank-decay.js';

it('gives each score the value of its rank: the first of equal ones, nothing for NaN and for what stands far behind', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double(), fc.constant(-0)), { maxLength: 400 }),
      fc.double({ min: 1, max: 10, noNaN: true }),
      (list, halfRank) => {
        const scores = Float64Array.from(list);
        decayByRank(scores, halfRank).forEach((value, at) => {
          const rank = list.filter((other) => other > list[at]!).length;
          const expected = 1 / (1 + (rank / halfRank) ** 2);
          expect(value).toBe(Number.isNaN(list[at]!) || expected < 0.005 ? 0 : expected);
        });
      },
    ),
    { numRuns: 50 },
  );
});

it('gives a steep head the same order, its first five nearly all, and little to those behind the first ten', () => {
  const scores = Float64Array.from({ length: 60 }, (_, at) => -at);
  const flat = decayByRank(scores, 10);
  const steep = decayByRank(scores, 10, true);
  expect(steep[0]).toBe(1);
  expect(steep[4]!).toBeGreaterThan(0.83);
  // What another source of .6 the weight says best cannot lift the eleventh before the fifth.
  expect(steep[10]! + 0.6).toBeLessThan(steep[4]!);
  expect(flat[10]! + 0.6).toBeGreaterThan(flat[4]!);
  for (let at = 1; at < 60; at++) expect(steep[at]!).toBeLessThan(steep[at - 1]!);
});
