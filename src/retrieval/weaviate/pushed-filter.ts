import type { FilterValue as Pushed, WeaviateClient } from 'weaviate-client';
import { categoryPath, type Filter, type FilterableItem, type FilterTest, valuesOf } from '../filter.js';

/** What of an item lies in Weaviate beside its vector, so that filters can be judged there. */
export interface PushedItem {
  /** `field=value` for everything that `equals` and `under` compare. */
  terms: string[];
  price?: number;
  published?: number;
}

type Library = typeof import('weaviate-client');
type Where = ReturnType<WeaviateClient['collections']['use']>['filter'];

/** Longer lists of values than this are cheaper to judge here. */
const MOST_VALUES = 1_000;

const term = (field: string, value: string | number | boolean): string => `${field}=${typeof value}:${value}`;

/** The fields of an item as they are stored. */
export const pushedItem = (item: FilterableItem): PushedItem => {
  const terms = new Set<string>();
  for (const field of ['id', 'groupId', 'brand', 'availability', 'tags', 'category'] as const)
    for (const value of valuesOf(item, field)) terms.add(term(field, value));
  for (const name of Object.keys(item.attributes))
    for (const value of valuesOf(item, `attributes.${name}`)) terms.add(term(`attributes.${name}`, value));
  for (const category of item.categories) {
    const path = categoryPath(category).split(' > ');
    path.forEach((_, at) => void terms.add(term('under', path.slice(0, at + 1).join(' > '))));
  }
  return {
    terms: [...terms].sort(),
    ...(item.price ? { price: item.price.amount } : {}),
    ...(item.publishedAt ? { published: item.publishedAt.getTime() } : {}),
  };
};

/**
 * As much of a filter as Weaviate can judge: every item that passes the filter passes this too, and some more may (`not`, `exists`, ranges of
 * attributes and long lists are left to the set of allowed keys, which is asked of every find anyway). Null when nothing of it can be pushed.
 */
export const pushedFilter = (filter: Filter, where: Where, library: Library): Pushed | null => {
  switch (filter.is) {
    case 'and': {
      const parts = filter.parts.flatMap((part) => pushedFilter(part, where, library) ?? []);
      return parts.length > 1 ? library.Filters.and(...parts) : (parts[0] ?? null);
    }
    case 'or': {
      const parts = filter.parts.map((part) => pushedFilter(part, where, library));
      return parts.every((part) => part !== null) ? library.Filters.or(...parts) : null;
    }
    case 'all':
    case 'none':
    case 'not':
      return null;
    default:
      return pushedTest(filter, where, library);
  }
};

const pushedTest = (test: FilterTest, where: Where, library: Library): Pushed | null => {
  switch (test.is) {
    case 'equals':
      // Prices and times are numbers of their own there.
      if (test.field === 'price' || test.field === 'publishedAt' || test.values.length > MOST_VALUES) return null;
      return where.byProperty('terms').containsAny(test.values.map((value) => term(test.field, value)));
    case 'under':
      return where.byProperty('terms').containsAny([term('under', test.path)]);
    case 'range': {
      const name = test.field === 'price' ? 'price' : test.field === 'publishedAt' ? 'published' : null;
      if (name === null) return null;
      const property = where.byProperty(name);
      const ends: Pushed[] = [];
      if (test.low)
        ends.push(test.low.open ? property.greaterThan(test.low.value) : property.greaterOrEqual(test.low.value));
      if (test.high)
        ends.push(test.high.open ? property.lessThan(test.high.value) : property.lessOrEqual(test.high.value));
      return ends.length > 1 ? library.Filters.and(...ends) : (ends[0] ?? null);
    }
    case 'exists':
      return null;
  }
};
