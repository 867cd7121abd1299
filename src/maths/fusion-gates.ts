import type { GateTuning, TrainingModality } from './fusion-data.js';
import { addMapped, type GatedFusion, gatesOf } from './gated-fusion.js';
import { seededRandom, shuffle } from './random.js';
import { dot, norm } from './vectors.js';

/** What may be added to a modality's bias. None is ever switched off: a picture or sentence by itself must still find its place. */
const STEPS = [-3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2];
/** Fewer pairs cannot tell one step from the next. */
const LEAST_PAIRS = 50;
const MOST_PAIRS = 600;
/** A partner is looked for among so many other items, drawn by chance. */
const MOST_OTHERS = 2_000;
const MOST_ROUNDS = 4;
/** A step is taken when hits and order gain so much together. */
const LEAST_GAIN = 0.005;
const SHOWN = 20;

/** Mapped vectors and logits of the items that take part. */
class Parts {
  private readonly logits: Float64Array;
  private readonly mapped: Float32Array;
  private readonly modalities: number;
  readonly fused: Float32Array;

  constructor(
    private readonly fusion: GatedFusion,
    modalities: readonly TrainingModality[],
    categories: readonly (string | undefined)[],
    private readonly items: Int32Array,
  ) {
    const { dimension } = fusion;
    const count = fusion.modalities.length;
    this.modalities = count;
    this.logits = new Float64Array(items.length * count).fill(Number.NEGATIVE_INFINITY);
    this.mapped = new Float32Array(items.length * count * dimension);
    this.fused = new Float32Array(items.length * dimension);
    const given = new Map(modalities.map((m) => [m.name, m]));
    items.forEach((item, row) => {
      const parts = new Map<string, Float32Array>();
      for (const { name } of fusion.modalities) {
        const m = given.get(name);
        if (m?.present[item] === 1) parts.set(name, m.vectors.subarray(item * m.width, (item + 1) * m.width));
      }
      for (const [modality, gate] of gatesOf(fusion, parts, categories[item])) {
        const at = row * count + fusion.modalities.indexOf(modality);
        this.logits[at] = Math.log(gate);
        addMapped(modality, parts.get(modality.name)!, 1, this.mapped.subarray(at * dimension, (at + 1) * dimension));
      }
    });
  }

  /** Fuses every item anew with these offsets; an item without any part stays zero. */
  fuse(offsets: readonly number[]): void {
    const { dimension } = this.fusion;
    const count = this.modalities;
    this.fused.fill(0);
    for (let row = 0; row < this.items.length; row++) {
      const out = this.fused.subarray(row * dimension, (row + 1) * dimension);
      for (let k = 0; k < count; k++) {
        // The normaliser of the softmax is left out: the vector is made a unit vector at the end.
        const gate = Math.exp(this.logits[row * count + k]! + offsets[k]!);
        if (gate === 0) continue;
        const from = (row * count + k) * dimension;
        for (let a = 0; a < dimension; a++) out[a]! += gate * this.mapped[from + a]!;
      }
      const length = norm(out);
      if (length > 1e-9) for (let a = 0; a < dimension; a++) out[a]! /= length;
    }
  }

  row(row: number): Float32Array {
    return this.fused.subarray(row * this.fusion.dimension, (row + 1) * this.fusion.dimension);
  }
}

/**
 * How much each modality counts, set by what is wanted in the end: the bias of every modality is moved in steps while a held-back partner is found
 * better (Recall@20 + 2 NDCG@20 among at most 2,000 other items, both directions). The loss that gates are learned with looks at all items alike, a list only at its head.
 * The pairs must not have been learned from. Offsets are 0 for fewer than 50 pairs, or when nothing gains .005.
 * Cost: (modalities · 10 · rounds) · (pairs · others + others · modalities) · d.
 */
export function tuneGates(
  fusion: GatedFusion,
  data: { items: number; modalities: readonly TrainingModality[]; categories: readonly (string | undefined)[] },
  pairs: { readonly a: ArrayLike<number>; readonly b: ArrayLike<number> },
  seed: number,
): GateTuning {
  const still = fusion.modalities.map(() => 0);
  const on = fusion.modalities.flatMap(({ bias }, k) => (bias === null ? [] : [k]));
  if (pairs.a.length < LEAST_PAIRS || on.length < 2) return { offsets: still, before: 0, after: 0 };
  const random = seededRandom(seed);
  const chosen = shuffle(
    Int32Array.from({ length: pairs.a.length }, (_, e) => e),
    random,
  ).subarray(0, MOST_PAIRS);
  const others = shuffle(
    Int32Array.from({ length: data.items }, (_, i) => i),
    random,
  ).subarray(0, MOST_OTHERS);
  const items = Int32Array.from(new Set([...others, ...Array.from(chosen, (e) => [pairs.a[e]!, pairs.b[e]!]).flat()]));
  const rows = new Map(Array.from(items, (item, row) => [item, row]));
  const parts = new Parts(fusion, data.modalities, data.categories, items);
  const value = (offsets: readonly number[]): number => {
    parts.fuse(offsets);
    let sum = 0;
    for (const e of chosen) {
      const [a, b] = [rows.get(pairs.a[e]!)!, rows.get(pairs.b[e]!)!];
      sum += found(parts, a, b, others.length) + found(parts, b, a, others.length);
    }
    return sum / (2 * chosen.length);
  };
  const before = value(still);
  let best = { offsets: still, value: before };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const from = best.value;
    for (const k of on)
      for (const step of STEPS) {
        const offsets = best.offsets.with(k, step);
        const now = value(offsets);
        if (now > best.value + LEAST_GAIN) best = { offsets, value: now };
      }
    if (best.value === from) break;
  }
  return { offsets: best.offsets, before, after: best.value };
}

/** What one partner's place is worth: 1 + 2 / log₂(place + 1) within the first 20. */
function found(parts: Parts, query: number, target: number, others: number): number {
  const asked = parts.row(query);
  const own = dot(asked, parts.row(target));
  let rank = 0;
  // The first rows are the others; partners of further pairs behind them are nobody's rivals.
  for (let row = 0; row < others && rank < SHOWN; row++)
    if (row !== query && row !== target && dot(asked, parts.row(row)) > own) rank++;
  return rank < SHOWN ? 1 + 2 / Math.log2(rank + 2) : 0;
}
