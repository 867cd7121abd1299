/** An error as the log shows it. */
export interface LoggableError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggableError;
}

const MOST_CAUSES = 5;

/** A database quotes the value that it could not take: `invalid input syntax for type integer: "anna"`. */
const unquoted = (text: string): string => text.replace(/(: )"(?:[^"\n]|"")*"(?=\n|$)/g, '$1"…"');

/**
 * What went wrong and where, without the data that it went wrong with: a database's error carries the row (`detail`), the values and the statement beside its
 * message, and with them ids of people, searches and addresses.
 */
export const loggableError = (error: unknown, depth = 0): LoggableError => {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error' };
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.constructor.name || error.name,
    message: unquoted(error.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: unquoted(error.stack) }),
    ...(cause instanceof Error && depth < MOST_CAUSES ? { cause: loggableError(cause, depth + 1) } : {}),
  };
};
