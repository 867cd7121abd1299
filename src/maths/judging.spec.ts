import { describe, expect, it } from 'vitest';
import { bootstrapDifference, bootstrapMean } from './bootstrap.js';
import { halfToNumber, readNpy } from './npy.js';
import { seededRandom } from './random.js';
import { gini, ndcgAt, recallAt, reciprocalRankAt } from './ranking-metrics.js';

describe('ranking metrics', () => {
  const ranked = [7, 3, 9, 1];
  it('are those of the textbook', () => {
    const relevant = new Set([3, 1, 50]);
    expect(recallAt(ranked, 4, relevant, 2)).toBeCloseTo(1 / 3);
    expect(ndcgAt(ranked, 4, relevant, 4)).toBeCloseTo(
      (1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3) + 1 / 2),
    );
    expect(reciprocalRankAt(ranked, 4, relevant, 4)).toBe(0.5);
    expect(recallAt(ranked, 4, new Set(), 4)).toBe(0);
  });
  it('call equal exposure 0 and a monopoly nearly 1', () => {
    expect(gini([5, 5, 5, 5])).toBeCloseTo(0);
    expect(gini([0, 0, 0, 20])).toBeCloseTo(0.75);
    expect(gini([0, 0])).toBe(0);
  });
});

describe('bootstrap intervals', () => {
  it('hold the true mean about 95 times in 100', () => {
    let held = 0;
    for (let t = 0; t < 200; t++) {
      const random = seededRandom(t);
      const { low, high } = bootstrapMean(
        Float64Array.from({ length: 80 }, () => 1 + random.normal()),
        { resamples: 300, seed: t },
      );
      if (low <= 1 && 1 <= high) held++;
    }
    expect(held).toBeGreaterThan(178);
    expect(held).toBeLessThan(199);
  });
  it('see a small paired difference that two separate intervals hide', () => {
    const random = seededRandom(1);
    const a = Float64Array.from({ length: 300 }, () => random.normal());
    const b = a.map((v) => v - 0.05 + 0.01 * random.normal());
    expect(bootstrapDifference(a, b).low).toBeGreaterThan(0);
    expect(bootstrapMean(a).low).toBeLessThan(bootstrapMean(b).high);
    expect(bootstrapMean(a, { seed: 3 })).toEqual(bootstrapMean(a, { seed: 3 }));
    expect(() => bootstrapDifference([1], [1, 2])).toThrow(RangeError);
  });
});

describe('.npy files', () => {
  const file = (descr: string, shape: string, data: Uint8Array, order = 'False'): Buffer => {
    const header = `${`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`.padEnd(117)}\n`;
    return Buffer.concat([
      Buffer.from([0x93]),
      Buffer.from('NUMPY'),
      Buffer.from([1, 0, 118, 0]),
      Buffer.from(header, 'latin1'),
      data,
    ]);
  };
  it('are read in half, single and double precision', () => {
    expect([...readNpy(file('<f4', '(2, 2)', new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer))).values]).toEqual([
      1, 2, 3, 4,
    ]);
    expect([...readNpy(file('<f8', '(2,)', new Uint8Array(Float64Array.of(0.5, -2).buffer))).values]).toEqual([
      0.5, -2,
    ]);
    expect([...readNpy(file('<f2', '(1, 2)', new Uint8Array(Uint16Array.of(0x3c00, 0xc500).buffer))).values]).toEqual([
      1, -5,
    ]);
    expect(halfToNumber(0x0001)).toBe(2 ** -24);
    expect(halfToNumber(0x7c00)).toBe(Number.POSITIVE_INFINITY);
  });
  it('are refused with what is wrong', () => {
    expect(() => readNpy(Buffer.from('hello there'))).toThrow('NUMPY');
    expect(() => readNpy(file('<i4', '(1, 1)', new Uint8Array(4)))).toThrow('<i4');
    expect(() => readNpy(file('<f4', '(9, 9)', new Uint8Array(4)))).toThrow('ends early');
    expect(() => readNpy(file('<f4', '(1, 1)', new Uint8Array(4), 'True'))).toThrow('Fortran');
  });
});
