import type { GemmEngine } from '../../maths/onnx-gemm.js';
import { seededRandom } from '../../maths/random.js';
import {
  addSparse,
  columnCounts,
  multiplySparse,
  SparseBuilder,
  type SparseMatrix,
} from '../../maths/sparse-matrix.js';
import { topK } from '../../maths/top-k.js';
import { concatenate, contentNeighbours } from '../models/content.js';
import { denseGram, easeWeights } from '../models/ease.js';
import { coEngagement, degreePower, graphFilter, itemKnn } from '../models/graph-filter.js';
import { Ials } from '../models/ials.js';
import { DenseItemItem, FixedScores, type Scorer, SparseItemItem } from '../models/scorer.js';
import type { Axes, Point } from './coordinate-search.js';

/** A modality made ready: standardised rows (items, width). */
export interface PreparedContent {
  readonly name: string;
  readonly width: number;
  readonly values: Float32Array;
}

/** What every model is fitted from. Derived matrices are kept while they are of use. */
export class FitContext {
  readonly degrees: Float64Array;
  private readonly kept = new Map<string, unknown>();

  constructor(
    readonly x: SparseMatrix,
    readonly content: readonly PreparedContent[],
    readonly engine: GemmEngine,
    readonly seed: number,
  ) {
    this.degrees = columnCounts(x);
  }

  /** Computes once and keeps the `most` last used values that share the part of `key` before the first colon. */
  async keep<T>(key: string, most: number, make: () => T | Promise<T>): Promise<T> {
    const group = `${key.split(':', 1)[0]}:`;
    let value = this.kept.get(key) as T | undefined;
    if (value !== undefined) this.kept.delete(key);
    else {
      const others = [...this.kept.keys()].filter((k) => k.startsWith(group));
      for (const old of others.slice(0, Math.max(0, others.length - most + 1))) this.kept.delete(old);
      value = await make();
    }
    this.kept.set(key, value);
    return value;
  }

  forget(group: string): void {
    for (const key of [...this.kept.keys()]) if (key.startsWith(`${group}:`)) this.kept.delete(key);
  }
}

/** One kind of model with the parameters that are searched and how it is fitted. Nothing here knows a data set. */
export interface Family {
  readonly name: string;
  /** Baselines are what one would try first; sources are what the blend may draw on; a family can be both. */
  readonly baseline: boolean;
  readonly source: boolean;
  readonly axes: Axes;
  readonly start: Point;
  /** Most fits while tuning. */
  readonly most: number;
  fit(context: FitContext, point: Point): Promise<Scorer>;
}

/** The `k` largest positive entries of each row of score weights: what serving keeps. Cost n² log k. */
export function keepLargest(
  weights: Float32Array,
  n: number,
  k: number,
  input: Float64Array,
  output: Float64Array,
): SparseMatrix {
  const out = new SparseBuilder(n, n * Math.min(k, n));
  const row = new Float32Array(n);
  const best = new Int32Array(k);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) row[j] = weights[i * n + j]! * input[i]! * output[j]!;
    const count = topK(row, 0, n, k, best);
    for (const j of best.slice(0, count).sort()) if (row[j]! > 0) out.push(j, row[j]!);
    out.endRow();
  }
  return out.finish();
}

/** The `k` largest entries of each row of a sparse matrix. */
export function pruneRows(a: SparseMatrix, k: number): SparseMatrix {
  const out = new SparseBuilder(a.columns, Math.min(a.indices.length, a.rows * k));
  const best = new Int32Array(k);
  for (let r = 0; r < a.rows; r++) {
    const from = a.offsets[r]!;
    const count = topK(a.values, from, a.offsets[r + 1]! - from, k, best);
    for (const e of best.slice(0, count).sort()) out.push(a.indices[from + e]!, a.values[from + e]!);
    out.endRow();
  }
  return out.finish();
}

const doubling = (from: number, to: number): number[] => {
  const values = [];
  for (let v = from; v <= to * 1.001; v *= 2) values.push(v);
  return values;
};

const popularity: Family = {
  name: 'popularity',
  baseline: true,
  source: true,
  axes: {},
  start: {},
  most: 1,
  fit: async ({ degrees }) => new FixedScores(Float32Array.from(degrees)),
};

const random: Family = {
  name: 'random',
  baseline: true,
  source: false,
  axes: {},
  start: {},
  most: 1,
  fit: async ({ x, seed }) => {
    const chance = seededRandom(seed);
    return new FixedScores(Float32Array.from({ length: x.columns }, () => chance.next()));
  },
};

const knn: Family = {
  name: 'item-knn',
  baseline: true,
  source: true,
  axes: { alpha: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], shrink: [0, 5, 20, 60, 200] },
  start: { alpha: 0.7, shrink: 20 },
  most: 14,
  fit: async (c, p) =>
    new SparseItemItem(
      itemKnn(await c.keep('counts:0', 3, () => coEngagement(c.x, 0)), c.degrees, p.alpha!, p.shrink!),
    ),
};

const filterAxes = {
  user: [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5],
  input: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
  output: [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3],
  power: [0.5, 0.7, 0.85, 1, 1.15],
};
const filterOf = async (c: FitContext, p: Point): Promise<SparseMatrix> =>
  graphFilter(await c.keep(`counts:${p.user}`, 3, () => coEngagement(c.x, p.user!)), c.degrees, {
    inputExponent: p.input!,
    outputExponent: p.output!,
    power: p.power!,
  });

const filter: Family = {
  name: 'graph-filter',
  baseline: false,
  source: true,
  axes: filterAxes,
  start: { user: 0.75, input: 0.3, output: 0, power: 0.85 },
  most: 30,
  fit: async (c, p) => new SparseItemItem(await filterOf(c, p)),
};

