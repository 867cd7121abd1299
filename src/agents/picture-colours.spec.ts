import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { coloursOf } from './picture-colours.js';

const scene = (ground: string, thing: string): Promise<Buffer> =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><rect width="300" height="200" fill="${ground}"/><circle cx="150" cy="100" r="60" fill="${thing}"/></svg>`,
    ),
  )
    .png()
    .toBuffer();

describe('the colours of the thing on a picture', () => {
  it.each([
    ['white', '#c8191e', 'red'],
    ['#202020', '#f5d228', 'yellow'],
    ['#2a5abe', '#f8f8f8', 'white'],
    ['#e8e8e8', '#14234b', 'navy blue'],
    ['#6e4628', '#32823a', 'green'],
  ])('on %s, %s: are %s first, not the ground', async (ground, thing, word) => {
    const [first] = await coloursOf(await scene(ground, thing), 3);
    expect(first!.word).toBe(word);
    expect(first!.score).toBeGreaterThan(0.8);
  });

  it('are those of the whole picture where there is no ground', async () => {
    const plain = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#28a0a0' } })
      .png()
      .toBuffer();
    expect(await coloursOf(plain, 3)).toEqual([{ word: 'turquoise', score: 1 }]);
  });
});
