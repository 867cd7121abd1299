import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldErrorsOf } from './field-errors.js';

const schema = z.strictObject({
  title: z.string().min(1),
  limit: z.int().min(1).max(100).optional(),
  availability: z.enum(['in_stock', 'preorder']).optional(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional(),
  tags: z.array(z.string()).max(2).optional(),
  own: z
    .string()
    .refine((text) => text === 'x', 'must be an x')
    .optional(),
});
const told = (value: unknown): Record<string, string> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error('taken');
  return Object.fromEntries(fieldErrorsOf(parsed.error, value).map(({ path, message }) => [path, message]));
};

describe('what is wrong with a value, in plain words', () => {
  it('a field that is missing is said to be required', () => {
    expect(told({})).toEqual({ title: 'is required: a string' });
  });
  it('a value of another kind is named with what would be right', () => {
    expect(told({ title: 5 })).toEqual({ title: 'must be a string, not a number' });
    expect(told({ title: null })).toEqual({ title: 'must be a string, not null' });
    expect(told({ title: 'x', tags: 'red' })).toEqual({ tags: 'must be a list, not a string' });
    expect(told({ title: 'x', limit: 1.5 })).toEqual({ limit: 'must be a whole number' });
    expect(told([])).toEqual({ '': 'must be an object, not a list' });
  });
  it('limits are said as limits', () => {
    expect(told({ title: '' })).toEqual({ title: 'must not be empty' });
    expect(told({ title: 'x', limit: 0 })).toEqual({ limit: 'must be at least 1' });
    expect(told({ title: 'x', limit: 101 })).toEqual({ limit: 'must be at most 100' });
    expect(told({ title: 'x', tags: ['a', 'b', 'c'] })).toEqual({ tags: 'must have at most 2 entries' });
  });
  it('a choice names its choices', () => {
    expect(told({ title: 'x', availability: 'maybe' })).toEqual({
      availability: 'must be one of "in_stock", "preorder"',
    });
    expect(told({ title: 'x', attributes: { size: { eu: 38 } } })).toEqual({
      'attributes.size': 'must be a string, a number, true or false or a list',
    });
    expect(told({ title: 'x', attributes: { size: [1] } })['attributes.size']).toMatch(/^must be a string, a number/);
  });
  it("a schema's own words are kept", () => {
    expect(told({ title: 'x', own: 'y' })).toEqual({ own: 'must be an x' });
  });
});
