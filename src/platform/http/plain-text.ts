import { z } from 'zod';

// A NUL cannot be stored by PostgreSQL, and half a surrogate pair is no character: both would fail far from their cause.
const UNSTORABLE = /\u0000|\p{Surrogate}/u;

/** Text of at most `max` UTF-16 units that every store can keep: no NUL, no lone surrogate. May be empty unless `min` is given. */
export const PlainText = (max: number, min = 0) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((text) => !UNSTORABLE.test(text), { message: 'must not contain NUL or half a surrogate pair' });

/** RFC 3339 time with `Z` or an offset, kept as text. */
export const Time = z.iso.datetime({ offset: true, message: 'must be an RFC 3339 time such as 2026-03-01T12:00:00Z' });

const EARLIEST = Date.UTC(1990, 0, 1);
const DAY_MS = 86_400_000;

/** A time at which something happened: not before 1990, not more than 24 hours ahead of `now` (default: the machine's time). */
export const PastTime = (now: () => number = Date.now) =>
  Time.refine(
    (text) => {
      const at = Date.parse(text);
      // What is no time at all has been named already.
      return Number.isNaN(at) || (at >= EARLIEST && at <= now() + DAY_MS);
    },
    { message: 'must lie between 1990-01-01 and 24 hours from now' },
  );

const isLanguage = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

/** BCP 47 language tag. */
export const Language = z
  .string()
  .min(2)
  .max(60)
  .refine(isLanguage, { message: 'must be a BCP 47 language tag such as en or pt-BR' });
