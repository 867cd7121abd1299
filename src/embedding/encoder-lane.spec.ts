import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyClip } from '../../test/support/tiny-clip.js';
import { testPicture } from './encoder.conformance.js';
import { EncoderLane } from './encoder-lane.js';

let root: string;
let lane: EncoderLane;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-lane-'));
  const folder = await writeTinyClip(join(root, 'tiny'));
  lane = new EncoderLane(
    {
      folder,
      name: 'tiny',
      dtype: 'auto',
      plan: { device: 'cpu', threads: 1 },
      limits: { maxBytes: 2 ** 20, maxPixels: 1e7 },
      decoders: 2,
    },
    { windowMs: 0, mostPictures: 2, mostTexts: 2, ahead: 8 },
  );
  await lane.start();
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a lane that is closed', () => {
  it('first answers everything that its two threads had taken, pictures still being decoded included', async () => {
    const pictures = await Promise.all(
      Array.from({ length: 8 }, (_, at) => testPicture(at, { width: 900, height: 700, format: 'png' })),
    );
    const seen = lane.ask('images', pictures);
    const read = lane.ask('texts', ['a chair', 'a lamp', 'a desk']);
    // Longer than the window, so that all of it has left for the threads; far shorter than decoding takes.
    await new Promise((later) => setTimeout(later, 5));
    await lane.close();
    const answers = [...(await seen), ...(await read)];
    expect(answers.every((answer) => answer instanceof Float32Array)).toBe(true);
    expect(answers).toHaveLength(11);
    await expect(lane.ask('texts', ['late'])).rejects.toMatchObject({ code: 'VIT_ENCODER_THREAD' });
  });
});
