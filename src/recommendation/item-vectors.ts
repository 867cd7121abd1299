import type { LiveCatalogue } from '../retrieval/retrieval.api.js';

/** Where the vectors of items are read from. */
export type ItemVectors = Pick<LiveCatalogue, 'vector' | 'pictures' | 'reviews' | 'text' | 'parts'>;

/** Vectors of one call's candidates, each read from the catalogue's tables once however many questions ask for it. */
export class VectorsOnce implements ItemVectors {
  readonly #vectors = new Map<number, Float32Array | undefined>();
  readonly #pictures = new Map<number, Float32Array[]>();

  constructor(private readonly catalogue: ItemVectors) {}

  vector(key: number): Float32Array | undefined {
    if (!this.#vectors.has(key)) this.#vectors.set(key, this.catalogue.vector(key));
    return this.#vectors.get(key);
  }

  pictures(key: number): Float32Array[] {
    let pictures = this.#pictures.get(key);
    if (!pictures) {
      pictures = this.catalogue.pictures(key);
      this.#pictures.set(key, pictures);
    }
    return pictures;
  }

  reviews(key: number): Float32Array[] {
    return this.catalogue.reviews(key);
  }

  text(key: number): Float32Array | undefined {
    return this.catalogue.text(key);
  }

  parts(...of: Parameters<ItemVectors['parts']>): ReturnType<ItemVectors['parts']> {
    return this.catalogue.parts(...of);
  }
}
