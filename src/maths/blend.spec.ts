import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diversify } from './diversify.js';
import { groupInterests } from './interests.js';
import { decayByRank } from './rank-decay.js';
import { sharesOf } from './shares.js';
import { normalised } from './vectors.js';

const unit = (...values: number[]): Float32Array => normalised(Float32Array.from(values))!;
const anyUnit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((values) => normalised(Float32Array.from(values)))
  .filter((vector) => vector !== null);

describe('shares of reasons', () => {
  it('add up to exactly one million millionths, whatever contributed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -10, max: 1000 }), fc.double({ min: -1, max: 10, noNaN: true })), {
          minLength: 1,
          maxLength: 10,
        }),
        (amounts) => {
          const shares = sharesOf(amounts);
          const sum = shares.reduce((total, share) => total + Math.round(share * 1e6), 0);
          expect(sum).toBe(amounts.some((amount) => amount > 0) ? 1_000_000 : 0);
          shares.forEach((share, index) => {
            if (!(amounts[index]! > 0)) expect(share).toBe(0);
          });
        },
      ),
    );
  });
});

describe('a source normalised over the candidates', () => {
  it('keeps its order and its ties, gives the best 1 and the unheard-of 0', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: -5, max: 5 }), { nil: Number.NaN }), { minLength: 1, maxLength: 40 }),
        (list) => {
          const scores = Float64Array.from(list);
          const values = decayByRank(scores, 12);
          const highest = Math.max(...list.filter((score) => !Number.isNaN(score)));
          list.forEach((a, i) => {
            if (Number.isNaN(a)) expect(values[i]).toBe(0);
            if (a === highest) expect(values[i]).toBe(1);
            list.forEach((b, j) => {
              if (a > b) expect(values[i]).toBeGreaterThan(values[j]!);
              if (a === b) expect(values[i]).toBe(values[j]);
            });
          });
        },
      ),
    );
  });
});

describe('interests', () => {
  it('keep shoes and lamps apart, however few lamps there were', () => {
    const shoe = (key: number, weight = 1) => ({ key, weight, vector: unit(1, 0.05 * key, 0) });
    const interests = groupInterests([shoe(1, 2), shoe(2), shoe(3), { key: 9, weight: 1, vector: unit(0, 0, 1) }]);
    expect(interests.map(({ members }) => [...members].sort())).toEqual([[1, 2, 3], [9]]);
    expect(interests[0]!.share).toBeCloseTo(0.8, 9);
  });

  it('are at most five, hold every item once, and their shares add up to 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyUnit, fc.double({ min: 0.01, max: 5, noNaN: true })), { minLength: 1, maxLength: 60 }),
        (list) => {
          const interests = groupInterests(list.map(([vector, weight], key) => ({ key, weight, vector })));
          expect(interests.length).toBeLessThanOrEqual(5);
          expect(interests.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual(list.map((_, key) => key));
          expect(interests.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
          for (const interest of interests) expect(interest.members).toContain(interest.key);
        },
      ),
    );
  });
});

describe('diversity', () => {
  const candidates = fc
    .array(fc.record({ score: fc.double({ min: 0, max: 2, noNaN: true }), vector: fc.option(anyUnit) }), {
      maxLength: 25,
    })
    .map((list) => list.sort((a, b) => b.score - a.score));

  it('fills exactly the places there are, with nothing twice', () => {
    fc.assert(
      fc.property(
        candidates,
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, limit, diversity) => {
          const placed = diversify(list, limit, diversity);
          expect(placed.length).toBe(Math.min(limit, list.length));
          expect(new Set(placed.map(({ at }) => at)).size).toBe(placed.length);
        },
      ),
    );
  });

  it('at 0 leaves the order of the scores alone', () => {
    fc.assert(
      fc.property(candidates, (list) => {
        expect(diversify(list, 30, 0)).toEqual(list.map((_, at) => ({ at, moved: false })));
      }),
    );
  });

  it('puts something else between two of a kind, and says that it moved it', () => {
    const sofa = unit(1, 0, 0);
    const list = [
      { score: 1, vector: sofa },
      { score: 0.95, vector: sofa },
      { score: 0.9, vector: unit(0, 1, 0) },
    ];
    expect(diversify(list, 3, 0.3)).toEqual([
      { at: 0, moved: false },
      { at: 2, moved: true },
      { at: 1, moved: false },
    ]);
  });

  it('puts nothing between two of a kind that is far less wanted', () => {
    const sofa = unit(1, 0, 0);
    const list = [
      { score: 1, vector: sofa },
      { score: 0.95, vector: sofa },
      { score: 0.8, vector: unit(0, 1, 0) },
    ];
    expect(diversify(list, 3, 0.3).map(({ at }) => at)).toEqual([0, 1, 2]);
    expect(diversify(list, 3, 0.6).map(({ at }) => at)).toEqual([0, 2, 1]);
  });
});
