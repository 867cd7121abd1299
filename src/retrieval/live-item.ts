import type { ItemRecord } from '../catalog/catalog.api.js';

/**
 * An item as memory holds it: what answers, filters and rules look at. Descriptions stay in the database.
 * Immutable; a changed item is another object.
 */
export interface LiveItem
  extends Readonly<Omit<ItemRecord, 'description' | 'video' | 'pictures' | 'categories' | 'tags'>> {
  readonly categories: readonly string[];
  readonly tags: readonly string[];
  /** The same number for all variants of one product (equal `groupId`); every item without a `groupId` has its own. */
  readonly group: number;
  /** Readable pictures in the shop's order; `ordinal` counts from 1 over all pictures of the item. */
  readonly pictures: readonly { readonly ordinal: number; readonly contentHash: string; readonly alt: string | null }[];
}
