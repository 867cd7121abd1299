import type { ZodError } from 'zod';
import { issueMessage } from './issue-message.js';
import { type FieldError, Problem } from './problem.js';

/** Longest excerpt of a wrong value that an answer repeats. */
const MOST_RECEIVED = 200;
/** Most wrong values that one answer names. */
const MOST_ERRORS = 100;

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (part, step) =>
      part !== null && typeof part === 'object' ? (part as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );

/** A wrong value as an answer repeats it: cut short, and never a whole structure. */
const shown = (value: unknown): unknown => {
  if (typeof value === 'string') return value.length > MOST_RECEIVED ? `${value.slice(0, MOST_RECEIVED)}…` : value;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === 'object') return 'an object';
  return value;
};

/** What a schema found wrong with `value`, by dotted path, one sentence each; an unknown field is named by its own path. */
export const fieldErrorsOf = (error: ZodError, value: unknown): FieldError[] => {
  const errors: FieldError[] = [];
  // What follows the first fault of a value is its consequence: a string where a list belongs is not also too long a list.
  const told = new Set<string>();
  for (const issue of error.issues) {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      for (const name of issue.keys)
        errors.push({
          path: [...path, name].join('.'),
          message: 'is not a known field',
          received: shown(at(value, [...issue.path, name])),
        });
    } else {
      if (told.has(path.join('.'))) continue;
      told.add(path.join('.'));
      const received = shown(at(value, issue.path));
      errors.push({
        path: path.join('.'),
        message: issueMessage(issue, at(value, issue.path)),
        ...(received === undefined ? {} : { received }),
      });
    }
  }
  return errors.slice(0, MOST_ERRORS);
};

/** 400 that names every wrong field of a body. */
export const invalidBody = (error: ZodError, value: unknown, code = 'VIT_REQUEST_INVALID'): Problem => {
  const errors = fieldErrorsOf(error, value);
  const detail = errors.map(({ path, message }) => `${path || 'the body'}: ${message}`).join('; ');
  return new Problem({ code, status: 400, title: 'The request is not valid', detail: detail.slice(0, 1_000), errors });
};
