import type { FusionTrainingData, TrainedFusion, TrainingModality } from './fusion-data.js';
import type { GatedFusion, GatedModality } from './gated-fusion.js';
import type { Random } from './random.js';

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
