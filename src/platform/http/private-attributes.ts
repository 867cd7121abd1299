import { Problem } from './problem.js';

/** Whether a shop marked an attribute as its own business: the name begins with an underscore (`_margin`). Pages never see it. */
export const isPrivateAttribute = (name: string): boolean => name.startsWith('_');

/** The attributes that anybody may see. */
export const publicAttributes = <T>(attributes: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !isPrivateAttribute(name)));

/**
 * A filter must not tell a page what it may not read: asking often enough whether `_margin` is over 10 would give it away.
 * @throws Problem 403 naming the first private attribute in the filter.
 */
export const assertNoPrivateAttribute = (filter: unknown): void => {
  if (Array.isArray(filter)) {
    for (const part of filter) assertNoPrivateAttribute(part);
  } else if (filter !== null && typeof filter === 'object')
    for (const [name, part] of Object.entries(filter)) {
      if (name.startsWith('attributes.') && isPrivateAttribute(name.slice('attributes.'.length)))
        throw new Problem({
          code: 'VIT_ACCESS_ATTRIBUTE',
          status: 403,
          title: 'Not allowed',
          detail: `${name.slice(0, 200)} is private (its name begins with an underscore): filtering by it needs a server key.`,
        });
      if (name === 'and' || name === 'or' || name === 'not') assertNoPrivateAttribute(part);
    }
};
