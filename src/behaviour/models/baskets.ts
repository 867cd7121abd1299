import { seededRandom, shuffle } from '../../maths/random.js';

/** How often things were bought, alone and together, over `baskets` baskets. */
export interface BasketCounts {
  readonly items: number;
  readonly baskets: number;
  readonly single: Float64Array;
  /** pairs[a].get(b) = baskets with both; symmetric. */
  readonly pairs: readonly ReadonlyMap<number, number>[];
}

/** Counts distinct items a basket. Cost Σ (basket size)². */
export function countBaskets(items: number, baskets: readonly (readonly number[])[]): BasketCounts {
  const single = new Float64Array(items);
  const pairs = Array.from({ length: items }, () => new Map<number, number>());
  for (const basket of baskets) {
    const distinct = [...new Set(basket)];
    for (const a of distinct) {
      single[a]!++;
      const row = pairs[a]!;
      for (const b of distinct) if (b !== a) row.set(b, (row.get(b) ?? 0) + 1);
    }
  }
  return { items, baskets: baskets.length, single, pairs };
}

/**
 * Dunning's log-likelihood ratio 2[H(cells) − H(rows) − H(columns)] of two things' co-occurrence; above 10.83 chance is ruled out at p .001.
 * Says whether there is an association, not how large it is.
 */
export function logLikelihoodRatio(both: number, a: number, b: number, total: number): number {
  const h = (...k: number[]): number => {
    const n = k.reduce((s, v) => s + v, 0);
    return k.reduce((s, v) => (v > 0 ? s + v * Math.log(v / n) : s), 0);
  };
  const cells = [both, a - both, b - both, total - a - b + both] as const;
  return 2 * (h(...cells) - h(cells[0] + cells[1], cells[2] + cells[3]) - h(cells[0] + cells[2], cells[1] + cells[3]));
}

/** Σ over the basket of n_ab / (n_a^alpha · n_b^(1 − alpha)): alpha 1 is confidence, .5 cosine. */
export function affinity(counts: BasketCounts, basket: readonly number[], alpha: number): Float64Array {
  const scores = new Float64Array(counts.items);
  for (const a of basket) {
    const na = counts.single[a]!;
    for (const [b, n] of counts.pairs[a]!) scores[b]! += n / (na ** alpha * counts.single[b]! ** (1 - alpha));
  }
  return scores;
}

export interface LogLinearParameters {
  /** Pull of the pair weights towards 0, a case. */
  ridge: number;
  /** The sum over the rest of a basket is divided by size^damping. */
  damping: number;
  epochs: number;
  seed: number;
}

/**
 * Conditional log-linear model of a basket: p(t | rest) ∝ exp(b_t + Σ_{i ∈ rest} w_it / |rest|^damping), fitted to every (rest, t) of the training baskets by
 * full softmax with Adam. Unlike confidence it learns which of several things in a basket explains the next. Memory items², cost an epoch: entries · items · basket size.
 */
export class LogLinearBaskets {
  private constructor(
    readonly items: number,
    private readonly bias: Float64Array,
    private readonly weights: Float32Array,
    private readonly damping: number,
  ) {}

  static fit(
    items: number,
    baskets: readonly (readonly number[])[],
    parameters: LogLinearParameters,
  ): LogLinearBaskets {
    const { ridge, damping, epochs, seed } = parameters;
    const usable = baskets.map((b) => [...new Set(b)]).filter((b) => b.length > 1);
    const counts = countBaskets(items, baskets);
    const bias = Float64Array.from(counts.single, (n) => Math.log((n + 0.5) / (counts.baskets + 1)));
    const model = new LogLinearBaskets(items, bias, new Float32Array(items * items), damping);
    const random = seededRandom(seed);
    const order = Int32Array.from(usable.keys());
    const gradient = new Float32Array(items * items);
    const first = new Float32Array(items * items);
    const second = new Float32Array(items * items);
    const biasGradient = new Float64Array(items);
    const batch = Math.max(32, Math.min(256, usable.length >> 4));
    let steps = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle(order, random);
      const rate = 0.02 * (0.5 + 0.5 * Math.cos((Math.PI * epoch) / epochs)) + 0.0005;
      for (let from = 0; from < order.length; from += batch) {
        gradient.fill(0);
        biasGradient.fill(0);
        let cases = 0;
        for (const k of order.subarray(from, from + batch)) {
          const basket = usable[k]!;
          for (const target of basket) {
            model.accumulate(basket, target, gradient, biasGradient);
            cases++;
          }
        }
        steps++;
        const c1 = 1 / (1 - 0.9 ** steps);
        const c2 = 1 / (1 - 0.999 ** steps);
        for (let i = 0; i < gradient.length; i++) {
          const g = gradient[i]! / cases + ridge * model.weights[i]!;
          first[i] = 0.9 * first[i]! + 0.1 * g;
          second[i] = 0.999 * second[i]! + 0.001 * g * g;
          model.weights[i]! -= (rate * first[i]! * c1) / (Math.sqrt(second[i]! * c2) + 1e-8);
        }
        for (let j = 0; j < items; j++) bias[j]! -= (rate * 5 * biasGradient[j]!) / cases;
      }
    }
    return model;
  }

  /** Adds the gradient of −log p(target | the rest of the basket). */
  private accumulate(
    basket: readonly number[],
    target: number,
    gradient: Float32Array,
    biasGradient: Float64Array,
  ): void {
    const n = this.items;
    const rest = basket.filter((i) => i !== target);
    const scores = this.score(rest);
    let highest = Number.NEGATIVE_INFINITY;
    const inRest = new Set(rest);
    for (let j = 0; j < n; j++) if (!inRest.has(j) && scores[j]! > highest) highest = scores[j]!;
    let total = 0;
    for (let j = 0; j < n; j++) {
      scores[j] = inRest.has(j) ? 0 : Math.exp(scores[j]! - highest);
      total += scores[j]!;
    }
    const scale = 1 / rest.length ** this.damping;
    for (let j = 0; j < n; j++) {
      const error = scores[j]! / total - (j === target ? 1 : 0);
      biasGradient[j]! += error;
      scores[j] = error * scale;
    }
    for (const i of rest) {
      const row = gradient.subarray(i * n, (i + 1) * n);
      for (let j = 0; j < n; j++) row[j]! += scores[j]!;
    }
  }

  /** Log-scores (not normalised) of every item given what is in the basket. */
  score(rest: readonly number[]): Float64Array {
    const n = this.items;
    const scores = Float64Array.from(this.bias);
    if (rest.length === 0) return scores;
    const scale = 1 / rest.length ** this.damping;
    for (const i of rest) {
      const row = this.weights.subarray(i * n, (i + 1) * n);
      for (let j = 0; j < n; j++) scores[j]! += scale * row[j]!;
    }
    return scores;
  }
}
