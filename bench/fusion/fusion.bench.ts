import type { FusionTrainingData } from '../../src/maths/fusion-data.js';
import { trainFusion } from '../../src/maths/maths.api.js';
import { seededRandom } from '../../src/maths/random.js';

/**
 * How long fusion takes to learn, in one thread, with a catalogue's size: made-up modalities of one latent taste with more or less noise, six pairs of things that go
 * together an item. `--items` (2000,10000), `--width` of a vector (256), `--modalities` (3), `--pairs` an item (6).
 */
export const run = async (options: Record<string, string>) => {
  const width = Number(options.width ?? 256);
  const modalities = Number(options.modalities ?? 3);
  const rows = (options.items ?? '2000,10000').split(',').map((items) => {
    const data = madeData(Number(items), width, modalities, Number(options.pairs ?? 6));
    const before = process.cpuUsage();
    const began = performance.now();
    const learned = trainFusion(data, { dimension: width, seed: 1 });
    const { user, system } = process.cpuUsage(before);
    return {
      items: data.items,
      modalities,
      width,
      pairs: data.pairs.a.length,
      rounds: learned.epochs,
      seconds: Math.round((performance.now() - began) / 100) / 10,
      'processor s': Math.round((user + system) / 1e5) / 10,
      'resident MB': Math.round(process.memoryUsage.rss() / 2 ** 20),
    };
  });
  return { rows };
};

/** Items of a hundred tastes; each modality shows the taste, the later ones with more noise. */
const madeData = (items: number, width: number, count: number, pairsAnItem: number): FusionTrainingData => {
  const random = seededRandom(3);
  const tastes = Array.from({ length: 100 }, () => Float32Array.from({ length: width }, () => random.normal()));
  const modalities = Array.from({ length: count }, (_, m) => {
    const vectors = new Float32Array(items * width);
    for (let i = 0; i < items; i++) {
      let length = 0;
      for (let c = 0; c < width; c++) {
        const value = tastes[i % 100]![c]! + (1 + m) * random.normal();
        vectors[i * width + c] = value;
        length += value * value;
      }
      for (let c = 0; c < width; c++) vectors[i * width + c]! /= Math.sqrt(length);
    }
    return { name: `m${m}`, width, vectors, present: new Uint8Array(items).fill(1) };
  });
  const pairs = items * pairsAnItem;
  const a = Int32Array.from({ length: pairs }, () => random.below(items));
  const b = a.map((item) => (item % 100) + 100 * random.below(Math.floor(items / 100)));
  return {
    items,
    modalities,
    categories: new Array(items).fill(undefined),
    pairs: { a, b, weight: new Float32Array(pairs).fill(1) },
  };
};
