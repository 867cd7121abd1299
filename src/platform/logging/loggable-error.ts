/** An error as the log shows it. */
export interface LoggableError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggableError;
}

const MOST_CAUSES = 5;

/** What a database names in quotes of its own making; whatever else it quotes are values (`invalid input syntax for type integer: "anna"`). */
const OBJECTS =
  'relation|column|constraint|index|table|type|function|schema|database|role|extension|operator|trigger|parameter';
const quoted = new RegExp(`(\\b(?:${OBJECTS}) )?"(?:[^"]|"")*"`, 'g');

/** Without its values: from where the first one begins to where the last one ends, since a value may hold quotes itself. */
const unquoted = (text: string): string => {
  for (const found of text.matchAll(quoted))
    if (found[1] === undefined) return `${text.slice(0, found.index)}"…"${text.slice(text.lastIndexOf('"') + 1)}`;
  return text;
};

/** Where it happened: the stack repeats the message first. */
const placesIn = (stack: string, message: string): string =>
  stack.includes(message)
    ? stack.replace(message, () => unquoted(message))
    : stack.slice(Math.max(0, stack.search(/^ {4}at /m)));

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
    ...(error.stack === undefined ? {} : { stack: placesIn(error.stack, error.message) }),
    ...(cause instanceof Error && depth < MOST_CAUSES ? { cause: loggableError(cause, depth + 1) } : {}),
  };
};
