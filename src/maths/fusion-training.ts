import {
  type FusionTrainingData,
  type FusionTrainingOptions,
  NothingToLearn,
  type TrainedFusion,
} from './fusion-data.js';
import { tuneGates } from './fusion-gates.js';
import { type FusionBatch, fusionLoss } from './fusion-loss.js';
import { FusionNetwork } from './fusion-network.js';
import { type Random, seededRandom, shuffle } from './random.js';

const dropped = (network: FusionNetwork, item: number, rate: number, random: Random): number => {
  let mask = 0;
  const present: number[] = [];
  for (let k = 0; k < network.layouts.length; k++) {
    if (!network.usable(k, item)) continue;
    present.push(k);
    if (random.next() >= rate) mask |= 1 << k;
  }
  if (mask === 0 && present.length > 0) mask = 1 << present[random.below(present.length)]!;
  return mask;
};

/** Pairs looked at in one round, drawn anew each time. */
const MOST_A_ROUND = 20_000;

/** Each unordered pair of two different items once, with its weights added up. */
function distinctPairs(data: FusionTrainingData): { a: Int32Array; b: Int32Array; weight: Float64Array } {
  const sums = new Map<number, number>();
  for (let e = 0; e < data.pairs.a.length; e++) {
    const a = Math.min(data.pairs.a[e]!, data.pairs.b[e]!);
    const b = Math.max(data.pairs.a[e]!, data.pairs.b[e]!);
    const weight = data.pairs.weight[e]!;
    if (a !== b && Number.isFinite(weight) && weight > 0)
      sums.set(a * data.items + b, (sums.get(a * data.items + b) ?? 0) + weight);
  }
  const ids = [...sums.keys()].sort((x, y) => x - y);
  return {
    a: Int32Array.from(ids, (id) => Math.floor(id / data.items)),
    b: Int32Array.from(ids, (id) => id % data.items),
    weight: Float64Array.from(ids, (id) => sums.get(id)!),
  };
}

/**
 * Learns gates and maps from co-engagement pairs: Adam, modality dropout, a tenth of the pairs held back, the epoch with the least loss on them kept.
 * The rank of the learned correction grows with the number of pairs (one for each 40 different ones, at most 16): a very small shop learns gates alone.
 * At the end the gates are set by how well partners are found that nothing was learned from (`tuneGates`).
 * @throws NothingToLearn for fewer than 30 pairs or two usable items; Error when numbers stop being finite. Cost epochs · min(pairs, 20,000) · (batch · d + d · rank).
 */
