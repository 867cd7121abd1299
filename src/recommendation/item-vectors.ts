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
 * The catalogue's own vectors, multiplied where they lie: one call of the SIMD kernel for four questions, no vector read out. Good for one ranking,
 * in which nothing changes.
 */
export class LiveVectors implements ItemVectors {
  readonly #rows = new Map<VectorTable, { keys: readonly number[]; rows: Rows }>();
  readonly #fused = new Map<Float32Array, Float32Array>();

  /** @param coming questions in the fused space that are going to be asked of the same keys: all are multiplied with the first */
  constructor(
    private readonly catalogue: Pick<LiveCatalogue, 'vectorTable' | 'partTable'>,
    private readonly coming: readonly Float32Array[] = [],
  ) {}

  fused(query: Float32Array, keys: readonly number[]): Float64Array {
    const table = this.catalogue.vectorTable();
    const values = new Float64Array(keys.length).fill(Number.NaN);
    if (!table || table.dimension !== query.length) return values;
    const rows = this.#rowsOf(table, keys);
    const products = this.#fused.get(query) ?? this.#multiplied(query, table, rows);
    const { starts } = rows;
    for (let at = 0; at < keys.length; at++) if (starts[at + 1]! > starts[at]!) values[at] = products[starts[at]!]!;
    return values;
  }

  #multiplied(query: Float32Array, table: VectorTable, rows: Rows): Float32Array {
    const queries = [...new Set([query, ...this.coming])].filter(
      (each) => each.length === query.length && !this.#fused.has(each),
    );
    const { of } = table.roughProductsWith(queries, rows);
    queries.forEach((each, at) => this.#fused.set(each, of[at]!));
    return of[0]!;
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
      this.#fused.clear();
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
