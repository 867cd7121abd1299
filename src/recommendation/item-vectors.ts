import type { LiveCatalogue, PartModality, Products } from '../retrieval/retrieval.api.js';
import type { CentredCosine } from './centred-cosine.js';

/** How near the vectors of items are to a question; answers in the order of the keys, NaN where an item has nothing to compare. */
export interface ItemVectors {
  /** Inner products of a vector in the fused space with the items' fused vectors. */
  fused(query: Float32Array, keys: readonly number[]): Float64Array;
  /** The highest cosine to any of each item's single vectors of one modality. */
  best(modality: PartModality, question: CentredCosine, keys: readonly number[]): Float64Array;
}

/** The catalogue's own vectors, multiplied where they lie: one call of the SIMD kernel a question, no vector read out. */
export class LiveVectors implements ItemVectors {
  constructor(private readonly catalogue: Pick<LiveCatalogue, 'vectorTable' | 'partTable'>) {}

  fused(query: Float32Array, keys: readonly number[]): Float64Array {
    const table = this.catalogue.vectorTable();
    const values = new Float64Array(keys.length).fill(Number.NaN);
    if (!table || table.dimension !== query.length) return values;
    const { starts, of } = table.products([query], keys);
    for (let at = 0; at < keys.length; at++) if (starts[at + 1]! > starts[at]!) values[at] = of[0]![starts[at]!]!;
    return values;
  }

  best(modality: PartModality, question: CentredCosine, keys: readonly number[]): Float64Array {
    const table = this.catalogue.partTable(modality);
    if (!table || table.dimension !== question.query.length) return new Float64Array(keys.length).fill(Number.NaN);
    return bestOf(question, table.products(question.factors, keys));
  }
}

const bestOf = (question: CentredCosine, { starts, of }: Products): Float64Array => {
  const [products, withCentre] = of;
  const values = new Float64Array(starts.length - 1);
  for (let at = 0; at < values.length; at++) {
    let best = Number.NaN;
    for (let row = starts[at]!; row < starts[at + 1]!; row++) {
      const cosine = question.from(products![row]!, withCentre?.[row]);
      if (!(cosine <= best)) best = cosine;
    }
    values[at] = best;
  }
  return values;
};