export function trainFusion(data: FusionTrainingData, options: FusionTrainingOptions): TrainedFusion {
  const {
    dimension,
    seed,
    epochs = 12,
    temperature = 0.1,
    dropout = 0.2,
    rate = 0.01,
    pairsPerRank = 40,
    mapSpeed = 0.1,
  } = options;
  if (data.modalities.length === 0) throw new NothingToLearn('no item has a vector');
  if (data.modalities.length > 30)
    throw new NothingToLearn(`${data.modalities.length} modalities; at most 30 can be told apart`);
  const pairs = distinctPairs(data);
  const count = pairs.a.length;
  if (count < 30)
    throw new NothingToLearn(`${count} pairs of items that people engaged with together; at least 30 are needed`);
  const random = seededRandom(seed);
  const rank = Math.min(16, Math.floor(count / pairsPerRank));
  const network = new FusionNetwork(data, dimension, rank, random);
  if (!network.scales.some((s) => s > 0)) throw new NothingToLearn('every modality is the same for all items');
  const drawn = new Float64Array(data.items).fill(1e-3);
  let all = 0;
  for (let e = 0; e < count; e++) {
    drawn[pairs.a[e]!]! += pairs.weight[e]!;
    drawn[pairs.b[e]!]! += pairs.weight[e]!;
    all += 2 * pairs.weight[e]!;
  }
  const logQ = drawn.map((v) => Math.log(v / all));
  // In a small shop nearly everything has met once: a known partner is one met at least twice as often as chance would have it.
  const partners = new Set<number>();
  for (let e = 0; e < count; e++) {
    const a = pairs.a[e]!;
    const b = pairs.b[e]!;
    if (pairs.weight[e]! * all > drawn[a]! * drawn[b]!) partners.add(a * data.items + b).add(b * data.items + a);
  }
  const typical = all / 2 / count;
  const order = shuffle(
    Int32Array.from({ length: count }, (_, k) => k),
    random,
  );
  const heldCount = Math.min(1024, Math.max(6, Math.floor(count / 10)));
  const held = order.slice(0, heldCount);
  const used = order.slice(heldCount);
  const size = Math.max(8, Math.min(options.batch ?? 128, used.length));
  const batchOf = (indices: Int32Array, drop: number): FusionBatch => {
    const a = Int32Array.from(indices, (e) => pairs.a[e]!);
    const b = Int32Array.from(indices, (e) => pairs.b[e]!);
    return {
      a,
      b,
      logQ,
      temperature,
      weight: Float32Array.from(indices, (e) => Math.min(10, pairs.weight[e]! / typical)),
      maskA: Int32Array.from(a, (i) => dropped(network, i, drop, random)),
      maskB: Int32Array.from(b, (i) => dropped(network, i, drop, random)),
      partners: (i, k) => partners.has(i * data.items + k),
    };
  };
  const judgeHeld = (): number => {
    let sum = 0;
    let batches = 0;
    for (let from = 0; from < held.length; from += 256) {
      sum += fusionLoss(network, batchOf(held.slice(from, from + 256), 0), null);
      batches++;
    }
    return sum / batches;
  };
  const p = network.parameters;
  const first = new Float64Array(p.length);
  const second = new Float64Array(p.length);
  const gradient = new Float64Array(p.length);
  // Gates are few and may move fast; maps and attention are many and are held near where they start.
  const speed = new Float64Array(p.length).fill(mapSpeed);
  const pull = new Float64Array(p.length).fill(1e-3);
  network.layouts.forEach((layout) => {
    speed[layout.bias] = 5;
    pull[layout.bias] = 0;
    for (let c = 0; c < network.categories.length; c++) {
      speed[layout.categories + c] = 1;
      pull[layout.categories + c] = 3e-3;
    }
  });
  const losses = [judgeHeld()];
  let best = { loss: losses[0]!, parameters: p.slice(), epoch: 0 };
  // A small set of pairs gets more rounds, so that gates have steps enough to settle.
  const rounds = Math.max(epochs, Math.min(60, Math.ceil((250 * size) / used.length)));
  let step = 0;
  for (let epoch = 1; epoch <= rounds; epoch++) {
    shuffle(used, random);
    for (let from = 0; from + size <= Math.min(used.length, MOST_A_ROUND + size); from += size) {
      gradient.fill(0);
      const loss = fusionLoss(network, batchOf(used.slice(from, from + size), dropout), gradient);
      if (!Number.isFinite(loss)) throw new NothingToLearn(`the loss is ${loss} in round ${epoch}`);
      step++;
      const c1 = 1 / (1 - 0.9 ** step);
      const c2 = 1 / (1 - 0.999 ** step);
      const now = rate * (0.1 + 0.9 * (0.5 + 0.5 * Math.cos((Math.PI * (epoch - 1)) / rounds)));
      for (let k = 0; k < p.length; k++) {
        const g = gradient[k]! + pull[k]! * p[k]!;
        first[k] = 0.9 * first[k]! + 0.1 * g;
        second[k] = 0.999 * second[k]! + 0.001 * g * g;
        p[k]! -= (now * speed[k]! * first[k]! * c1) / (Math.sqrt(second[k]! * c2) + 1e-8);
      }
    }
    const loss = judgeHeld();
    losses.push(loss);
    options.progress?.(epoch, loss);
    if (loss < best.loss) best = { loss, parameters: p.slice(), epoch };
    else if (epoch - best.epoch >= 8) break;
  }
  p.set(best.parameters);
  const tuneOn = options.tuneOn ?? { a: held.map((e) => pairs.a[e]!), b: held.map((e) => pairs.b[e]!) };
  const gates = tuneGates(network.toGatedFusion(), data, tuneOn, seed);
  network.layouts.forEach((layout, k) => {
    p[layout.bias]! += gates.offsets[k]!;
  });
  return { fusion: network.toGatedFusion(), weights: network.meanGates(), epochs: best.epoch, rank, losses, gates };
}
