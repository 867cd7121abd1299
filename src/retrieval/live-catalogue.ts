import type { Filter } from './filter.js';
import type { Bitset, ItemSet } from './item-set.js';
import type { LiveItem } from './live-item.js';

/** Modalities whose single vectors are held in memory, part by part. */
export type PartModality = 'image' | 'text' | 'review' | 'video';

/** The catalogue in memory. */
export abstract class LiveCatalogue {
  abstract readonly size: number;
  /** Version of the fusion model whose vectors are held. */
  abstract readonly fusion: string | null;
  abstract byId(id: string): LiveItem | undefined;
  abstract byKey(key: number): LiveItem | undefined;
  /** All items, ascending by key. */
  abstract items(): Iterable<LiveItem>;
  /** Keys of the variants of one product. */
  abstract variants(group: number): readonly number[];
  /** In stock or to be preordered, and published by `now`. Not to be changed: clone first. */
  abstract recommendable(now: Date): Bitset;
  /** The recommendable items that pass the filter (a fresh set, yours to change), and their share of the recommendable ones. */
  abstract matching(filter: Filter, now: Date): { set: Bitset; selectivity: number };
  /** Unit fused vector of the item; undefined while it has none. A copy of nothing: do not write to it. */
  abstract vector(key: number): Float32Array | undefined;
  /** Unit vectors of the encoder: of every readable picture, in order. */
  abstract pictures(key: number): Float32Array[];
  /** The vector of picture `ordinal` (from 1). */
  abstract picture(key: number, ordinal: number): Float32Array | undefined;
  abstract reviews(key: number): Float32Array[];
  /** Pooled title and description. */
  abstract text(key: number): Float32Array | undefined;
  /** Keys of items that have a fused vector. */
  abstract withVector(): ItemSet;
}
