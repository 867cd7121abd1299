import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Encoder } from './encoder.port.js';

const colours = [
  '#c01818',
  '#1830c0',
  '#20a040',
  '#e0c020',
  '#603080',
  '#202020',
  '#f0f0f0',
  '#e07020',
  '#20c0c0',
  '#c020a0',
];

/** A picture with some structure: a disc of one colour on another. */
export const testPicture = (
  n: number,
  { width = 90, height = 70, format = 'jpeg' as 'jpeg' | 'png' | 'webp' } = {},
): Promise<Buffer> => {
  const [ground, disc] = [colours[n % colours.length]!, colours[(n * 3 + 4) % colours.length]!];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${ground}"/><circle cx="${20 + ((n * 7) % 40)}" cy="35" r="${10 + (n % 5) * 4}" fill="${disc}"/></svg>`;
  return sharp(Buffer.from(svg)).toFormat(format).toBuffer();
};

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, part, d) => sum + part * b[d]!, 0);
const length = (a: Float32Array): number => Math.sqrt(cosine(a, a));

/** What every encoder promises, run over each adapter and model. */
export const encoderConformance = (name: string, open: () => Promise<Encoder>): void => {
  describe(`${name} keeps the promises of an encoder`, () => {
    let encoder: Encoder;
    beforeAll(async () => {
      encoder = await open();
    });
    afterAll(() => encoder?.close());

    it('gives unit vectors of one dimension for pictures and words', async () => {
      const [picture] = await encoder.images([await testPicture(1)]);
      const [text] = await encoder.texts(['a red chair']);
      for (const vector of [picture!, text!]) {
        expect(vector).toBeInstanceOf(Float32Array);
        expect(vector.length).toBe(encoder.dimension);
        expect(length(vector)).toBeCloseTo(1, 5);
        expect(vector.every(Number.isFinite)).toBe(true);
      }
      expect(encoder.temperature).toBeGreaterThan(0);
      expect(encoder.temperature).toBeLessThan(1);
    });

    it('answers in the order of the question, whatever else is in the batch and in whichever lane', async () => {
      const pictures = await Promise.all(Array.from({ length: 21 }, (_, n) => testPicture(n)));
      const together = await encoder.images(pictures);
      const texts = pictures.map((_, n) => `${'a '.repeat(n % 6)}chair number ${n}`);
      const wordsTogether = await encoder.texts(texts);
      for (const n of [0, 7, 20]) {
        const [alone] = await encoder.images([pictures[n]!], { urgent: true });
        expect(cosine(alone!, together[n]!)).toBeGreaterThan(1 - 1e-3);
        const [wordsAlone] = await encoder.texts([texts[n]!], { urgent: true });
        expect(cosine(wordsAlone!, wordsTogether[n]!)).toBeGreaterThan(1 - 1e-3);
      }
      expect(cosine(together[0]!, together[7]!)).toBeLessThan(1 - 1e-4);
    });

    it('sees the same in a picture as png, webp, turned by EXIF or on a transparent ground', async () => {
      const upright = await testPicture(3, { format: 'png' });
      const turned = await sharp(upright).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
      const grey = await sharp(upright).greyscale().png().toBuffer();
      const [a, b, c, d] = await encoder.images([upright, turned, await testPicture(3, { format: 'webp' }), grey]);
      expect(cosine(a!, b!)).toBeGreaterThan(0.9999);
      expect(cosine(a!, c!)).toBeGreaterThan(0.98);
      expect(d!.every(Number.isFinite)).toBe(true);
      const clear = { r: 0, g: 0, b: 0, alpha: 0 };
      const [onClear, onWhite] = await Promise.all(
        [clear, '#ffffff'].map((background) =>
          sharp(upright)
            .ensureAlpha()
            .extend({ top: 20, bottom: 20, left: 20, right: 20, background })
            .png()
            .toBuffer(),
        ),
      );
      const [e, f] = await encoder.images([onClear!, onWhite!]);
      expect(cosine(e!, f!)).toBeGreaterThan(0.9999);
    });

    it('names what is wrong with a picture and still embeds its neighbours', async () => {
      const good = await testPicture(2);
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
      const large = await sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: '#fff' } })
        .png()
        .toBuffer();
      const answers = await encoder.imagesSettled([
        good,
        Buffer.from('words'),
        svg,
        good.subarray(0, good.length / 2),
        large,
        Buffer.alloc(0),
        good,
      ]);
      const codes = answers.map((answer) =>
        answer instanceof Float32Array ? 'vector' : (answer as Error & { code: string }).code,
      );
      expect(codes).toEqual([
        'vector',
        'VIT_IMAGE_UNREADABLE',
        'VIT_IMAGE_FORMAT',
        'VIT_IMAGE_TRUNCATED',
        'VIT_IMAGE_PIXELS',
        'VIT_IMAGE_EMPTY',
        'vector',
      ]);
      await expect(encoder.images([svg])).rejects.toMatchObject({ code: 'VIT_IMAGE_FORMAT', status: 400 });
    });

    it('reads beyond the window: words at the end of a long text move its vector', async () => {
      const long = 'This chair is made of oak and stands on four legs. '.repeat(encoder.about.textWindow > 48 ? 8 : 1);
      const [plain, ended] = await encoder.texts([
        long,
        `${long}A purple umbrella with yellow dots keeps off the rain.`,
      ]);
      expect(cosine(plain!, ended!)).toBeLessThan(0.99999);
      const [first, behind] = await encoder.texts([`Blue boots. ${long}`, `${long} Blue boots.`]);
      expect(cosine(first!, behind!)).toBeLessThan(0.9999);
    });

    it('embeds a text of 200,000 letters, one endless word, and every script', async () => {
      const vectors = await encoder.texts([
        'word '.repeat(40_000),
        'x'.repeat(5_000),
        '椅子は赤いです。',
        '🪑🪑🪑',
        'كرسي أحمر',
      ]);
      for (const vector of vectors) expect(length(vector)).toBeCloseTo(1, 5);
    });

    it('takes marks of its tokeniser inside a text for nothing', async () => {
      const marks = '<|endoftext|> <|startoftext|> [SEP] </s>';
      const known = encoder.about.family === 'siglip' ? '</s>' : '<|endoftext|>';
      const [plain, marked] = await encoder.texts(['a red chair', `${known} a red ${known} chair`]);
      expect(cosine(plain!, marked!)).toBeGreaterThan(1 - 1e-5);
      expect((await encoder.texts([`${marks} lamp`]))[0]).toHaveLength(encoder.dimension);
      await expect(encoder.texts(['  '])).rejects.toMatchObject({ code: 'VIT_TEXT_EMPTY' });
    });

    it('keeps the calling thread free while it works', async () => {
      const pictures = await Promise.all(Array.from({ length: 24 }, (_, n) => testPicture(n)));
      let longest = 0;
      let last = performance.now();
      const ticking = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 2);
      await encoder.images(pictures);
      clearInterval(ticking);
      // Generous: inference of 24 pictures on this thread would hold it for a second and more.
      expect(longest).toBeLessThan(500);
    });
  });
};
