import utils from 'pg/lib/utils.js';

/**
 * A parameter as `pg` would send it: text, bytes or null. Both adapters go through the same conversion,
 * so that an array, a Date or an object means the same on both.
 */
export const toWire = (value: unknown): string | Uint8Array | null => {
  const prepared: unknown = utils.prepareValue(value);
  if (prepared === null || prepared === undefined) return null;
  if (Buffer.isBuffer(prepared)) return new Uint8Array(prepared);
  return String(prepared);
};
