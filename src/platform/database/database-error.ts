import { Problem } from '../http/problem.js';

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EAI_AGAIN',
  '57P01', // administrator ended the session
  '57P02',
  '57P03', // starting up
  '53300', // too many connections
  '08000',
  '08003',
  '08006',
]);
const unreachableWords =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/i;

/** Whether `error` means that the database can't be reached now, so that trying again may help. */
export const isUnreachable = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isUnreachable);
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  return (
    (code !== undefined && unreachableCodes.has(code)) || (message !== undefined && unreachableWords.test(message))
  );
};

/** 503 for a database that does not answer. */
export const unreachable = (cause: unknown): Problem =>
  new Problem({
    code: 'VIT_DATABASE_UNREACHABLE',
    status: 503,
    title: 'The database does not answer',
    detail: 'The database can not be reached now. Nothing was changed; the same call may be made again.',
    fault: 'shop',
    retryAfterSeconds: 2,
    cause,
  });

/** The SQLSTATE of a PostgreSQL error (`23505` is a unique violation), or undefined for any other error. */
export const sqlState = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};
