import type { Scorer } from '../behaviour/behaviour.api.js';
import { fuseGated, type GatedFusion } from '../maths/gated-fusion.js';
import type { GemmEngine, SparseMatrix } from '../maths/maths.api.js';
import type { EncodedCatalogue } from './encoded-catalogue.js';

/** Equal gates, no maps: every modality centred and scaled to mean length 1. */
export function plainFusion(
  catalogue: Pick<EncodedCatalogue, 'modalities' | 'ids'>,
  dimension: number,
  names: readonly string[],
): GatedFusion {
  return {
    dimension,
    modalities: catalogue.modalities.map((m) => {
      const mean = new Float32Array(m.width);
      const rows = Array.from(catalogue.ids.keys()).filter((i) => m.present[i] === 1);
      for (const i of rows) for (let c = 0; c < m.width; c++) mean[c]! += m.vectors[i * m.width + c]! / rows.length;
      let length = 0;
      for (const i of rows)
        length += Math.hypot(...Array.from(mean, (v, c) => m.vectors[i * m.width + c]! - v)) / rows.length;
      return {
        name: m.name,
        inputDimension: m.width,
        mean,
        map: null,
        scale: length > 0 ? 1 / length : 1,
        bias: names.includes(m.name) ? 0 : null,
        categoryBias: {},
        attention: null,
      };
    }),
  };
}

/** Fused vectors of all items, zeros where nothing counts, (items, dimension). */
export function fuseAll(fusion: GatedFusion, catalogue: EncodedCatalogue): Float32Array {
  const out = new Float32Array(catalogue.ids.length * fusion.dimension);
  for (let i = 0; i < catalogue.ids.length; i++) {
    const parts = new Map(
      catalogue.modalities
        .filter((m) => m.present[i] === 1)
        .map((m) => [m.name, m.vectors.slice(i * m.width, (i + 1) * m.width)]),
    );
    const fused = fuseGated(fusion, parts, catalogue.categories[i]);
    if (fused) out.set(fused.vector, i * fusion.dimension);
  }
  return out;
}

/** Fused vectors of every modality alone, one after the other: (items, Σ widths). */
export function joinAll(catalogue: EncodedCatalogue, dimension: number): { vectors: Float32Array; width: number } {
  const items = catalogue.ids.length;
  const width = catalogue.modalities.length * dimension;
  const vectors = new Float32Array(items * width);
  for (const [k, modality] of catalogue.modalities.entries()) {
    const alone = fuseAll(plainFusion(catalogue, dimension, [modality.name]), catalogue);
    for (let i = 0; i < items; i++)
      vectors.set(alone.subarray(i * dimension, (i + 1) * dimension), i * width + k * dimension);
  }
  return { vectors, width };
}

/** score = Σ over the history of the cosine with each item. */
export const nearest = (vectors: Float32Array, width: number, items: number, engine: GemmEngine): Scorer => ({
  score: async (histories: SparseMatrix) => {
    const queries = new Float32Array(histories.rows * width);
    for (let r = 0; r < histories.rows; r++)
      for (let e = histories.offsets[r]!; e < histories.offsets[r + 1]!; e++)
        for (let c = 0; c < width; c++) queries[r * width + c]! += vectors[histories.indices[e]! * width + c]!;
    return engine.run('ABt', queries, [histories.rows, width], vectors, [items, width]);
  },
});
/** score = Σ over the history of the item's row of weights. */
export const linked = (weights: SparseMatrix): Scorer => ({
  score: async (h) => {
    const out = new Float32Array(h.rows * weights.columns);
    for (let r = 0; r < h.rows; r++)
      for (let e = h.offsets[r]!; e < h.offsets[r + 1]!; e++)
        for (let f = weights.offsets[h.indices[e]!]!; f < weights.offsets[h.indices[e]! + 1]!; f++)
          out[r * weights.columns + weights.indices[f]!]! += weights.values[f]!;
    return out;
  },
});
/** The same scores for everybody. */
export const fixed = (values: Float32Array): Scorer => ({
  score: async (h) => {
    const out = new Float32Array(h.rows * values.length);
    for (let r = 0; r < h.rows; r++) out.set(values, r * values.length);
    return out;
  },
});
