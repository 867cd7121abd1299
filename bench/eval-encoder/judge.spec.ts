import { describe, expect, it } from 'vitest';
import { chanceOfHit, hitsAt, nearest, pooled, precisionAtTen } from './judge.js';

const at = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));

describe('judging an encoder', () => {
  it('puts the nearest first and leaves out the asked one', () => {
    expect(nearest(at(0), [at(40), at(10), at(0), at(20)], 2, 2)).toEqual([1, 3]);
  });
  it('counts a query as found only within the first k', () => {
    const gallery = [at(0), at(30), at(60)];
    expect(hitsAt([at(5), at(5)], gallery, 2, (q, position) => position === q + 1)).toEqual([1, 0]);
  });
  it('divides precision by the gallery when it is smaller than ten', () => {
    expect(precisionAtTen([at(0)], [at(1), at(2), at(3), at(4)], (_, position) => position < 3)).toEqual([0.75]);
  });
  it('knows what guessing gives', () => {
    expect(chanceOfHit(81, 1, 5)).toBeCloseTo(5 / 81, 12);
    expect(chanceOfHit(4, 2, 2)).toBeCloseTo(1 - (2 / 4) * (1 / 3), 12);
    expect(chanceOfHit(3, 3, 1)).toBe(1);
  });
  it('pools prompts to a unit vector between them', () => {
    const unit = pooled([at(0), at(60)]);
    expect(unit[1]! / unit[0]!).toBeCloseTo(Math.tan(Math.PI / 6), 5);
    expect(Math.hypot(...unit)).toBeCloseTo(1, 6);
  });
});
