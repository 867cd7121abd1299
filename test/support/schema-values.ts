import fc from 'fast-check';
import type { OpenApi, Schema } from './openapi.js';

/** Ids that several requests share, so that they meet what earlier ones left behind. */
const ids = [
  'p1',
  'p2',
  'p3',
  'Größe 38/40',
  'a b',
  '..',
  '%00',
  '🪑',
  "o'clock",
  'null',
  '__proto__',
  'constructor',
  '-1',
];
/** Texts that programs stumble over. */
const nasty = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e\u200b',
  "'; drop table items; --",
  '$1',
  '#{7*7}',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '{"a":',
  'NaN',
  '1e999',
  'é́́́́',
  'x'.repeat(3_000),
  '\r\nset-cookie: a=b',
  'toString',
  '%',
  '\\',
  '[1,2',
  '::ffff:127.0.0.1',
];
const addresses = [
  'http://127.0.0.1:9/a.png',
  'http://[::ffff:10.0.0.1]/a.png',
  'https://a:b@127.0.0.1/a.png',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'http://169.254.169.254/latest',
  '//x',
  '/p/1',
];
const filters: unknown[] = [
  { brand: 'Acme' },
  { price: { lte: 80, gt: -1 } },
  { or: [{ category: { under: 'Women' } }, { not: { availability: 'in_stock' } }] },
  { and: [] },
  { 'attributes.colour': { in: ['red'] }, id: { ne: 'p1' } },
  { publishedAt: { lt: '2030-01-01T00:00:00Z' } },
  { price: { under: 1 } },
  { id: { in: [] } },
  { not: { not: { not: {} } } },
  { constructor: 1 },
];
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const text = (least: number, most: number): fc.Arbitrary<string> =>
  fc
    .oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'grapheme', minLength: least, maxLength: Math.min(most, 40) }) },
      { weight: 2, arbitrary: fc.constantFrom(...nasty) },
      { weight: 2, arbitrary: fc.constantFrom(...ids) },
    )
    .filter((value) => value.length >= least && value.length <= most);

/** Values that fit a JSON schema, and by the field's name often mean something to the shop. */
export const valuesOf = (schema: Schema, api: OpenApi, name = '', depth = 0): fc.Arbitrary<unknown> => {
  const node = api.resolve(schema);
  const one = (part: unknown, as = name) => valuesOf(part as Schema, api, as, depth + 1);
  if (node.const !== undefined) return fc.constant(node.const);
  if (Array.isArray(node.enum)) return fc.constantFrom(...node.enum);
  for (const word of ['anyOf', 'oneOf'])
    if (Array.isArray(node[word])) return fc.oneof(...(node[word] as Schema[]).map((part) => one(part)));
  if (name === 'filter') return fc.oneof(fc.constantFrom(...filters), fc.dictionary(text(0, 30), fc.jsonValue()));
  if (Array.isArray(node.type)) return fc.oneof(...node.type.map((type) => one({ ...node, type })));
  const least = Number(node.minLength ?? 0);
  const most = Number(node.maxLength ?? 128);
  switch (node.type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number': {
      const min = Number(node.minimum ?? node.exclusiveMinimum ?? -1e6);
      const max = Number(node.maximum ?? node.exclusiveMaximum ?? 1e6);
      if (node.type === 'integer') return fc.integer({ min: Math.ceil(min), max: Math.floor(max) });
      const open = {
        minExcluded: node.exclusiveMinimum !== undefined,
        maxExcluded: node.exclusiveMaximum !== undefined,
      };
      return fc.oneof(
        fc.double({ min, max, noNaN: true, ...open }),
        fc.constantFrom(
          ...[min, max, 0, 1e-300, -0].filter((n) => (open.minExcluded ? n > min : n >= min) && n <= max),
        ),
      );
    }
    case 'array': {
      const shortest = Number(node.minItems ?? 0);
      const longest = Math.min(Number(node.maxItems ?? 4), Math.max(shortest, depth > 3 ? 1 : 4));
      return fc.array(one(node.items ?? {}), { minLength: shortest, maxLength: longest });
    }
    case 'object': {
      const fields = (node.properties ?? {}) as Record<string, Schema>;
      const required = (node.required ?? []) as string[];
      const known = fc.record(
        Object.fromEntries(Object.entries(fields).map(([field, part]) => [field, one(part, field)])),
        { requiredKeys: required },
      );
      const rest = node.additionalProperties;
      if (rest === undefined || rest === false) return known;
      return fc.dictionary(text(1, 60), rest === true ? fc.jsonValue() : one(rest), { maxKeys: 4 });
    }
    case 'string':
      if (node.format === 'date-time')
        return fc
          .date({ min: new Date('1991-01-01'), max: new Date('2026-01-01'), noInvalidDate: true })
          .map((date) => date.toISOString());
      if (name === 'data') return fc.oneof(fc.constant(PIXEL), fc.base64String({ minLength: 4 }), text(1, 60));
      if (/^(url|captions)$/.test(name)) return fc.constantFrom(...addresses);
      if (/(^|i)d$|Ids?$/i.test(name) && node.pattern === undefined)
        return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: text(1, 128) });
      if (name === 'currency') return fc.constantFrom('EUR', 'USD', 'JPY');
      if (name === 'language') return fc.constantFrom('en', 'pt-BR', 'zz', 'x');
      if (typeof node.pattern === 'string' && !node.pattern.startsWith('[') && node.pattern !== '\\S')
        return fc.stringMatching(new RegExp(node.pattern));
      return text(least, most);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
};

