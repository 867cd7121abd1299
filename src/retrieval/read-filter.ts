import { z } from 'zod';
import { type FieldError, Problem } from '../platform/http/problem.js';
import {
  both,
  categoryPath,
  either,
  equalTo,
  type Filter,
  type FilterField,
  type FilterValue,
  negated,
  none,
} from './filter.js';

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