const ease: Family = {
  name: 'ease',
  baseline: true,
  source: false,
  axes: { lambda: [5, 10, 20, 60, 200, 400, 800, 1600] },
  start: { lambda: 200 },
  most: 6,
  fit: async (c, p) =>
    new DenseItemItem(await easeWeights(c.engine, denseGram(c.x, 0), c.x.columns, p.lambda!), c.x.columns),
};

const easeName = (p: Point): string =>
  `ease:${Object.entries(p)
    .filter(([k]) => k !== 'input' && k !== 'output')
    .flat()
    .join(' ')}`;

/** EASE with people weighted, scores scaled by degree on both sides, and a content prior: G = XᵀD_U^−β X + Σ_m c_m F_m F_mᵀ. */
const easeContent = (modalities: readonly string[]): Family => ({
  name: modalities.length > 0 ? 'ease-content' : 'ease-dan',
  baseline: false,
  source: true,
  axes: {
    lambda: doubling(12.5, 3200),
    user: [0, 0.25, 0.5, 0.75, 1],
    input: [0, 0.1, 0.2, 0.3, 0.4],
    output: [-0.1, 0, 0.1, 0.2, 0.3],
    ...Object.fromEntries(modalities.map((m) => [`content.${m}`, [0, 1.25, 2.5, 5, 10, 20, 40]])),
  },
  start: {
    lambda: 100,
    user: 0.5,
    input: 0.1,
    output: 0.1,
    ...Object.fromEntries(modalities.map((m) => [`content.${m}`, 5])),
  },
  most: 18,
  fit: async (c, p) => {
    const n = c.x.columns;
    const weights = await c.keep(easeName(p), 3, async () => {
      let gram = denseGram(c.x, p.user!);
      const prior = concatenate(
        c.content.map((m) => ({ values: m.values, width: m.width, weight: p[`content.${m.name}`] ?? 0 })),
        n,
      );
      if (prior.width > 0)
        gram = await c.engine.run('C+ABt', prior.values, [n, prior.width], prior.values, [n, prior.width], gram, [
          n,
          n,
        ]);
      return easeWeights(c.engine, gram, n, p.lambda!);
    });
    return new DenseItemItem(
      weights,
      n,
      degreePower(
        c.degrees.map((d) => Math.max(1, d)),
        -p.input!,
      ),
      degreePower(
        c.degrees.map((d) => Math.max(1, d)),
        p.output!,
      ),
    );
  },
});

const ials: Family = {
  name: 'ials',
  baseline: true,
  source: true,
  axes: { lambda: [0.0025, 0.005, 0.01, 0.02, 0.04], alpha0: [0.01, 0.02, 0.03, 0.05, 0.1, 0.2], dimension: [64, 128] },
  start: { lambda: 0.01, alpha0: 0.05, dimension: 64 },
  most: 8,
  fit: (c, p) =>
    Ials.fit(
      c.x,
      { dimension: p.dimension!, alpha0: p.alpha0!, lambda: p.lambda!, nu: 1, sweeps: 8, seed: c.seed },
      c.engine,
    ),
};

const contentOnly = (name: string, weights: Readonly<Record<string, number>>): Family => ({
  name,
  baseline: true,
  source: Object.keys(weights).length === 1,
  axes: { k: [10, 25, 50, 100, 200] },
  start: { k: 50 },
  most: 5,
  fit: async (c, p) => {
    const n = c.x.columns;
    const joined = concatenate(
      c.content
        .filter((m) => weights[m.name])
        .map((m) => ({ values: m.values, width: m.width, weight: weights[m.name]! })),
      n,
    );
    return new SparseItemItem(await contentNeighbours(c.engine, joined.values, joined.width, n, p.k!));
  },
});

/**
 * Two steps on the graph filter, each row cut to its 200 largest weights: x(B + s·B²) with B² scaled to the mass of B. Reaches items that no
 * person links directly. Tuned with its own exponents, since what is best for one step is not for two.
 */
const twoHop: Family = {
  name: 'graph-filter-2',
  baseline: false,
  source: true,
  axes: { ...filterAxes, share: [0.5, 1, 2] },
  start: { user: 1, input: 0.3, output: -0.1, power: 0.85, share: 1 },
  most: 8,
  fit: async (c, p) => {
    const one = pruneRows(await filterOf(c, p), 200);
    const two = multiplySparse(one, one);
    const mass = (m: SparseMatrix): number => m.values.reduce((s, v) => s + v, 0);
    const total = mass(two);
    return new SparseItemItem(total > 0 ? addSparse(one, two, (p.share! * mass(one)) / total) : one);
  },
};

/** Most items for which a dense Gram matrix is inverted (8,000 items: 256 MB a matrix, about 30 s); beyond, filters and factors alone. */
export const DENSE_ITEMS = 8000;

/** Every family that the data allow: content families only where there is content, dense ones up to `DENSE_ITEMS` items. */
export function userFamilies(content: readonly PreparedContent[], items: number): Family[] {
  const names = content.map((m) => m.name);
  const families = [random, popularity, knn, ease, ials, ...names.map((m) => contentOnly(`content-${m}`, { [m]: 1 }))];
  if (names.length > 1)
    families.push({
      ...contentOnly('content-equal-weights', Object.fromEntries(names.map((m) => [m, 1]))),
      source: false,
    });
  // With content the prior's weights may come out 0, so that the model without it is among those searched.
  families.push(filter, twoHop, easeContent(names));
  return items > DENSE_ITEMS ? families.filter((f) => !f.name.startsWith('ease')) : families;
}
