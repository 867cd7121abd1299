import { describe, expect, it } from 'vitest';
import { seededRandom } from '../maths/random.js';
import { dot, normalised } from '../maths/vectors.js';
import { defaultFusion } from './default-fusion.js';

const d = 16;
const random = seededRandom(7);
const around = (centre: number, spread: number): Float32Array =>
  normalised(Float32Array.from({ length: d }, (_, i) => (i === centre ? 1 : 0) + spread * random.normal()))!;
const meanOf = (vectors: readonly Float32Array[]): Float32Array =>
  Float32Array.from({ length: d }, (_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0) / vectors.length);

describe('the fusion model before anything was learned', () => {
  const pictures = Array.from({ length: 200 }, () => around(0, 0.2));
  const texts = Array.from({ length: 200 }, () => around(1, 0.2));
  const model = defaultFusion('default-x', { id: 'e', dimension: d }, [
    { modality: 'image', dimension: d, items: 200, mean: meanOf(pictures) },
    { modality: 'text', dimension: d, items: 200, mean: meanOf(texts) },
    { modality: 'audio', dimension: 5, items: 200, mean: new Float32Array(5) },
  ]);

  it('takes pictures and words out of their separate cones', () => {
    const gap = (a: (vector: Float32Array) => Float32Array, b: (vector: Float32Array) => Float32Array) =>
      pictures.reduce((sum, picture, i) => sum + dot(a(picture), b(texts[i]!)), 0) / 200;
    const raw = (vector: Float32Array) => vector;
    const within = pictures.reduce((sum, picture, i) => sum + dot(picture, pictures[(i + 1) % 200]!), 0) / 200;
    expect(within - gap(raw, raw)).toBeGreaterThan(0.3);
    const image = (vector: Float32Array) => model.project('image', vector)!;
    const text = (vector: Float32Array) => model.project('text', vector)!;
    const centredWithin = pictures.reduce((sum, p, i) => sum + dot(image(p), image(pictures[(i + 1) % 200]!)), 0) / 200;
    expect(Math.abs(centredWithin - gap(image, text))).toBeLessThan(0.05);
  });

  it('leaves out what it cannot place in the space, and says so in its weights', () => {
    expect(model.weights().find(({ modality }) => modality === 'audio')).toMatchObject({
      mean: 0,
      note: expect.stringContaining('5 numbers'),
    });
    const audio: [string, Float32Array] = ['audio', Float32Array.of(1, 0, 0, 0, 0)];
    expect(model.fuse(new Map([['image', pictures[0]!], audio]))).toEqual(
      model.fuse(new Map([['image', pictures[0]!]])),
    );
  });

  it('lets the picture weigh most and keeps the weights in proportion to what is there', () => {
    const { gates } = model.fuse(
      new Map([
        ['image', pictures[0]!],
        ['text', texts[0]!],
      ]),
    )!;
    expect(gates.image).toBeCloseTo(0.5 / 0.85, 6);
    expect(gates.text).toBeCloseTo(0.35 / 0.85, 6);
  });

  it('gives an item a vector even where the whole catalogue shows one picture', () => {
    const same = around(0, 0);
    const alike = defaultFusion('default-y', { id: 'e', dimension: d }, [
      { modality: 'image', dimension: d, items: 500, mean: same },
    ]);
    expect(alike.fuse(new Map([['image', same]]))).not.toBeNull();
  });

  it('knows reviews before there are any, by the words of the shop', () => {
    expect(model.centre('review')).toEqual(model.centre('text'));
  });
});
