import { expect, it } from 'vitest';
import { seededRandom } from '../maths/random.js';
import { dot } from '../maths/vectors.js';
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
