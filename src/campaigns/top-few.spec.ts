import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TopFew } from './top-few.js';

it('keeps what sorting everything would, the earlier of equals first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: 0, max: 12 }), (scores, most) => {
      const top = new TopFew<number>(most);
      scores.forEach((score, at) => top.offer(score, at));
      const expected = scores
        .map((score, value) => ({ score, value }))
        .sort((a, b) => b.score - a.score || a.value - b.value)
        .slice(0, most);
      expect(top.sorted()).toEqual(expected);
    }),
  );
});
