import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuseGated, type GatedFusion, type GatedModality, gatesOf, projectGated } from './gated-fusion.js';
import { dot, norm, normalised } from './vectors.js';

const d = 4;
const modality = (name: string, change: Partial<GatedModality> = {}): GatedModality => ({
  name,
  inputDimension: d,
  mean: new Float32Array(d),
  map: null,
  scale: 1,
  bias: 0,
  categoryBias: {},
  attention: null,
  ...change,
});
const model = (...modalities: GatedModality[]): GatedFusion => ({ dimension: d, modalities });
const unit = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: d, maxLength: d })
  .map((values) => normalised(Float32Array.from(values)))
  .filter((vector) => vector !== null);

describe('fusing what an item shows, says and hears', () => {
  it('gives a unit vector and gates that sum to 1 for any modalities that are present', () => {
    const fusion = model(
      modality('image', { bias: 0.7 }),
      modality('text', { attention: Float32Array.of(1, 0, -1, 2) }),
      modality('review'),
    );
    fc.assert(
      fc.property(fc.option(unit), fc.option(unit), fc.option(unit), (image, text, review) => {
        const parts = new Map<string, Float32Array>();
        if (image) parts.set('image', image);
        if (text) parts.set('text', text);
        if (review) parts.set('review', review);
        const fused = fuseGated(fusion, parts);
        if (fused === null) return;
        expect(norm(fused.vector)).toBeCloseTo(1, 5);
        expect(Object.values(fused.gates).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        expect(Object.keys(fused.gates).sort()).toEqual([...parts.keys()].sort());
      }),
    );
  });

  it('is changed by nothing, exactly, when a modality is switched off, unknown, of another length or not finite', () => {
    const fusion = model(modality('image'), modality('text', { bias: 0.3 }), modality('noise', { bias: null }));
    fc.assert(
      fc.property(unit, unit, unit, (image, text, noise) => {
        const plain = fuseGated(
          fusion,
          new Map([
            ['image', image],
            ['text', text],
          ]),
        );
        for (const extra of [
          ['noise', noise],
          ['unheard-of', noise],
        ] as const) {
          expect(fuseGated(fusion, new Map([['image', image], ['text', text], extra]))).toEqual(plain);
        }
        const short = new Map([
          ['image', image],
          ['text', noise.slice(1)],
        ]);
        expect(fuseGated(fusion, short)).toEqual(fuseGated(fusion, new Map([['image', image]])));
        const broken = new Map([
          ['image', image],
          ['text', Float32Array.of(1, Number.NaN, 0, 0)],
        ]);
        expect(fuseGated(fusion, broken)).toEqual(fuseGated(fusion, new Map([['image', image]])));
      }),
    );
  });

  it('weighs a modality by the longest category path the item lies under', () => {
    const fusion = model(modality('image', { categoryBias: { Women: 1, 'Women > Tops': 3 } }), modality('text'));
    const parts = new Map([
      ['image', Float32Array.of(1, 0, 0, 0)],
      ['text', Float32Array.of(0, 1, 0, 0)],
    ]);
    const share = (category?: string) => [...gatesOf(fusion, parts, category).values()][0]!;
    expect(share('Women > Tops > Tees')).toBeCloseTo(1 / (1 + Math.exp(-3)), 6);
    expect(share('Women > Bottoms')).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect(share('Womenswear')).toBeCloseTo(0.5, 9);
    expect(share()).toBeCloseTo(0.5, 9);
  });

  it('takes away what all items share before it compares', () => {
    const fusion = model(modality('image', { mean: Float32Array.of(0.9, 0, 0, 0) }));
    const a = projectGated(fusion, 'image', normalised(Float32Array.of(0.9, 0.3, 0, 0))!)!;
    const b = projectGated(fusion, 'image', normalised(Float32Array.of(0.9, -0.3, 0, 0))!)!;
    expect(dot(a, b)).toBeLessThan(0);
  });

  it('maps a modality of another length into the same space', () => {
    const wide = modality('audio', {
      inputDimension: 2,
      mean: new Float32Array(2),
      map: Float32Array.of(0, 1, 0, 0, 0, 0, 1, 0),
      bias: 0,
    });
    const vector = projectGated(model(modality('image'), wide), 'audio', Float32Array.of(0.6, 0.8))!;
    expect([...vector].map((value) => Number(value.toFixed(4)))).toEqual([0.8, 0, 0, 0.6]);
  });

  it('has no vector for an item without any usable part', () => {
    const fusion = model(modality('image', { mean: Float32Array.of(1, 0, 0, 0) }));
    expect(fuseGated(fusion, new Map())).toBeNull();
    expect(fuseGated(fusion, new Map([['image', Float32Array.of(1, 0, 0, 0)]]))).toBeNull();
    expect(projectGated(fusion, 'text', Float32Array.of(1, 0, 0, 0))).toBeNull();
  });
});
