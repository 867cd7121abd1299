import { describe, expect, it } from 'vitest';
import { GatedFusionModel } from './gated-fusion-model.js';

const model = (bias: number | null = 0.25): GatedFusionModel =>
  new GatedFusionModel({
    version: 'fusion-1',
    learned: true,
    encoder: 'e',
    fusion: {
      dimension: 2,
      modalities: [
        {
          name: 'image',
          inputDimension: 2,
          mean: Float32Array.of(0.1, 0.2),
          map: null,
          scale: 1.5,
          bias,
          categoryBias: { Women: 0.5 },
          attention: null,
        },
        {
          name: 'audio',
          inputDimension: 3,
          mean: Float32Array.of(0, 0, 0.1),
          map: Float32Array.of(1, 2, 3, 4, 5, 6),
          scale: 1,
          bias: null,
          categoryBias: {},
          attention: Float32Array.of(1, 1, -1),
        },
      ],
    },
    weights: [{ modality: 'image', mean: 1, byCategory: {} }],
  });

describe('a fusion model in the registry', () => {
  it('comes back bit for bit', () => {
    const stored = model().toStored();
    const read = GatedFusionModel.fromStored('fusion-1', {
      parameters: JSON.parse(JSON.stringify(stored.parameters)),
      artefact: stored.artefact,
    });
    expect(read.fusion).toEqual(model().fusion);
    expect(read.weights()).toEqual(model().weights());
    expect(read.toStored()).toEqual(stored);
  });

  it('is refused when its artefact is cut or too long', () => {
    const { parameters, artefact } = model().toStored();
    expect(() => GatedFusionModel.fromStored('v', { parameters, artefact: artefact.subarray(0, 8) })).toThrow(
      /ends after 8 bytes/,
    );
    expect(() =>
      GatedFusionModel.fromStored('v', { parameters, artefact: Buffer.concat([artefact, Buffer.alloc(4)]) }),
    ).toThrow(/4 bytes too many/);
  });

  it('is refused when it is made of NaN', () => {
    const { parameters, artefact } = model().toStored();
    const broken = Buffer.from(artefact);
    broken.writeFloatLE(Number.NaN, 0);
    expect(() => GatedFusionModel.fromStored('v', { parameters, artefact: broken })).toThrow(
      /"image": holds numbers that are not finite/,
    );
    expect(() => model(Number.NaN)).toThrow(/bias NaN is not finite/);
  });
});
