import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from './edit-distance.js';

describe('the distance between two spellings', () => {
  it('counts letters left out, put in, changed and swapped', () => {
    expect(editDistance('purpel', 'purple')).toBe(1);
    expect(editDistance('strips', 'stripes')).toBe(1);
    expect(editDistance('canera', 'camera')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('chair', 'piano', 2)).toBe(3);
  });

  it('is the same both ways, 0 for equal words only, and never more than the longer word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max([...a].length, [...b].length));
      }),
    );
  });
});
