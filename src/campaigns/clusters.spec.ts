import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../maths/maths.api.js';
import { foldSmall } from './clusters.js';
import { clustered } from './segments-thread.js';

const rowsOf = (count: number, seed: number): Float32Array[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Float32Array.from({ length: 4 }, () => random.next() - 0.5));
};

it('leaves no cluster in which fewer than the least are, and loses nobody', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (clusters, least) => {
        const { of, centres } = foldSmall(rowsOf(clusters.length, 7), clusters, least);
        const sizes = centres.map((_, cluster) => of.filter((one) => one === cluster).length);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(clusters.length);
        if (clusters.length >= least) for (const size of sizes) expect(size).toBeGreaterThanOrEqual(least);
        else expect(sizes).toHaveLength(1);
        expect([...sizes].sort((a, b) => b - a)).toEqual(sizes);
      },
    ),
  );
});

it('tells apart what lies apart, in a thread, the same way each time', async () => {
  const rows = [0, 1, 2].flatMap((axis) =>
    rowsOf(20, axis).map((row) => row.map((value, at) => value * 0.1 + (at === axis ? 1 : 0))),
  );
  const input = { vectors: Float32Array.from(rows.flatMap((row) => [...row])), dimension: 4, count: 3, seed: 1 };
  const first = await clustered(input);
  expect(await clustered(input)).toEqual(first);
  for (const axis of [0, 1, 2]) expect(new Set(first.slice(axis * 20, axis * 20 + 20)).size).toBe(1);
  expect(new Set(first).size).toBe(3);
});
