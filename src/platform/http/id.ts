import { z } from 'zod';

// Control characters and lone surrogates: neither can be typed, printed or stored faithfully.
const FORBIDDEN = /[\p{Cc}\p{Surrogate}]/u;

/** An identifier the shop chose: 1–128 characters (code points) of any Unicode except control characters. */
export const Id = z
  .string()
  .min(1, 'must not be empty')
  .refine((id) => id.length <= 128 || [...id].length <= 128, { message: 'must have at most 128 characters' })
  .refine((id) => !FORBIDDEN.test(id), { message: 'must not contain control characters' })
  .meta({ description: '1–128 characters of any Unicode except control characters' });
export type Id = z.infer<typeof Id>;
