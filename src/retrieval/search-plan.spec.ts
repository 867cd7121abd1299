import { describe, expect, it } from 'vitest';
import { isExactCheaper, WALK_WIDTH, widthOfFar } from './search-plan.js';

describe('the plan of a search', () => {
  it('scans few allowed items and walks for many, and scans everything where little is held', () => {
    const shape = { present: 100_000, dimension: 256, k: 10 };
    expect(isExactCheaper({ ...shape, allowed: 100 })).toBe(true);
    expect(isExactCheaper({ ...shape, allowed: 10_000 })).toBe(true);
    expect(isExactCheaper({ ...shape, allowed: 90_000 })).toBe(false);
    expect(isExactCheaper({ ...shape, present: 10_000, allowed: 9_000 })).toBe(true);
  });

  it('walks wider for a query far from everything, with the root of the size', () => {
    expect(widthOfFar(25_000)).toBe(WALK_WIDTH);
    expect(widthOfFar(100_000)).toBe(2 * WALK_WIDTH);
    expect(widthOfFar(1_000_000)).toBe(2024);
  });
});
