import { describe, expect, it } from 'vitest';
import { IdSet } from './id-set.js';

describe('a set of ids that keeps only hashes', () => {
  it('counts and finds like a set of texts', () => {
    const set = new IdSet();
    const ids = Array.from({ length: 200_000 }, (_, index) => `group ${index % 150_000}:é-${index % 7}`);
    const plain = new Set(ids);
    for (const id of ids) set.add(id);
    expect(set.size).toBe(plain.size);
    expect(ids.every((id) => set.has(id))).toBe(true);
    expect(Array.from({ length: 50_000 }, (_, index) => `other ${index}`).filter((id) => set.has(id))).toEqual([]);
    expect(new IdSet().has('')).toBe(false);
    expect(new IdSet().add('').add('').size).toBe(1);
  });
});
