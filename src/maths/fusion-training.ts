import type { GatedFusion, GatedModality } from './gated-fusion.js';
import { type Random, seededRandom, shuffle } from './random.js';

/** Pooled unit vectors of one modality, (items, width); items without it have `present[i] = 0`. */
export interface TrainingModality {
  readonly name: string;
  readonly width: number;
  readonly vectors: Float32Array;
  readonly present: Uint8Array;
}

export interface FusionTrainingData {
  readonly items: number;
  readonly modalities: readonly TrainingModality[];
  /** Category path of each item, or undefined. */
  readonly categories: readonly (string | undefined)[];
  /** Co-engagement pairs (a, b), directions both learned. */
  readonly pairs: { readonly a: Int32Array; readonly b: Int32Array; readonly weight: Float32Array };
}

export interface FusionTrainingOptions {
  /** Numbers a fused vector has; modalities of this width start from the identity, others from a seeded random map. */
  dimension: number;
  seed: number;
  epochs?: number;
  batch?: number;
  temperature?: number;
  dropout?: number;
  rate?: number;
  /** Pairs for each rank of the learned correction. */
  pairsPerRank?: number;
  /** Speed of the maps and of attention beside that of gates. */
  mapSpeed?: number;
  progress?: (epoch: number, loss: number) => void;
}

export interface TrainedFusion {
  readonly fusion: GatedFusion;
  /** Mean gate by modality over the items that have it, and by top category. */
  readonly weights: { modality: string; mean: number; byCategory: Record<string, number> }[];
  readonly epochs: number;
  readonly rank: number;
  readonly losses: readonly number[];
}

/** Why nothing can be learned from what was given. */
export class NothingToLearn extends Error {}

interface Layout {
  bias: number;
  attention: number;
  up: number;
  down: number;
  categories: number;
}

const meanOf = (m: TrainingModality, items: number): Float32Array => {
  const mean = new Float64Array(m.width);
  let count = 0;
  for (let i = 0; i < items; i++) {
    if (!m.present[i]) continue;
    count++;
    for (let c = 0; c < m.width; c++) mean[c]! += m.vectors[i * m.width + c]!;
  }
  return Float32Array.from(mean, (v) => v / Math.max(1, count));
};

/**
 * The gated maps of `gated-fusion.ts` as a function of one flat parameter vector, with its gradient by hand.
 *
 * W_m = s_m (R_m + U_m V_m): R_m the identity or a fixed random map, U (d, r) and V (r, d_m) a learned correction of rank r, so that little data moves little.
 * s_m gives every centred modality mean length 1 and is not learned: gates then say how much each modality counts.
 */
export class FusionNetwork {
  readonly parameters: Float64Array;
  readonly layouts: readonly Layout[];
  readonly categories: readonly string[];
  private readonly categoryOf: Int32Array;
  readonly means: readonly Float32Array[];
  readonly scales: readonly number[];
  /** Centred vectors times s_m, (items, width). */
  private readonly centred: readonly Float32Array[];
  /** R_m times the above, (items, d). */
  private readonly base: readonly Float32Array[];
  readonly randomMaps: readonly (Float32Array | null)[];

