import { createHmac, randomBytes } from 'node:crypto';

/** Of this process alone and never stored: whoever reads a log can follow one person through it, and nobody can tell who that is. */
const key = randomBytes(32);

/** A name for a person in the log, the same for the same id while this process lives. */
export const pseudonym = (id: string): string =>
  `p-${createHmac('sha256', key).update(id).digest('base64url').slice(0, 12)}`;
