import { createHash } from 'node:crypto';

/** JSON with the keys of every object in order, so that equal content has equal text. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** SHA-256 in hex: the name by which content is known everywhere. */
export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