  constructor(
    readonly data: FusionTrainingData,
    readonly dimension: number,
    readonly rank: number,
    random: Random,
  ) {
    const { items, modalities } = data;
    const counts = new Map<string, number>();
    const tops = data.categories.map((c) => c?.split(' > ')[0]);
    for (const top of tops) if (top) counts.set(top, (counts.get(top) ?? 0) + 1);
    this.categories = [...counts]
      .filter(([, n]) => n >= 10)
      .map(([c]) => c)
      .sort();
    const numbers = new Map(this.categories.map((c, k) => [c, k]));
    this.categoryOf = Int32Array.from(tops, (t) => (t === undefined ? -1 : (numbers.get(t) ?? -1)));
    this.means = modalities.map((m) => meanOf(m, items));
    this.scales = modalities.map((m, k) => {
      let sum = 0;
      let count = 0;
      for (let i = 0; i < items; i++) {
        if (!m.present[i]) continue;
        let square = 0;
        for (let c = 0; c < m.width; c++) square += (m.vectors[i * m.width + c]! - this.means[k]![c]!) ** 2;
        sum += Math.sqrt(square);
        count++;
      }
      return sum > 1e-6 * count && count > 0 ? count / sum : 0;
    });
    this.centred = modalities.map((m, k) => {
      const out = new Float32Array(items * m.width);
      for (let i = 0; i < items; i++)
        if (m.present[i])
          for (let c = 0; c < m.width; c++)
            out[i * m.width + c] = this.scales[k]! * (m.vectors[i * m.width + c]! - this.means[k]![c]!);
      return out;
    });
    this.randomMaps = modalities.map((m) =>
      m.width === dimension
        ? null
        : Float32Array.from({ length: dimension * m.width }, () => random.normal() / Math.sqrt(dimension)),
    );
    this.base = modalities.map((m, k) => {
      const map = this.randomMaps[k];
      if (!map) return this.centred[k]!;
      const out = new Float32Array(items * dimension);
      for (let i = 0; i < items; i++) {
        if (!m.present[i]) continue;
        for (let r = 0; r < dimension; r++) {
          let s = 0;
          for (let c = 0; c < m.width; c++) s += map[r * m.width + c]! * this.centred[k]![i * m.width + c]!;
          out[i * dimension + r] = s;
        }
      }
      return out;
    });
    let at = 0;
    this.layouts = modalities.map((m) => {
      const layout = { bias: at, attention: at + 1, categories: at + 1 + m.width, up: 0, down: 0 };
      layout.up = layout.categories + this.categories.length;
      layout.down = layout.up + dimension * rank;
      at = layout.down + rank * m.width;
      return layout;
    });
    this.parameters = new Float64Array(at);
    this.layouts.forEach((layout, k) => {
      for (let p = layout.down; p < layout.down + rank * modalities[k]!.width; p++)
        this.parameters[p] = random.normal() / Math.sqrt(modalities[k]!.width);
    });
  }

  /** A modality that never varies says nothing and is left out. */
  usable(k: number, item: number): boolean {
    return this.scales[k]! > 0 && this.data.modalities[k]!.present[item] === 1;
  }

