import sharp from 'sharp';
import { seededRandom } from '../../src/maths/random.js';

/** Made up JPEGs of so many pixels a side: blurred noise, enlarged, has about as much detail as a product photograph. */
export const madePictures = (count: number, side: number): Promise<Buffer[]> => {
  const random = seededRandom(5);
  const coarse = Math.ceil(side / 10);
  return Promise.all(
    Array.from({ length: count }, () => {
      const raw = Buffer.from(Uint8Array.from({ length: coarse * coarse * 3 }, () => random.below(256)));
      return sharp(raw, { raw: { width: coarse, height: coarse, channels: 3 } })
        .resize(side, side)
        .blur(2)
        .jpeg({ quality: 85 })
        .toBuffer();
    }),
  );
};

/** The same picture in bytes that nobody has seen yet: what follows the end of a JPEG is no part of it, but of its digest. */
export const anew = (jpeg: Buffer, number: number): Buffer => Buffer.concat([jpeg, Buffer.from(`#${number}`)]);
