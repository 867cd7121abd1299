import { expect, it } from 'vitest';
import { seededRandom } from '../maths/random.js';
import { dot } from '../maths/vectors.js';
import { Bitset, keyList } from './item-set.js';
import { loadKernel } from './kernel/dot-kernel.js';
import { unitNoise } from './vector-index.conformance.js';
import { VectorTable } from './vector-table.js';

const kernel = await loadKernel();

for (const format of ['float32', 'int8'] as const)
  it(`${format}: products of several queries are those with each vector of each key, in order`, () => {
    const random = seededRandom(4);
    const table = new VectorTable(30, format, kernel);
    // More rows than go into one call of the kernel.
    for (let key = 0; key < 9_000; key++)
      table.put(
        key,
        Array.from({ length: key % 5 }, (_, at) => ({ ordinal: at + 1, vector: unitNoise(random, 30) })),
      );
    table.delete(7);
    const keys = [8_999, 7, 20_000, ...Array.from({ length: 9_000 }, (_, key) => key), 8_999];
    const queries = [unitNoise(random, 30), unitNoise(random, 30).map((value) => value * 3)];
    const { starts, of } = table.products(queries, keys);
    expect(of).toHaveLength(2);
    expect(starts).toHaveLength(keys.length + 1);
    let worst = 0;
    keys.forEach((key, at) => {
      const parts = table.parts(key);
      expect(starts[at + 1]! - starts[at]!).toBe(parts.length);
      parts.forEach(({ vector }, i) => {
        queries.forEach((query, index) => {
          worst = Math.max(worst, Math.abs(of[index]![starts[at]! + i]! - dot(query, vector)));
        });
      });
    });
    expect(worst).toBeLessThan(format === 'float32' ? 1e-5 : 1e-3);
  });

for (const format of ['float32', 'int8'] as const)
  for (const parts of [1, 2])
    it(`${format}, ${parts} a key: the nearest of several queries are those of each of them`, () => {
      const random = seededRandom(9);
      const table = new VectorTable(30, format, kernel);
      for (let key = 0; key < 1_500; key++)
        table.put(
          key,
          Array.from({ length: parts }, (_, at) => ({ ordinal: at + 1, vector: unitNoise(random, 30) })),
        );
      // Equal scores at the end are told apart by key.
      for (let key = 100; key < 120; key++) table.put(key, [{ ordinal: 1, vector: table.get(99)!.slice() }]);
      table.delete(7);
      const queries = [...Array.from({ length: 5 }, () => unitNoise(random, 30)), table.get(99)!.slice()];
      const some = Bitset.where(1_600, (key) => key % 3 === 0);
      for (const allowed of [null, some, keyList([5, 7, 99, 1_499, 2_000]), Bitset.of([])])
        for (const k of [0, 1, 10, 5_000])
          expect(table.nearestMany(queries, k, allowed)).toEqual(
            queries.map((query) => table.nearest(query, k, allowed)),
          );
    });
