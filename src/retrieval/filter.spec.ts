import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyFilter, anyItem, holdsByDefinition } from './filter.conformance.js';
import { compileFilter, type FilterableItem, filterText } from './filter.js';
import { filterLimits, filterSchema, parseFilter } from './read-filter.js';

const refusal = (json: unknown): { path: string; message: string }[] => {
  try {
    parseFilter(json);
  } catch (error) {
    return (error as { errors: { path: string; message: string }[] }).errors;
  }
  throw new Error(`was not refused: ${JSON.stringify(json)}`);
};

const item: FilterableItem = {
  id: 'p1',
  groupId: null,
  categories: ['Women > Tops', 'Sale'],
  brand: 'Acme',
  price: { amount: 49.5 },
  availability: 'in_stock',
  tags: ['linen', 'summer'],
  attributes: { colour: 'red', size: 38, washable: true, materials: ['linen', 'cotton'], 'a.b': 'dotted' },
  publishedAt: new Date('2026-01-01T00:00:00Z'),
};
const holds = (filter: unknown) => compileFilter(parseFilter(filter))(item);

describe('a filter', () => {
  it('holds exactly where a naive reading of it holds', () => {
    fc.assert(
      fc.property(
        anyFilter,
        anyItem,
        (json, item) => compileFilter(parseFilter(json))(item) === holdsByDefinition(json, item),
      ),
      { numRuns: 3_000 },
    );
  });

  it('means the same however its parts are ordered, nested or doubly negated', () => {
    fc.assert(
      fc.property(anyFilter, anyFilter, (a, b) => {
        const text = filterText(parseFilter({ and: [a, b] }));
        expect(filterText(parseFilter({ and: [b, { and: [a, a] }] }))).toBe(text);
        expect(filterText(parseFilter({ not: { not: { and: [a, b] } } }))).toBe(text);
        expect(filterText(parseFilter({ not: { or: [{ not: a }, { not: b }] } }))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [{}, true],
    [{ id: 'p1' }, true],
    [{ brand: 'acme' }, false],
    [{ price: { gte: 49.5, lt: 50 } }, true],
    [{ price: { gt: 49.5 } }, false],
    [{ category: { under: 'Women' } }, true],
    [{ category: { under: 'Wom' } }, false],
    [{ category: 'Women>Tops' }, true],
    [{ category: 'Women' }, false],
    [{ tags: { in: ['winter', 'linen'] } }, true],
    [{ tags: { ne: 'linen' } }, false],
    [{ groupId: { exists: false } }, true],
    [{ groupId: { ne: 'g1' } }, true],
    [{ publishedAt: { lte: '2026-01-01T01:00:00+01:00' } }, true],
    [{ 'attributes.colour': { in: ['red', 'green'] } }, true],
    [{ 'attributes.size': { gte: 38 } }, true],
    [{ 'attributes.size': '38' }, false],
    [{ 'attributes.washable': true }, true],
    [{ 'attributes.materials': 'cotton' }, true],
    [{ 'attributes.a.b': 'dotted' }, true],
    [{ 'attributes.toString': { exists: true } }, false],
    [{ id: { in: [] } }, false],
    [{ id: { notIn: [] } }, true],
    [{ and: [] }, true],
    [{ or: [] }, false],
    [{ brand: 'Acme', or: [{ price: { lt: 10 } }, { tags: 'summer' }] }, true],
    [{ not: { brand: 'Acme' } }, false],
  ])('%j holds for the linen top: %s', (filter, expected) => {
    expect(holds(filter)).toBe(expected);
  });

  it.each([
    [{ colour: 'red' }, 'filter.colour', /unknown field "colour"/],
    [{ attributes: { colour: 'red' } }, 'filter.attributes', /unknown field/],
    [{ price: { below: 3 } }, 'filter.price.below', /unknown operator "below"/],
    [{ brand: { gt: 'a' } }, 'filter.brand.gt', /can't be compared by "gt"/],
    [{ price: '10' }, 'filter.price', /a number, not string/],
    [{ price: { lte: 'cheap' } }, 'filter.price.lte', /a number/],
    [{ price: {} }, 'filter.price', /names no operator/],
    [{ price: null }, 'filter.price', /exists/],
    [{ tags: ['a'] }, 'filter.tags', /in/],
    [{ tags: { in: 'a' } }, 'filter.tags.in', /a list/],
    [{ tags: { in: ['a', 3] } }, 'filter.tags.in.1', /text/],
    [{ availability: 'soon' }, 'filter.availability', /in_stock/],
    [{ publishedAt: { gt: 'yesterday' } }, 'filter.publishedAt.gt', /RFC 3339/],
    [{ brand: { exists: 'yes' } }, 'filter.brand.exists', /true or false/],
    [{ or: [{ brand: 'a' }, { not: { prise: 3 } }] }, 'filter.or.1.not.prise', /unknown field/],
    [{ and: { brand: 'a' } }, 'filter.and', /a list of filters/],
    [{ or: [3] }, 'filter.or.0', /an object/],
    [[], 'filter', /an object/],
    ['brand', 'filter', /an object/],
  ])('%j is refused by name', (filter, path, message) => {
    const [error] = refusal(filter);
    expect(error!.path).toBe(path);
    expect(error!.message).toMatch(message);
  });

  it('names every wrong part at once', () => {
    expect(refusal({ prise: 1, brand: 3, price: { lt: 'x' } }).map(({ path }) => path)).toEqual([
      'filter.prise',
      'filter.brand',
      'filter.price.lt',
    ]);
  });

  it('has limits on nesting, conditions and values', () => {
    let deep: unknown = { brand: 'a' };
    for (let i = 0; i <= filterLimits.depth; i++) deep = { not: deep };
    expect(refusal(deep)[0]!.message).toMatch(/nest at most/);
    expect(
      refusal({ or: Array.from({ length: filterLimits.conditions + 1 }, () => ({ brand: 'a' })) })[0]!.message,
    ).toMatch(/at most 1000 conditions/);
    expect(
      refusal({ id: { in: Array.from({ length: filterLimits.values + 1 }, (_, i) => `p${i}`) } })[0]!.message,
    ).toMatch(/at most 10000 values/);
    expect(refusal(JSON.parse(`${'{"not":'.repeat(50_000)}{}${'}'.repeat(50_000)}`))[0]!.message).toMatch(
      /nest at most/,
    );
  });

  it('is refused by a route at the same paths', () => {
    const result = filterSchema.safeParse({ or: [{ price: { lt: 'x' } }], shade: 1 });
    expect(result.success).toBe(false);
    expect(result.error!.issues.map(({ path }) => path.join('.'))).toEqual(['or.0.price.lt', 'shade']);
    expect(filterSchema.safeParse({ price: { lt: 3 } }).success).toBe(true);
  });
});
