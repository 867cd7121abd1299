import { expect, it } from 'vitest';
import { seededRandom } from '../maths/random.js';
import { dot, normalised } from '../maths/vectors.js';
import { Bitset, keyList } from './item-set.js';
import { javascriptKernel, loadKernel } from './kernel/dot-kernel.js';
import { TopK } from './top-k.js';
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

for (const source of [kernel, javascriptKernel])
  it(`${source.kind}: the nearest by coarse copies are exactly those by every row, however like each other rows are`, () => {
    const random = seededRandom(12);
    const table = new VectorTable(40, 'float32', source);
    const centres = Array.from({ length: 5 }, () => unitNoise(random, 40));
    const near = (centre: Float32Array, spread: number): Float32Array =>
      normalised(centre.map((value) => value + spread * random.normal()))!;
    const axis = (at: number): Float32Array => Float32Array.from({ length: 40 }, (_, i) => (i === at ? 1 : 0));
    for (let key = 0; key < 4_000; key++) {
      // Rows that copies tell apart, rows that they do not (nearer to each other than a byte shows, and the same), and rows of one number.
      const vector =
        key % 4 === 0
          ? near(centres[key % 5]!, 0.2)
          : key % 4 === 1
            ? near(centres[0]!, 1e-4)
            : key % 4 === 2
              ? unitNoise(random, 40)
              : key % 40 === 3
                ? axis(key % 7)
                : centres[1]!;
      table.put(key, [{ ordinal: 0, vector }]);
    }
    for (let key = 0; key < 4_000; key += 11) table.delete(key);
    for (let key = 0; key < 4_000; key += 22) table.put(key, [{ ordinal: 0, vector: near(centres[2]!, 0.05) }]);
    const queries = [...centres.slice(0, 3), unitNoise(random, 40), axis(3), near(centres[0]!, 1e-3)];
    const some = Bitset.where(4_100, (key) => key % 3 !== 0);
    for (const allowed of [null, some])
      for (const k of [1, 10, 150]) {
        const byEvery = queries.map((query) => {
          const top = new TopK(k);
          table.scan(query, allowed, (key, score, ordinal) => top.offer(key, score, ordinal));
          return top.sorted();
        });
        expect(table.nearestMany(queries, k, allowed)).toEqual(byEvery);
        expect(queries.map((query) => table.nearest(query, k, allowed))).toEqual(byEvery);
      }
  });
