import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransformersEncoder } from '../../src/embedding/transformers-encoder.js';
import { dot } from '../../src/maths/vectors.js';
import { packageRoot } from '../../src/platform/package-root.js';

const folder = join(packageRoot, 'test', 'fixtures', 'golden');
const file = join(folder, 'vectors.json');
const PICTURES = ['red-ball', 'striped-shirt', 'potted-plant', 'dark-screen'];
const SENTENCES = [
  'a red ball',
  'a navy shirt with white stripes',
  'a green plant in a terracotta pot',
  'The strap broke after two weeks, but the colour is lovely.',
];

interface Golden {
  pictures: Record<string, number[]>;
  sentences: Record<string, number[]>;
}

let encoder: TransformersEncoder;
let golden: Golden;
let pictures: Float32Array[];
let sentences: Float32Array[];

beforeAll(async () => {
  encoder = await TransformersEncoder.open({
    model: join(packageRoot, 'models', 'vitrine-clip'),
    device: 'cpu',
    limits: { maxBytes: 2 ** 20, maxPixels: 1e6 },
    cacheDir: folder,
  });
  pictures = await encoder.images(await Promise.all(PICTURES.map((name) => readFile(join(folder, `${name}.png`)))));
  sentences = await encoder.texts(SENTENCES);
  // After new weights: VITRINE_WRITE_GOLDEN=1 npx vitest run test/golden, then look at the difference before committing it.
  if (process.env.VITRINE_WRITE_GOLDEN === '1') {
    const rounded = (vector: Float32Array) => [...vector].map((number) => Number(number.toFixed(5)));
    const made: Golden = {
      pictures: Object.fromEntries(PICTURES.map((name, at) => [name, rounded(pictures[at]!)])),
      sentences: Object.fromEntries(SENTENCES.map((text, at) => [text, rounded(sentences[at]!)])),
    };
    await writeFile(file, `${JSON.stringify(made)}\n`);
  }
  golden = JSON.parse(await readFile(file, 'utf8')) as Golden;
});
afterAll(() => encoder.close());

describe('the bundled encoder, against vectors written down when it was made', () => {
  // A channel swapped, another resizing kernel or a shifted crop moves a vector well below this.
  it.each(PICTURES.map((name, at) => [name, at] as const))('sees %s as it did', (name, at) => {
    expect(dot(pictures[at]!, Float32Array.from(golden.pictures[name]!))).toBeGreaterThan(0.9995);
  });
  // int8 arithmetic differs a little between processors.
  it.each(SENTENCES.map((text, at) => [text, at] as const))('reads "%s" as it did', (text, at) => {
    expect(dot(sentences[at]!, Float32Array.from(golden.sentences[text]!))).toBeGreaterThan(0.98);
  });
  it('keeps the golden vectors apart from each other', () => {
    const all = Object.values(golden.pictures).map((vector) => Float32Array.from(vector));
    expect(Math.max(...all.flatMap((a, i) => all.slice(i + 1).map((b) => dot(a, b))))).toBeLessThan(0.9);
  });
});
