import { addScaled, dot, normalised } from './vectors.js';

/**
 * Cosine between a query and raw unit vectors of one modality after the modality's mean was taken from both: what all have in
 * common no longer counts. Two inner products a vector.
 */
export class CentredCosine {
  /** The centred query of unit length; what an index over raw vectors is asked with. */
  readonly query: Float32Array;
  readonly #centre: Float32Array | null;
  readonly #shift: number;
  readonly #square: number;

  /** `centre` null, or of another length: plain cosine. */
  constructor(query: Float32Array, centre: Float32Array | null) {
    this.#centre = centre?.length === query.length ? centre : null;
    const moved = query.slice();
    if (this.#centre) addScaled(moved, this.#centre, -1);
    const unit = normalised(moved);
    this.query = unit ?? query;
    if (!unit) this.#centre = null;
    this.#shift = this.#centre ? dot(this.#centre, this.query) : 0;
    this.#square = this.#centre ? dot(this.#centre, this.#centre) : 0;
  }

  /** What inner products with vectors are wanted of, for `from`: the query, then the centre where there is one. */
  get factors(): readonly Float32Array[] {
    return this.#centre ? [this.query, this.#centre] : [this.query];
  }

  /** The cosine of a unit vector from its inner products with the `factors`. */
  from(product: number, withCentre: number | undefined): number {
    if (withCentre === undefined) return product;
    const squared = 1 - 2 * withCentre + this.#square;
    return squared > 1e-9 ? (product - this.#shift) / Math.sqrt(squared) : 0;
  }

  to(vector: Float32Array): number {
    return this.from(dot(vector, this.query), this.#centre ? dot(vector, this.#centre) : undefined);
  }

  /** The highest cosine to any of the vectors, and which; −1 as position when there is none. */
  best(vectors: readonly Float32Array[]): { cosine: number; at: number } {
    let cosine = Number.NEGATIVE_INFINITY;
    let at = -1;
    vectors.forEach((vector, index) => {
      if (vector.length !== this.query.length) return;
      const value = this.to(vector);
      if (value > cosine) {
        cosine = value;
        at = index;
      }
    });
    return { cosine, at };
  }
}