  /** Fuses one item from the modalities whose bit is set in `mask`; null when none is left. */
  forward(item: number, mask: number): Fusing | null {
    const { dimension: d, rank, parameters: p } = this;
    const parts: FusingPart[] = [];
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < this.layouts.length; k++) {
      if (!(mask & (1 << k)) || !this.usable(k, item)) continue;
      const layout = this.layouts[k]!;
      const { width, vectors } = this.data.modalities[k]!;
      let logit = p[layout.bias]!;
      for (let c = 0; c < width; c++) logit += p[layout.attention + c]! * vectors[item * width + c]!;
      const category = this.categoryOf[item]!;
      if (category >= 0) logit += p[layout.categories + category]!;
      const hidden = new Float64Array(rank);
      const x = this.centred[k]!;
      for (let r = 0; r < rank; r++) {
        let s = 0;
        for (let c = 0; c < width; c++) s += p[layout.down + r * width + c]! * x[item * width + c]!;
        hidden[r] = s;
      }
      const mapped = new Float64Array(d);
      const base = this.base[k]!;
      for (let a = 0; a < d; a++) {
        let s = base[item * d + a]!;
        for (let r = 0; r < rank; r++) s += p[layout.up + a * rank + r]! * hidden[r]!;
        mapped[a] = s;
      }
      parts.push({ k, gate: logit, hidden, mapped });
      highest = Math.max(highest, logit);
    }
    if (parts.length === 0) return null;
    let total = 0;
    for (const part of parts) total += part.gate = Math.exp(part.gate - highest);
    const vector = new Float64Array(d);
    for (const part of parts) {
      part.gate /= total;
      for (let a = 0; a < d; a++) vector[a]! += part.gate * part.mapped[a]!;
    }
    let length = 0;
    for (let a = 0; a < d; a++) length += vector[a]! * vector[a]!;
    length = Math.sqrt(length) + 1e-12;
    for (let a = 0; a < d; a++) vector[a]! /= length;
    return { item, parts, vector, length };
  }

  /** Adds to `gradient` what a gradient `from` with respect to the fused unit vector means for every parameter. */
  backward(fusing: Fusing, from: Float64Array, gradient: Float64Array): void {
    const { dimension: d, rank, parameters: p } = this;
    const { item, parts, vector, length } = fusing;
    let along = 0;
    for (let a = 0; a < d; a++) along += from[a]! * vector[a]!;
    const df = new Float64Array(d);
    for (let a = 0; a < d; a++) df[a] = (from[a]! - along * vector[a]!) / length;
    const pulls = parts.map((part) => {
      let s = 0;
      for (let a = 0; a < d; a++) s += df[a]! * part.mapped[a]!;
      return s;
    });
    const average = parts.reduce((s, part, k) => s + part.gate * pulls[k]!, 0);
    for (const [n, part] of parts.entries()) {
      const layout = this.layouts[part.k]!;
      const { width, vectors } = this.data.modalities[part.k]!;
      const dLogit = part.gate * (pulls[n]! - average);
      gradient[layout.bias]! += dLogit;
      for (let c = 0; c < width; c++) gradient[layout.attention + c]! += dLogit * vectors[item * width + c]!;
      const category = this.categoryOf[item]!;
      if (category >= 0) gradient[layout.categories + category]! += dLogit;
      const x = this.centred[part.k]!;
      for (let r = 0; r < rank; r++) {
        let dHidden = 0;
        for (let a = 0; a < d; a++) {
          dHidden += df[a]! * p[layout.up + a * rank + r]!;
          gradient[layout.up + a * rank + r]! += part.gate * df[a]! * part.hidden[r]!;
        }
        dHidden *= part.gate;
        for (let c = 0; c < width; c++) gradient[layout.down + r * width + c]! += dHidden * x[item * width + c]!;
      }
    }
  }

  /** The learned model in the form that serves. @throws Error when a number is not finite. */
  toGatedFusion(): GatedFusion {
    const { dimension: d, rank, parameters: p } = this;
    if (!p.every(Number.isFinite)) throw new Error('training ended in numbers that are not finite');
    const modalities = this.data.modalities.map((m, k): GatedModality => {
      const layout = this.layouts[k]!;
      const on = this.scales[k]! > 0;
      const moved = p.subarray(layout.up, layout.up + d * rank).some((v) => v !== 0);
      let map: Float32Array | null = null;
      if (on && (moved || this.randomMaps[k])) {
        map = this.randomMaps[k]?.slice() ?? new Float32Array(d * m.width);
        if (!this.randomMaps[k]) for (let a = 0; a < d; a++) map[a * m.width + a] = 1;
        for (let a = 0; a < d; a++) {
          for (let r = 0; r < rank; r++) {
            const u = p[layout.up + a * rank + r]!;
            if (u !== 0)
              for (let c = 0; c < m.width; c++) map[a * m.width + c]! += u * p[layout.down + r * m.width + c]!;
          }
        }
      }
      const attention = Float32Array.from(p.subarray(layout.attention, layout.attention + m.width));
      return {
        name: m.name,
        inputDimension: m.width,
        mean: this.means[k]!,
        map,
        scale: on ? this.scales[k]! : 1,
        bias: on ? p[layout.bias]! : null,
        categoryBias: Object.fromEntries(this.categories.map((c, n) => [c, p[layout.categories + n]!])),
        attention: attention.some((v) => v !== 0) ? attention : null,
      };
    });
    return { dimension: d, modalities };
  }

  /** Mean gates over items with everything they have. */
  meanGates(): TrainedFusion['weights'] {
    const sums = this.layouts.map(() => new Map<string, { sum: number; count: number }>());
    const add = (k: number, key: string, gate: number): void => {
      const s = sums[k]!.get(key) ?? { sum: 0, count: 0 };
      s.sum += gate;
      s.count++;
      sums[k]!.set(key, s);
    };
    for (let i = 0; i < this.data.items; i++) {
      for (const part of this.forward(i, -1)?.parts ?? []) {
        add(part.k, '', part.gate);
        const category = this.categoryOf[i]!;
        if (category >= 0) add(part.k, this.categories[category]!, part.gate);
      }
    }
    return this.data.modalities.map((m, k) => {
      const mean = (key: string): number => ((s) => (s ? s.sum / s.count : 0))(sums[k]!.get(key));
      return {
        modality: m.name,
        mean: mean(''),
        byCategory: Object.fromEntries(this.categories.filter((c) => sums[k]!.has(c)).map((c) => [c, mean(c)])),
      };
    });
  }
}

