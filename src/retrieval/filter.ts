import { z } from 'zod';
import { type FieldError, Problem } from '../platform/http/problem.js';

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

type Kind = 'word' | 'path' | 'number' | 'time' | 'availability' | 'attribute';
const kinds: Record<string, Kind> = {
  id: 'word',
  groupId: 'word',
  brand: 'word',
  tags: 'word',
  category: 'path',
  price: 'number',
  publishedAt: 'time',
  availability: 'availability',
};
const equality = ['eq', 'ne', 'in', 'notIn', 'exists'];
const order = ['lt', 'lte', 'gt', 'gte'];
const operators: Record<Kind, readonly string[]> = {
  word: equality,
  availability: equality,
  path: [...equality, 'under'],
  number: [...equality, ...order],
  time: [...equality, ...order],
  attribute: [...equality, ...order],
};
const everyOperator = [...equality, ...order, 'under'];
const availabilities = ['in_stock', 'out_of_stock', 'preorder', 'discontinued'];
const fieldNames = [...Object.keys(kinds), 'attributes.NAME', 'and', 'or', 'not'].join(', ');

/** What one filter may hold at most. */
export const filterLimits = { depth: 10, conditions: 1_000, values: 10_000, valueLength: 1_024 } as const;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/;

/** `Women>Tops ` → `Women > Tops`: how a category path is compared. */
export const categoryPath = (text: string): string => {
  if (!text.includes('>')) return text.trim();
  return text
    .split('>')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' > ');
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value;

class Reader {
  readonly errors: FieldError[] = [];
  #conditions = 0;
  #values = 0;

