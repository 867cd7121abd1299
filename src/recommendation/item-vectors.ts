import type { CentredCosine } from '../maths/centred-cosine.js';
import type { LiveCatalogue, PartModality, Products, Rows, VectorTable } from '../retrieval/retrieval.api.js';

/** How near the vectors of items are to a question; answers in the order of the keys, NaN where an item has nothing to compare. */
export interface ItemVectors {
  /** Inner products of a vector in the fused space with the items' fused vectors. */
  fused(query: Float32Array, keys: readonly number[]): Float64Array;
  /** The highest cosine to any of each item's single vectors of one modality. */
  best(modality: PartModality, question: CentredCosine, keys: readonly number[]): Float64Array;
}

/**
 * The catalogue's own vectors, multiplied where they lie: one call of the SIMD kernel a question, no vector read out. Good for one ranking,
 * in which nothing changes.
 */
export class LiveVectors implements ItemVectors {
  readonly #rows = new Map<VectorTable, { keys: readonly number[]; rows: Rows }>();

  constructor(private readonly catalogue: Pick<LiveCatalogue, 'vectorTable' | 'partTable'>) {}

  fused(query: Float32Array, keys: readonly number[]): Float64Array {
    const table = this.catalogue.vectorTable();
    const values = new Float64Array(keys.length).fill(Number.NaN);
    if (!table || table.dimension !== query.length) return values;
    const { starts, of } = table.productsWith([query], this.#rowsOf(table, keys));
    for (let at = 0; at < keys.length; at++) if (starts[at + 1]! > starts[at]!) values[at] = of[0]![starts[at]!]!;
    return values;
  }

  best(modality: PartModality, question: CentredCosine, keys: readonly number[]): Float64Array {
    const table = this.catalogue.partTable(modality);
    if (!table || table.dimension !== question.query.length) return new Float64Array(keys.length).fill(Number.NaN);
    return bestOf(question, table.productsWith(question.factors, this.#rowsOf(table, keys)));
  }

  /** Every question is put to the same candidates: they are looked up once. */
  #rowsOf(table: VectorTable, keys: readonly number[]): Rows {
    let known = this.#rows.get(table);
    if (known?.keys !== keys) {
      known = { keys, rows: table.rows(keys) };
      this.#rows.set(table, known);
    }
    return known.rows;
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
