import { describe, expect, it } from 'vitest';
import { enlarged } from './bicubic-enlarge.js';

describe('a picture smaller than the network wants', () => {
  it('is enlarged as the reference preprocessing does it', () => {
    const data = Uint8Array.from([0, 10, 255, 100, 20, 0, 250, 30, 128, 40, 200, 60, 90, 90, 90, 10, 0, 255]);
    // From Pillow: Image.fromarray(a).resize((5, 4), Image.BICUBIC)
    const reference = [
      0, 0, 255, 25, 0, 169, 101, 14, 0, 216, 27, 61, 255, 34, 128, 7, 50, 214, 35, 44, 140, 98, 34, 19, 168, 27, 98,
      203, 25, 162, 29, 167, 99, 54, 134, 83, 92, 76, 71, 74, 27, 172, 56, 6, 231, 39, 226, 41, 64, 178, 54, 89, 96, 98,
      26, 27, 209, 0, 0, 255,
    ];
    const large = enlarged({ data, width: 3, height: 2 }, 5, 4);
    expect([large.width, large.height]).toEqual([5, 4]);
    large.data.forEach((part, at) => {
      expect(Math.abs(part - reference[at]!)).toBeLessThanOrEqual(1);
    });
  });

  it('keeps a side that is large enough', () => {
    expect(enlarged({ data: new Uint8Array(4 * 2 * 3).fill(7), width: 4, height: 2 }, 3, 4)).toEqual({
      data: new Uint8Array(4 * 4 * 3).fill(7),
      width: 4,
      height: 4,
    });
  });
});
