import { describe, expect, it } from 'vitest';
import { type FusionTrainingData, NothingToLearn } from './fusion-data.js';
import { type FusionBatch, fusionLoss } from './fusion-loss.js';
import { FusionNetwork } from './fusion-network.js';
import { trainFusion } from './fusion-training.js';
import { fuseGated } from './gated-fusion.js';
import { seededRandom } from './random.js';
import { dot } from './vectors.js';

const D = 16;

/** 240 items of 12 tastes; people engage with items of one taste. `perfect` shows the taste, `fair` half of it, `noise` nothing. */
function shop(names: readonly string[], seed = 7): FusionTrainingData & { taste: Int32Array } {
  const random = seededRandom(seed);
  const items = 240;
  const tastes = Array.from({ length: 12 }, () => Float32Array.from({ length: D }, () => random.normal()));
  const taste = Int32Array.from({ length: items }, (_, i) => i % 12);
  const spread: Record<string, number> = { perfect: 0.15, fair: 1, noise: 1 };
  const modalities = names.map((name) => {
    const vectors = new Float32Array(items * D);
    for (let i = 0; i < items; i++) {
      const row = vectors.subarray(i * D, (i + 1) * D);
      let length = 0;
      for (let c = 0; c < D; c++) {
        row[c] = 0.5 + (name === 'noise' ? 0 : tastes[taste[i]!]![c]!) + spread[name]! * random.normal();
        length += row[c]! ** 2;
      }
      for (let c = 0; c < D; c++) row[c]! /= Math.sqrt(length);
    }
    return { name, width: D, vectors, present: new Uint8Array(items).fill(1) };
  });
  const a: number[] = [];
  const b: number[] = [];
  while (a.length < 3000) {
    const i = random.below(items);
    const j = random.below(items / 12) * 12 + taste[i]!;
    if (i !== j) {
      a.push(i);
      b.push(j);
    }
  }
  return {
    items,
    modalities,
    categories: new Array(items).fill(undefined),
    pairs: { a: Int32Array.from(a), b: Int32Array.from(b), weight: new Float32Array(a.length).fill(1) },
    taste,
  };
}
const share = (weights: readonly { modality: string; mean: number }[], name: string): number =>
  weights.find((w) => w.modality === name)!.mean;
const partsOf = (data: FusionTrainingData, item: number, names: readonly string[]): Map<string, Float32Array> =>
  new Map(
    data.modalities
      .filter((m) => names.includes(m.name))
      .map((m) => [m.name, m.vectors.slice(item * D, (item + 1) * D)]),
  );

