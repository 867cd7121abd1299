/**
 * A picture of an item in the shop's order. `ordinal` counts from 1 and is the ordinal of the picture's own vector
 * (modality `image`; 0 is the pooled one). `ready`: readable, and `contentHash` is in the image store.
 */
export interface PictureRecord {
  ordinal: number;
  contentHash: string | null;
  alt: string | null;
  state: 'pending' | 'ready' | 'failed';
}

/** An item as the modules above the catalogue read it. */
export interface ItemRecord {
  /** Small whole number by which indexes and memory tables know the item; never used again after deletion. */
  key: number;
  id: string;
  groupId: string | null;
  title: string;
  description: string | null;
  url: string | null;
  /** Paths with ` > ` between their steps. */
  categories: string[];
  brand: string | null;
  sku: string | null;
  price: { amount: number; currency: string } | null;
  availability: 'in_stock' | 'out_of_stock' | 'preorder' | 'discontinued';
  tags: string[];
  attributes: Record<string, string | number | boolean | string[]>;
  publishedAt: Date | null;
  language: string | null;
  createdAt: Date;
  video: { url: string; captions?: string } | null;
  /** Path of the first usable picture as pages load it (`/v1/pictures/HASH`). */
  image: string | null;
  pictures: PictureRecord[];
  reviewCount: number;
}

/** A review as the modules above the catalogue read it. */
export interface ReviewRecord {
  itemKey: number;
  id: string;
  text: string;
  title: string | null;
  rating: number | null;
  author: string | null;
  helpful: number | null;
  language: string | null;
  createdAt: Date | null;
  /** SHA-256 of the review's content. */
  contentHash: string;
}
