import { Problem } from '../platform/http/problem.js';

const HASH = /^[0-9a-f]{64}$/;

/** What a store answers for a picture it has not. */
export const pictureMissing = (hash: string): Problem =>
  new Problem({
    code: 'VIT_IMAGE_MISSING',
    status: 404,
    title: 'Not found',
    detail: `No picture ${hash.slice(0, 80)} is in the image store.`,
  });

/** `ab/cd/HASH`, the place of a picture under a store's root. The hash becomes a path, so nothing but a hash may: else `VIT_IMAGE_MISSING`. */
export const placeOfPicture = (hash: string): string => {
  if (!HASH.test(hash)) throw pictureMissing(hash);
  return `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
};