  read(json: unknown, path: string, depth: number): Filter {
    if (!isRecord(json))
      return this.#refuse(path, `a filter is an object { field: condition }, not ${shown(json)}`, json);
    if (depth > filterLimits.depth) return this.#refuse(path, `filters nest at most ${filterLimits.depth} deep`);
    const parts: Filter[] = [];
    for (const [name, value] of Object.entries(json)) {
      if (this.#conditions > filterLimits.conditions) break;
      parts.push(this.#member(name, value, path === '' ? name : `${path}.${name}`, depth));
    }
    return both(parts);
  }

  #member(name: string, value: unknown, path: string, depth: number): Filter {
    if (name === 'and' || name === 'or') {
      if (!Array.isArray(value))
        return this.#refuse(path, `${name} takes a list of filters, not ${shown(value)}`, value);
      if (value.length > filterLimits.conditions)
        return this.#refuse(path, `at most ${filterLimits.conditions} conditions`);
      const parts = value.map((part, at) => this.read(part, `${path}.${at}`, depth + 1));
      return name === 'and' ? both(parts) : either(parts);
    }
    if (name === 'not') return negated(this.read(value, path, depth + 1));
    const kind = Object.hasOwn(kinds, name)
      ? kinds[name]!
      : name.startsWith('attributes.') && name.length > 11
        ? 'attribute'
        : null;
    if (kind === null) return this.#refuse(path, `unknown field "${name.slice(0, 80)}"; known are ${fieldNames}`);
    if (++this.#conditions > filterLimits.conditions)
      return this.#refuse(path, `at most ${filterLimits.conditions} conditions`);
    const field = name as FilterField;
    if (!isRecord(value)) return this.#equals(field, kind, [value], path);
    const entries = Object.entries(value);
    if (entries.length === 0)
      return this.#refuse(path, `names no operator; ${field} takes ${operators[kind].join(', ')}`, value);
    return both(
      entries.map(([operator, operand]) => this.#condition(field, kind, operator, operand, `${path}.${operator}`)),
    );
  }

  #condition(field: FilterField, kind: Kind, operator: string, operand: unknown, path: string): Filter {
    if (!operators[kind].includes(operator)) {
      const what = everyOperator.includes(operator)
        ? `${field} can't be compared by "${operator}"`
        : `unknown operator "${operator.slice(0, 80)}"`;
      return this.#refuse(path, `${what}; ${field} takes ${operators[kind].join(', ')}`);
    }
    switch (operator) {
      case 'eq':
        return this.#equals(field, kind, [operand], path);
      case 'ne':
        return negated(this.#equals(field, kind, [operand], path));
      case 'in':
      case 'notIn': {
        if (!Array.isArray(operand))
          return this.#refuse(path, `${operator} takes a list, not ${shown(operand)}`, operand);
        const found = this.#equals(field, kind, operand, path, true);
        return operator === 'in' ? found : negated(found);
      }
      case 'exists': {
        if (typeof operand !== 'boolean')
          return this.#refuse(path, `exists takes true or false, not ${shown(operand)}`, operand);
        return operand ? { is: 'exists', field } : { is: 'not', part: { is: 'exists', field } };
      }
      case 'under': {
        const value = this.#value('path', operand, path);
        return value === null ? none : { is: 'under', field: 'category', path: value as string };
      }
      default: {
        const value = this.#value(kind === 'attribute' ? 'number' : kind, operand, path);
        if (value === null) return none;
        const bound = { value: value as number, open: operator === 'lt' || operator === 'gt' };
        return operator.startsWith('l')
          ? { is: 'range', field, low: null, high: bound }
          : { is: 'range', field, low: bound, high: null };
      }
    }
  }

  #equals(field: FilterField, kind: Kind, operands: readonly unknown[], path: string, listed = false): Filter {
    this.#values += operands.length;
    if (this.#values > filterLimits.values)
      return this.#refuse(path, `at most ${filterLimits.values} values in one filter`);
    const values: FilterValue[] = [];
    operands.forEach((operand, at) => {
      const value = this.#value(kind, operand, listed ? `${path}.${at}` : path);
      if (value !== null) values.push(value);
    });
    return equalTo(field, values);
  }

  #value(kind: Kind, operand: unknown, path: string): FilterValue | null {
    const wrong = (message: string): null => {
      this.#refuse(path, message, operand);
      return null;
    };
    if (operand === null) return wrong('null equals nothing; write { "exists": false } for a missing value');
    if (Array.isArray(operand)) return wrong('a list is written { "in": […] }');
    if (typeof operand === 'object') return wrong('a value, not an object');
    if (typeof operand === 'string' && operand.length > filterLimits.valueLength)
      return wrong(`at most ${filterLimits.valueLength} characters`);
    switch (kind) {
      case 'number':
        return typeof operand === 'number' && Number.isFinite(operand)
          ? operand
          : wrong(`a number, not ${shown(operand)}`);
      case 'time': {
        const time = typeof operand === 'string' && RFC_3339.test(operand) ? Date.parse(operand) : Number.NaN;
        return Number.isNaN(time) ? wrong('a time by RFC 3339, such as 2026-01-31T09:00:00Z') : time;
      }
      case 'availability':
        return typeof operand === 'string' && availabilities.includes(operand)
          ? operand
          : wrong(`one of ${availabilities.join(', ')}`);
      case 'path':
        return typeof operand === 'string'
          ? categoryPath(operand)
          : wrong(`a category path such as "Women > Tops", not ${shown(operand)}`);
      case 'word':
        return typeof operand === 'string' ? operand : wrong(`text, not ${shown(operand)}`);
      case 'attribute':
        if (typeof operand === 'number' && !Number.isFinite(operand)) return wrong('a finite number');
        return typeof operand === 'string' || typeof operand === 'number' || typeof operand === 'boolean'
          ? operand
          : wrong(`text, a number, true or false, not ${shown(operand)}`);
    }
  }

  #refuse(path: string, message: string, received?: unknown): Filter {
    const told =
      typeof received === 'string' ||
      typeof received === 'number' ||
      typeof received === 'boolean' ||
      received === null;
    if (this.errors.length < 100)
      this.errors.push(
        told
          ? { path, message, received: typeof received === 'string' ? received.slice(0, 200) : received }
          : { path, message },
      );
    return none;
  }
}

const all: Filter = Object.freeze({ is: 'all' });
const none: Filter = Object.freeze({ is: 'none' });

/** The filter that every item passes. */
export const everything = all;

const equalTo = (field: FilterField, values: readonly FilterValue[]): Filter => {
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
const both = (parts: readonly Filter[]): Filter => joined('and', parts);
const either = (parts: readonly Filter[]): Filter => joined('or', parts);

const negated = (filter: Filter): Filter => {
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
export const filterText = (filter: Filter): string => JSON.stringify(filter);

/** Reads a filter as the HTTP contract writes it; every wrong part is named by its dotted path below `path`. */
export const readFilter = (json: unknown, path = 'filter'): { filter: Filter; errors: readonly FieldError[] } => {
  const reader = new Reader();
  const filter = reader.read(json, path, 0);
  return { filter, errors: reader.errors };
};

/** As `readFilter`; throws a 400 `VIT_FILTER_INVALID` that names every wrong part. */
export const parseFilter = (json: unknown, path = 'filter'): Filter => {
  const { filter, errors } = readFilter(json, path);
  if (errors.length > 0) {
    const [first] = errors;
    throw new Problem({
      code: 'VIT_FILTER_INVALID',
      status: 400,
      title: 'The filter is not valid',
      detail: `${first!.path}: ${first!.message}`,
      errors: [...errors],
    });
  }
  return filter;
};

const remembered = new WeakMap<object, Filter>();
/** `parseFilter` for filters kept as JSON (rules): reads each object once. */
export const filterOf = (json: object): Filter => {
  let filter = remembered.get(json);
  if (!filter) {
    filter = parseFilter(json);
    remembered.set(json, filter);
  }
  return filter;
};

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

/** The filter of a request, for a route's schema: refuses what `parseFilter` refuses, at the same dotted paths; gives the JSON back. */
export const filterSchema = z
  .record(z.string(), z.unknown())
  .superRefine((json, context) => {
    for (const error of readFilter(json, '').errors)
      context.addIssue({
        code: 'custom',
        message: error.message,
        path: error.path === '' ? [] : error.path.split('.'),
        input: error.received,
      });
  })
  .meta({
    id: 'Filter',
    description:
      `Fields (all must hold): ${fieldNames}. A condition is a value (equals) or an object of eq, ne, in, notIn, lt, lte, gt, gte, exists, under ` +
      '(category path prefix). and, or take lists of filters, not takes one.',
    examples: [
      { price: { lte: 80 }, category: { under: 'Women' }, availability: 'in_stock' },
      { or: [{ brand: 'Acme' }, { 'attributes.colour': { in: ['red', 'green'] } }] },
    ],
  });