interface FusingPart {
  k: number;
  gate: number;
  hidden: Float64Array;
  mapped: Float64Array;
}

/** One item on its way through the network, with what the way back needs. */
export interface Fusing {
  item: number;
  parts: FusingPart[];
  vector: Float64Array;
  length: number;
}

/** One batch: pairs of items with the modalities that dropout left on each side. */
export interface FusionBatch {
  a: Int32Array;
  b: Int32Array;
  weight: Float32Array;
  maskA: Int32Array;
  maskB: Int32Array;
  /** ln of how often each item is drawn as a partner. */
  logQ: Float64Array;
  temperature: number;
  /** Whether k is a known partner of i and so no negative. */
  partners: (i: number, k: number) => boolean;
}

/**
 * InfoNCE over the batch with popularity correction (Yi 2019): −ln softmax_k(a·b_k/τ − ln q_k) at the own partner, both directions; known partners and the item itself
 * are no negatives. Returns the mean loss and, when `gradient` is given, adds its gradient. Cost pairs² · d + pairs · modalities · d · rank.
 */
export function fusionLoss(network: FusionNetwork, batch: FusionBatch, gradient: Float64Array | null): number {
  const n = batch.a.length;
  const d = network.dimension;
  const sides = [
    Array.from(batch.a, (i, k) => network.forward(i, batch.maskA[k]!)),
    Array.from(batch.b, (i, k) => network.forward(i, batch.maskB[k]!)),
  ] as const;
  const ids = [batch.a, batch.b] as const;
  const from = [
    Array.from({ length: n }, () => new Float64Array(d)),
    Array.from({ length: n }, () => new Float64Array(d)),
  ] as const;
  let loss = 0;
  let mass = 0;
  for (let k = 0; k < n; k++) if (sides[0][k] && sides[1][k]) mass += 2 * batch.weight[k]!;
  if (mass === 0) return 0;
  const logits = new Float64Array(n);
  for (const s of [0, 1] as const) {
    for (let i = 0; i < n; i++) {
      const query = sides[s][i];
      if (!query || !sides[(1 - s) as 0 | 1][i]) continue;
      let highest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < n; k++) {
        const other = sides[(1 - s) as 0 | 1][k];
        const id = ids[(1 - s) as 0 | 1][k]!;
        if (
          !other ||
          (k !== i && (id === ids[s][i] || id === ids[(1 - s) as 0 | 1][i] || batch.partners(ids[s][i]!, id)))
        ) {
          logits[k] = Number.NEGATIVE_INFINITY;
          continue;
        }
        let dot = 0;
        for (let a = 0; a < d; a++) dot += query.vector[a]! * other.vector[a]!;
        logits[k] = dot / batch.temperature - batch.logQ[id]!;
        highest = Math.max(highest, logits[k]!);
      }
      let total = 0;
      for (let k = 0; k < n; k++) total += Math.exp(logits[k]! - highest);
      const share = batch.weight[i]! / mass;
      loss += share * (Math.log(total) + highest - logits[i]!);
      if (!gradient) continue;
      for (let k = 0; k < n; k++) {
        if (logits[k] === Number.NEGATIVE_INFINITY) continue;
        const g = (share * (Math.exp(logits[k]! - highest) / total - (k === i ? 1 : 0))) / batch.temperature;
        if (g === 0) continue;
        const other = sides[(1 - s) as 0 | 1][k]!;
        const toQuery = from[s][i]!;
        const toOther = from[(1 - s) as 0 | 1][k]!;
        for (let a = 0; a < d; a++) {
          toQuery[a]! += g * other.vector[a]!;
          toOther[a]! += g * query.vector[a]!;
        }
      }
    }
  }
  if (gradient)
    for (const s of [0, 1] as const)
      for (const [k, fusing] of sides[s].entries()) if (fusing) network.backward(fusing, from[s][k]!, gradient);
  return loss;
}

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
      if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss} in round ${epoch}`);
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
  return { fusion: network.toGatedFusion(), weights: network.meanGates(), epochs: best.epoch, rank, losses };
}