describe('learning what counts', () => {
  it('gives a modality of pure noise less than 5 % and a perfect one more than 60 %', () => {
    const { weights } = trainFusion(shop(['fair', 'noise', 'perfect']), { dimension: D, seed: 1 });
    expect(share(weights, 'noise')).toBeLessThan(0.05);
    expect(share(weights, 'perfect')).toBeGreaterThan(0.6);
  }, 120_000);

  it('learns that one category goes by its looks and another by its words', () => {
    const data = shop(['perfect', 'noise']);
    const chairs = (item: number): boolean => data.taste[item]! % 2 === 0;
    const [look, words] = data.modalities;
    // Among books the two change places: there the looks say nothing.
    for (let i = 0; i < data.items; i++) {
      if (chairs(i)) continue;
      const row = look!.vectors.slice(i * D, (i + 1) * D);
      look!.vectors.set(words!.vectors.subarray(i * D, (i + 1) * D), i * D);
      words!.vectors.set(row, i * D);
    }
    const categories = Array.from({ length: data.items }, (_, i) => (chairs(i) ? 'Chairs > Wood' : 'Books'));
    const { weights, fusion } = trainFusion({ ...data, categories }, { dimension: D, seed: 1 });
    const by = (name: string) => weights.find((w) => w.modality === name)!.byCategory;
    expect(by('perfect').Chairs).toBeGreaterThan(0.6);
    expect(by('perfect').Books).toBeLessThan(0.4);
    expect(by('noise').Books).toBeGreaterThan(0.6);
    // An item of a category that training never saw is fused by the gates that hold for all.
    expect(fuseGated(fusion, partsOf(data, 0, ['perfect']), 'Lamps')).not.toBeNull();
  }, 120_000);

  it('places an item with one modality near where it would have been with all', () => {
    const data = shop(['fair', 'perfect']);
    const { fusion } = trainFusion(data, { dimension: D, seed: 1 });
    let own = 0;
    let nearest = 0;
    const whole = Array.from(
      { length: data.items },
      (_, i) => fuseGated(fusion, partsOf(data, i, ['fair', 'perfect']))!.vector,
    );
    for (let i = 0; i < data.items; i++) {
      const alone = fuseGated(fusion, partsOf(data, i, ['perfect']))!.vector;
      own += dot(alone, whole[i]!) / data.items;
      const order = whole.map((v, j) => ({ j, s: dot(alone, v) })).sort((x, y) => y.s - x.s);
      if (data.taste[order[0]!.j] === data.taste[i]) nearest += 1 / data.items;
    }
    expect(own).toBeGreaterThan(0.9);
    expect(nearest).toBeGreaterThan(0.9);
  }, 120_000);

  it('has the gradient that finite differences give, with a foreign width, categories and a learned correction', () => {
    const data = shop(['fair', 'perfect']);
    const narrow = {
      ...data.modalities[1]!,
      name: 'narrow',
      width: D / 2,
      vectors: data.modalities[1]!.vectors.slice(0, (data.items * D) / 2),
    };
    const categories = Array.from({ length: data.items }, (_, i) => (i % 2 ? 'Women > Tops' : 'Men'));
    const network = new FusionNetwork(
      { ...data, categories, modalities: [...data.modalities, narrow] },
      D,
      2,
      seededRandom(3),
    );
    const random = seededRandom(4);
    for (let k = 0; k < network.parameters.length; k++) network.parameters[k]! += 0.2 * random.normal();
    const rows = Int32Array.from({ length: 12 }, (_, k) => k);
    const batch: FusionBatch = {
      a: rows.map((k) => data.pairs.a[k]!),
      b: rows.map((k) => data.pairs.b[k]!),
      weight: new Float32Array(12).fill(1),
      maskA: rows.map((k) => 1 + (k % 7)),
      maskB: new Int32Array(12).fill(7),
      logQ: new Float64Array(data.items).fill(-5),
      temperature: 0.2,
      partners: () => false,
    };
    const gradient = new Float64Array(network.parameters.length);
    fusionLoss(network, batch, gradient);
    let worst = 0;
    for (let k = 0; k < gradient.length; k += 3) {
      const held = network.parameters[k]!;
      network.parameters[k] = held + 1e-5;
      const up = fusionLoss(network, batch, null);
      network.parameters[k] = held - 1e-5;
      const down = fusionLoss(network, batch, null);
      network.parameters[k] = held;
      worst = Math.max(worst, Math.abs((up - down) / 2e-5 - gradient[k]!));
    }
    expect(worst).toBeLessThan(1e-6);
    expect(gradient.some((g) => Math.abs(g) > 1e-3)).toBe(true);
  });

  it('switches a constant modality off and declines what says nothing', () => {
    const data = shop(['fair']);
    const constant = {
      name: 'constant',
      width: D,
      vectors: new Float32Array(data.items * D).fill(0.25),
      present: new Uint8Array(data.items).fill(1),
    };
    const { fusion } = trainFusion(
      { ...data, modalities: [...data.modalities, constant] },
      { dimension: D, seed: 1, epochs: 1 },
    );
    expect(fusion.modalities.find((m) => m.name === 'constant')!.bias).toBeNull();
    expect(() => trainFusion({ ...data, modalities: [constant] }, { dimension: D, seed: 1 })).toThrow(NothingToLearn);
    const few = { a: data.pairs.a.slice(0, 5), b: data.pairs.b.slice(0, 5), weight: data.pairs.weight.slice(0, 5) };
    expect(() => trainFusion({ ...data, pairs: few }, { dimension: D, seed: 1 })).toThrow('at least 30');
  });
});
