import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { writeTinyClip } from '../../test/support/tiny-clip.js';
import { packageRoot } from '../platform/package-root.js';
import { readModelFolder } from './model-folder.js';
import { pictureRgb } from './picture-pixels.js';
import { TransformersEncoder } from './transformers-encoder.js';

/** `VITRINE_GOLDEN=write npx vitest run src/embedding/golden-vectors.spec.ts` writes the file anew, after the small model was changed on purpose. */
const file = join(packageRoot, 'test', 'fixtures', 'golden-vectors-tiny.json');
const writing = process.env.VITRINE_GOLDEN === 'write';
const limits = { maxBytes: 15 * 1024 * 1024, maxPixels: 40_000_000 };
const sentences = [
  'a red armchair with wooden legs',
  'The sole came off after two weeks. The leather is soft.',
  'Ultraboost',
];

interface Golden {
  encoder: string;
  pixels: string[];
  pictures: number[][];
  sentences: number[][];
}

/** Pictures whose every pixel is known: waves of colour, so that a shift by part of a pixel shows. */
const pictures = () =>
  Promise.all(
    [
      { width: 300, height: 200 },
      { width: 150, height: 220 },
      { width: 640, height: 640 },
    ].map(({ width, height }, n) => {
      const raw = Buffer.alloc(width * height * 3);
      for (let at = 0; at < raw.length; at++) {
        const pixel = Math.floor(at / 3);
        const [x, y] = [pixel % width, Math.floor(pixel / width)];
        raw[at] = 128 + Math.round(100 * Math.sin(x / (5 + n) + (at % 3)) * Math.cos(y / (7 + 2 * (at % 3))));
      }
      return sharp(raw, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
    }),
  );

const made = async (folder: string): Promise<Golden> => {
  const encoder = await TransformersEncoder.open({ model: folder, limits, cacheDir: folder, device: 'cpu' });
  try {
    const { picture } = await readModelFolder(folder, 'auto', folder);
    const bytes = await pictures();
    const rgb = await Promise.all(bytes.map((each) => pictureRgb(each, picture, limits)));
    return {
      encoder: encoder.id.slice(-16),
      pixels: rgb.map((each) => createHash('sha256').update(each).digest('hex').slice(0, 16)),
      pictures: (await encoder.images(bytes)).map(rounded),
      sentences: (await encoder.texts(sentences)).map(rounded),
    };
  } finally {
    await encoder.close();
  }
};

const rounded = (vector: Float32Array): number[] => Array.from(vector, (part) => Math.round(part * 1e5) / 1e5);
const cosine = (a: number[], b: number[]): number =>
  a.reduce((sum, part, d) => sum + part * b[d]!, 0) / Math.hypot(...a) / Math.hypot(...b);

describe('golden vectors', () => {
  it('of a small model are what they were when they were written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-golden-'));
    const now = await made(await writeTinyClip(folder));
    await rm(folder, { recursive: true, force: true });
    if (writing) {
      await writeFile(file, `${JSON.stringify(now)}\n`);
      return;
    }
    const golden = JSON.parse(await readFile(file, 'utf8')) as Golden;
    expect(now.encoder, 'the model is another one: write the golden vectors anew').toBe(golden.encoder);
    expect(now.pixels).toEqual(golden.pixels);
    for (const part of ['pictures', 'sentences'] as const) {
      golden[part].forEach((vector, at) => {
        expect(cosine(vector, now[part][at]!)).toBeGreaterThan(0.9995);
      });
    }
  });
});
