/** A field as a filter names it. */
export type FilterField =
  | 'id'
  | 'groupId'
  | 'category'
  | 'brand'
  | 'price'
  | 'availability'
  | 'tags'
  | 'publishedAt'
  | `attributes.${string}`;
export type FilterValue = string | number | boolean;

/** One end of a range; `open` leaves the value itself out. */
export interface FilterBound {
  value: number;
  open: boolean;
}

/**
 * A filter in normal form: nested `and`/`or` are flat, their parts sorted and without repeats, `not` stands only before a single test.
 * Two filters that are written differently and mean the same by these laws have the same `filterText`.
 *
 * Tests hold for an item in plain two-valued logic: a field that an item lacks equals nothing and lies in no range, so that `ne` and
 * `notIn` (the opposite of `eq` and `in`) hold for it. A field of several values (category, tags, list attributes) equals whatever one
 * of its values equals.
 */
export type Filter =
  | { readonly is: 'all' }
  | { readonly is: 'none' }
  | { readonly is: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly is: 'not'; readonly part: FilterTest }
  | FilterTest;

/** One test of one field. Times are milliseconds since 1970, category paths are written `A > B`. */
export type FilterTest =
  | { readonly is: 'equals'; readonly field: FilterField; readonly values: readonly FilterValue[] }
  | { readonly is: 'under'; readonly field: 'category'; readonly path: string }
  | {
      readonly is: 'range';
      readonly field: FilterField;
      readonly low: FilterBound | null;
      readonly high: FilterBound | null;
    }
  | { readonly is: 'exists'; readonly field: FilterField };

/** What of an item a filter looks at. */
export interface FilterableItem {
  readonly id: string;
  readonly groupId: string | null;
  readonly categories: readonly string[];
  readonly brand: string | null;
  readonly price: { readonly amount: number } | null;
  readonly availability: string;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly publishedAt: Date | null;
}

/** `Women>Tops ` → `Women > Tops`: how a category path is compared. */
export const categoryPath = (text: string): string => {
  if (!text.includes('>')) return text.trim();
  return text
    .split('>')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' > ');
};

const all: Filter = Object.freeze({ is: 'all' });
/** The filter that no item passes. */
export const none: Filter = Object.freeze({ is: 'none' });

/** The filter that every item passes. */
export const everything = all;

/** A test for any of these values, in one order and without repeats. */
export const equalTo = (field: FilterField, values: readonly FilterValue[]): Filter => {
  if (values.length === 0) return none;
  const distinct = [...new Set(values)].sort((a, b) =>
    typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a < typeof b ? -1 : 1,
  );
  return { is: 'equals', field, values: distinct };
};

const joined = (is: 'and' | 'or', parts: readonly Filter[]): Filter => {
  const neutral = is === 'and' ? 'all' : 'none';
  const absorbing = is === 'and' ? none : all;
  const byText = new Map<string, Filter>();
  for (const part of parts.flatMap((part) => (part.is === is ? part.parts : [part]))) {
    if (part.is === absorbing.is) return absorbing;
    if (part.is !== neutral) byText.set(filterText(part), part);
  }
  const kept = [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
  if (kept.length === 0) return is === 'and' ? all : none;
  return kept.length === 1 ? kept[0]! : { is, parts: kept };
};
/** All hold, in normal form. */
export const both = (parts: readonly Filter[]): Filter => joined('and', parts);
/** One holds, in normal form. */
export const either = (parts: readonly Filter[]): Filter => joined('or', parts);

/** The opposite, with `not` pushed down to single tests. */
export const negated = (filter: Filter): Filter => {
  switch (filter.is) {
    case 'all':
      return none;
    case 'none':
      return all;
    case 'not':
      return filter.part;
    case 'and':
      return either(filter.parts.map(negated));
    case 'or':
      return both(filter.parts.map(negated));
    default:
      return { is: 'not', part: filter };
  }
};

/** The filter that both hold. */
export const allOf = (...filters: readonly Filter[]): Filter => both(filters);

/** One text for a filter in normal form: equal texts, equal answers. */
export const filterText = (filter: Filter): string => {
  let text = texts.get(filter);
  if (text === undefined) {
    text = JSON.stringify(filter);
    texts.set(filter, text);
  }
  return text;
};
/** A filter is asked for its text several times in one call. */
const texts = new WeakMap<Filter, string>();

/** The values that an item has in a field, as `equals` compares them. */
export const valuesOf = (item: FilterableItem, field: FilterField): readonly FilterValue[] => {
  switch (field) {
    case 'id':
      return [item.id];
    case 'groupId':
      return item.groupId === null ? [] : [item.groupId];
    case 'brand':
      return item.brand === null ? [] : [item.brand];
    case 'availability':
      return [item.availability];
    case 'tags':
      return item.tags;
    case 'category':
      return item.categories.map(categoryPath);
    case 'price':
      return item.price === null ? [] : [item.price.amount];
    case 'publishedAt':
      return item.publishedAt === null ? [] : [item.publishedAt.getTime()];
    default: {
      const name = field.slice(11);
      if (!Object.hasOwn(item.attributes, name)) return [];
      const value = item.attributes[name]!;
      return typeof value === 'object' ? value : [value];
    }
  }
};

/** Whether `path` is `prefix` or lies below it. */
export const isUnder = (path: string, prefix: string): boolean =>
  path === prefix || (path.startsWith(prefix) && path.startsWith(' > ', prefix.length));

const inRange = (value: FilterValue, low: FilterBound | null, high: FilterBound | null): boolean =>
  typeof value === 'number' &&
  (low === null || (low.open ? value > low.value : value >= low.value)) &&
  (high === null || (high.open ? value < high.value : value <= high.value));

/** The filter as a function of one item. */
export const compileFilter = (filter: Filter): ((item: FilterableItem) => boolean) => {
  switch (filter.is) {
    case 'all':
      return () => true;
    case 'none':
      return () => false;
    case 'and': {
      const parts = filter.parts.map(compileFilter);
      return (item) => parts.every((holds) => holds(item));
    }
    case 'or': {
      const parts = filter.parts.map(compileFilter);
      return (item) => parts.some((holds) => holds(item));
    }
    case 'not': {
      const holds = compileFilter(filter.part);
      return (item) => !holds(item);
    }
    case 'equals': {
      const { field } = filter;
      const values = new Set(filter.values);
      return (item) => valuesOf(item, field).some((value) => values.has(value));
    }
    case 'under': {
      const { path } = filter;
      return (item) => item.categories.some((category) => isUnder(categoryPath(category), path));
    }
    case 'range': {
      const { field, low, high } = filter;
      return (item) => valuesOf(item, field).some((value) => inRange(value, low, high));
    }
    case 'exists': {
      const { field } = filter;
      return (item) => valuesOf(item, field).length > 0;
    }
  }
};
