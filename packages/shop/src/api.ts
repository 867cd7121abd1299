import type { Money, Recommended, Session } from '../../widgets/src/session.js';

/** The widgets' session is the page's one talk with Vitrine. */
export const session = (): Session => window.vitrine as Session;

export interface Item {
  id: string;
  title: string;
  description?: string | null;
  brand?: string | null;
  sku?: string | null;
  price?: Money | null;
  availability?: string;
  categories?: string[];
  tags?: string[];
  attributes?: Record<string, string | number | boolean | string[]>;
  images?: { src: string; alt?: string | null }[];
}

export interface Review {
  id: string;
  title?: string | null;
  text: string;
  rating?: number | null;
  author?: string | null;
  language?: string | null;
}

export const PRODUCT_LINK = '/shop/product/{id}';
export const productPath = (id: string): string => PRODUCT_LINK.replace('{id}', encodeURIComponent(id));

export const fetchItem = (id: string): Promise<Item> =>
  session().call<Item>('GET', `/v1/items/${encodeURIComponent(id)}`);

/** Reviews come from the shop's own back end, as they would in any shop. */
export const fetchReviews = async (id: string): Promise<Review[]> => {
  const response = await fetch(`/shop/data/reviews/${encodeURIComponent(id)}`);
  return response.ok ? ((await response.json()) as { reviews: Review[] }).reviews : [];
};

export const fetchCategories = async (): Promise<{ path: string; items: number; image: string | null }[]> => {
  const response = await fetch('/shop/data/categories');
  return response.ok
    ? ((await response.json()) as { categories: { path: string; items: number; image: string | null }[] }).categories
    : [];
};

export const money = (price: Money | null | undefined): string =>
  price
    ? new Intl.NumberFormat(document.documentElement.lang || 'en', {
        style: 'currency',
        currency: price.currency,
      }).format(price.amount)
    : '';

/** A picture of our store in the width that is needed. */
export const sized = (url: string, width: number): string =>
  url.startsWith('/v1/pictures/') ? `${url}?width=${width}` : url;

export type { Recommended };
