import { describe, expect, it } from 'vitest';
import { captionOffset } from './caption-offset.js';

const axis = (n: number, noise = 0): Float32Array => {
  const vector = Float32Array.from(
    { length: 8 },
    (_, d) => (d === n ? 1 : 0) + (d === 7 ? 0.8 : 0) + noise * Math.sin(n * 5 + d * 3 + noise * 100),
  );
  const length = Math.hypot(...vector);
  return vector.map((part) => part / length);
};
/** Three scenes of 4 s, a frame every quarter of a second. */
const frames = Array.from({ length: 48 }, (_, at) => ({
  start: at / 4,
  end: (at + 1) / 4,
  vector: axis(Math.floor(at / 16), 0.01 * (at % 7)),
}));
const captions = (shift: number, inset = 0.5) =>
  [0, 1, 2].map((scene) => ({
    start: scene * 4 + inset + shift,
    end: scene * 4 + 4 - inset + shift,
    vector: axis(scene),
  }));

describe('captions that come early or late', () => {
  it.each([1.5, -1.5, 3, -0.9])('by %d s are put where words and pictures agree', (shift) => {
    expect(captionOffset(captions(shift), frames).seconds + shift).toBeCloseTo(0, 0);
    expect(Math.abs(captionOffset(captions(shift), frames).seconds + shift)).toBeLessThanOrEqual(0.3);
  });

  it('stay where they are when they agree already, or when nothing agrees', () => {
    expect(captionOffset(captions(0), frames).seconds).toBe(0);
    expect(captionOffset([{ start: 1, end: 3, vector: axis(5) }], frames).seconds).toBe(0);
    expect(captionOffset([], frames).seconds).toBe(0);
    expect(captionOffset(captions(2), []).seconds).toBe(0);
  });
});
