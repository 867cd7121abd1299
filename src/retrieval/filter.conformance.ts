import fc from 'fast-check';
import type { FilterableItem } from './filter.js';

type Json = Record<string, unknown>;

const words = ['a', 'b', 'c'];
const paths = ['A', 'A > B', 'A > B > C', 'AB', 'D > B'];
const times = [Date.UTC(2025, 0, 1), Date.UTC(2026, 0, 1), Date.UTC(2026, 5, 1)];
const timeText = (time: number) => new Date(time).toISOString();
const availabilities = ['in_stock', 'out_of_stock', 'preorder', 'discontinued'] as const;

/** Items out of few values, so that filters often hit. */
export const anyItem: fc.Arbitrary<FilterableItem> = fc.record({
  id: fc.constantFrom('i1', 'i2', 'i3'),
  groupId: fc.option(fc.constantFrom('g1', 'g2')),
  categories: fc.uniqueArray(fc.constantFrom(...paths), { maxLength: 3 }),
  brand: fc.option(fc.constantFrom(...words)),
  price: fc.option(fc.record({ amount: fc.constantFrom(0, 5, 9.99, 10, 20), currency: fc.constant('EUR') })),
  availability: fc.constantFrom(...availabilities),
  tags: fc.uniqueArray(fc.constantFrom(...words), { maxLength: 3 }),
  attributes: fc.dictionary(
    fc.constantFrom('x', 'y'),
    fc.oneof(
      fc.constantFrom(...words),
      fc.constantFrom(1, 2, 3),
      fc.boolean(),
      fc.uniqueArray(fc.constantFrom(...words), { maxLength: 2 }),
    ),
  ),
  publishedAt: fc.option(fc.constantFrom(...times).map((time) => new Date(time))),
});

const conditions = (value: fc.Arbitrary<unknown>, more: Record<string, fc.Arbitrary<unknown>> = {}) =>
  fc.oneof(
    value,
    fc
      .record(
        {
          eq: value,
          ne: value,
          in: fc.array(value, { maxLength: 3 }),
          notIn: fc.array(value, { maxLength: 3 }),
          exists: fc.boolean(),
          ...more,
        },
        { requiredKeys: [] },
      )
      .filter((condition) => Object.keys(condition).length > 0),
  );
const ordered = (value: fc.Arbitrary<unknown>) => ({ lt: value, lte: value, gt: value, gte: value });
const word = fc.constantFrom(...words);
const number = fc.constantFrom(0, 1, 2, 5, 9.99, 10);
const time = fc.constantFrom(...times).map(timeText);

/** Filters as the contract writes them, valid ones only. */
export const anyFilter: fc.Arbitrary<Json> = fc.letrec<{ filter: Json }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', maxDepth: 6, withCrossShrink: true },
    fc.record(
      {
        id: conditions(fc.constantFrom('i1', 'i2')),
        groupId: conditions(fc.constantFrom('g1', 'g2')),
        brand: conditions(word),
        tags: conditions(word),
        category: conditions(fc.constantFrom(...paths), { under: fc.constantFrom(...paths) }),
        availability: conditions(fc.constantFrom(...availabilities)),
        price: conditions(number, ordered(number)),
        publishedAt: conditions(time, ordered(time)),
        'attributes.x': conditions(fc.oneof(word, number, fc.boolean()), ordered(number)),
      },
      { requiredKeys: [] },
    ),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ not: tie('filter') }),
  ),
})).filter;

/** What a filter means, read straight off the contract without any normal form. */
export const holdsByDefinition = (filter: Json, item: FilterableItem): boolean =>
  Object.entries(filter).every(([name, condition]) => {
    if (name === 'and') return (condition as Json[]).every((part) => holdsByDefinition(part, item));
    if (name === 'or') return (condition as Json[]).some((part) => holdsByDefinition(part, item));
    if (name === 'not') return !holdsByDefinition(condition as Json, item);
    const values = fieldValues(name, item);
    if (typeof condition !== 'object') return values.includes(comparable(name, condition));
    return Object.entries(condition as Json).every(([operator, operand]) => {
      const one = comparable(name, operand);
      const numbers = values.filter((value): value is number => typeof value === 'number');
      switch (operator) {
        case 'eq':
          return values.includes(one);
        case 'ne':
          return !values.includes(one);
        case 'in':
          return (operand as unknown[]).some((each) => values.includes(comparable(name, each)));
        case 'notIn':
          return !(operand as unknown[]).some((each) => values.includes(comparable(name, each)));
        case 'exists':
          return values.length > 0 === operand;
        case 'under':
          return item.categories.some((path) => `${path} > `.startsWith(`${operand} > `));
        case 'lt':
          return numbers.some((value) => value < (one as number));
        case 'lte':
          return numbers.some((value) => value <= (one as number));
        case 'gt':
          return numbers.some((value) => value > (one as number));
        case 'gte':
          return numbers.some((value) => value >= (one as number));
        default:
          throw new Error(operator);
      }
    });
  });

const comparable = (field: string, value: unknown): unknown =>
  field === 'publishedAt' && typeof value === 'string' ? Date.parse(value) : value;

const fieldValues = (field: string, item: FilterableItem): unknown[] => {
  if (field.startsWith('attributes.')) {
    const value = item.attributes[field.slice(11)];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  }
  const plain: Record<string, unknown> = {
    ...item,
    category: item.categories,
    price: item.price?.amount,
    publishedAt: item.publishedAt?.getTime(),
  };
  const value = plain[field] ?? null;
  return value === null ? [] : Array.isArray(value) ? value : [value];
};
