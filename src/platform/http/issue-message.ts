import type { core } from 'zod';

const nouns: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (Number.isNaN(value)) return 'NaN';
  return nouns[typeof value] ?? typeof value;
};

const bound = (issue: core.$ZodIssueTooSmall | core.$ZodIssueTooBig, limit: unknown, most: boolean): string => {
  const word = most ? 'at most' : 'at least';
  const unit = { string: 'character', array: 'entr', set: 'entr' }[issue.origin as string];
  if (unit === undefined)
    return `must be ${issue.inclusive === false ? (most ? 'less than' : 'more than') : word} ${limit}`;
  if (!most && limit === 1) return 'must not be empty';
  const plural = limit === 1 ? (unit === 'entr' ? 'entry' : unit) : unit === 'entr' ? 'entries' : `${unit}s`;
  return `must have ${word} ${limit} ${plural}`;
};

/** What the branches of a union would have taken, where each says it by its type alone. */
const alternatives = (branches: readonly (readonly core.$ZodIssue[])[]): string | undefined => {
  const wanted = new Set<string>();
  for (const [first] of branches) {
    if (first === undefined) return undefined;
    if (first.code === 'invalid_type') wanted.add(first.path.length > 0 ? 'a list of strings' : nounOf(first.expected));
    else if (first.code === 'invalid_value') for (const value of first.values) wanted.add(JSON.stringify(value));
    else return undefined;
  }
  return [...wanted].join(', ').replace(/, ([^,]*)$/, ' or $1');
};

const nounOf = (expected: string): string => nouns[expected] ?? expected;

/**
 * What is wrong with `received`, in words for the person who wrote the call: what a schema says of itself is kept, and the library's own wording
 * ("Invalid input: expected string, received undefined") is said plainly ("is required").
 */
export const issueMessage = (issue: core.$ZodIssue, received: unknown): string => {
  if (!/^(Invalid|Too small|Too big|Unrecognized)/.test(issue.message)) return issue.message;
  const missing = received === undefined;
  switch (issue.code) {
    case 'invalid_type':
      return missing
        ? `is required: ${nounOf(issue.expected)}`
        : typeof received === 'number' && issue.expected === 'int'
          ? 'must be a whole number'
          : `must be ${nounOf(issue.expected)}, not ${kindOf(received)}`;
    case 'too_small':
      return bound(issue, issue.minimum, false);
    case 'too_big':
      return bound(issue, issue.maximum, true);
    case 'invalid_value':
      return `${missing ? 'is required: ' : 'must be '}${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_union': {
      const wanted = alternatives(issue.errors);
      return wanted === undefined
        ? issue.message
        : `${missing ? 'is required' : 'must be'}: ${wanted}`.replace('be:', 'be');
    }
    default:
      return issue.message;
  }
};