/** A change after which an object certainly no longer fits its schema: an unknown field, a field of the wrong type, or one too few. */
export const brokenValuesOf = (schema: Schema, api: OpenApi): fc.Arbitrary<unknown> => {
  const node = api.resolve(schema);
  const whole = valuesOf(schema, api);
  if (node.type !== 'object' || node.additionalProperties !== false)
    return fc.constantFrom<unknown>('text', 7, true, [1], [[]]);
  const fields = Object.keys((node.properties ?? {}) as object);
  const required = (node.required ?? []) as string[];
  const ways: fc.Arbitrary<unknown>[] = [
    fc.constantFrom<unknown>('text', 7, true, [], [[]]),
    fc
      .tuple(whole, fc.constantFrom('unknown', 'Title', ' id', 'constructor', '$where', 'isAdmin'))
      .map(([value, name]) => ({ ...(value as object), [name]: 1 })),
  ];
  const typed = fields.filter((field) => {
    const part = api.resolve(((node.properties ?? {}) as Record<string, Schema>)[field]!);
    return typeof part.type === 'string' && part.type !== 'object';
  });
  // An object is neither a text, a number, a truth value nor a list.
  if (typed.length > 0)
    ways.push(
      fc
        .tuple(whole, fc.constantFrom(...typed))
        .map(([value, field]) => ({ ...(value as object), [field]: { nested: [{ deep: null }] } })),
    );
  if (required.length > 0)
    ways.push(
      fc.tuple(whole, fc.constantFrom(...required)).map(([value, field]) => {
        const { [field]: _gone, ...rest } = value as Record<string, unknown>;
        return rest;
      }),
    );
  return fc.oneof(...ways);
};

/** What of `value` does not fit the schema, by path; empty when all of it does. */
export const misfits = (value: unknown, schema: Schema, api: OpenApi, path = ''): string[] => {
  const node = api.resolve(schema);
  if (Array.isArray(node.anyOf) || Array.isArray(node.oneOf)) {
    const tries = ((node.anyOf ?? node.oneOf) as Schema[]).map((part) => misfits(value, part, api, path));
    return tries.some((found) => found.length === 0) ? [] : tries.flat();
  }
  if (node.const !== undefined && value !== node.const) return [`${path}: not ${JSON.stringify(node.const)}`];
  if (Array.isArray(node.enum) && !node.enum.includes(value))
    return [`${path}: ${JSON.stringify(value)} is none of them`];
  if (Array.isArray(node.type)) {
    const tries = node.type.map((type) => misfits(value, { ...node, type }, api, path));
    return tries.some((found) => found.length === 0) ? [] : tries.flat();
  }
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const wanted = node.type as string | undefined;
  if (wanted !== undefined && kind !== (wanted === 'integer' ? 'number' : wanted))
    return [`${path}: ${kind}, not ${wanted}`];
  if (wanted === 'integer' && !Number.isInteger(value)) return [`${path}: ${value} is not whole`];
  if (kind === 'number') {
    if (typeof node.minimum === 'number' && (value as number) < node.minimum)
      return [`${path}: ${value} < ${node.minimum}`];
    if (typeof node.maximum === 'number' && (value as number) > node.maximum)
      return [`${path}: ${value} > ${node.maximum}`];
  }
  if (kind === 'array' && node.items !== undefined)
    return (value as unknown[]).flatMap((part, at) => misfits(part, node.items as Schema, api, `${path}.${at}`));
  if (kind !== 'object') return [];
  const record = value as Record<string, unknown>;
  const fields = (node.properties ?? {}) as Record<string, Schema>;
  const found = ((node.required ?? []) as string[])
    .filter((field) => record[field] === undefined)
    .map((field) => `${path}.${field}: missing`);
  for (const [field, part] of Object.entries(record)) {
    if (Object.hasOwn(fields, field)) found.push(...misfits(part, fields[field]!, api, `${path}.${field}`));
    else if (node.additionalProperties === false) found.push(`${path}.${field}: unknown`);
    else if (typeof node.additionalProperties === 'object')
      found.push(...misfits(part, node.additionalProperties as Schema, api, `${path}.${field}`));
  }
  return found;
};
