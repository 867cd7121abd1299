const place = (text: string, position: number): string => {
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  return line === 1
    ? `position ${position}`
    : `position ${position} (line ${line}, column ${position - before.lastIndexOf('\n')})`;
};

/** What V8 says about malformed JSON, with the position in words; V8 leaves the position out where the text ends early. */
const explain = (text: string, error: Error): string => {
  const found = /at position (\d+)/.exec(error.message);
  if (Number(found?.[1] ?? -1) >= text.length) return `is not JSON: it ends too early, at ${place(text, text.length)}`;
  if (found)
    return `is not JSON: ${error.message.replace(/ in JSON at position \d+.*$/s, '')} at ${place(text, Number(found[1]))}`;
  if (/Unexpected end/.test(error.message)) return `is not JSON: it ends too early, at ${place(text, text.length)}`;
  // V8 quotes the text around some mistakes instead of counting; the offending token stands first.
  const token = /^Unexpected token '(.)'|^"?([^"]{1,20})/u.exec(error.message)?.[1];
  const position = token === undefined ? 0 : firstMistake(text, token);
  return `is not JSON: ${token === undefined ? 'it can not be read' : `unexpected "${token}"`} at ${place(text, position)}`;
};

/** Where `token` stands, of all its places the first whose prefix alone is not merely unfinished. */
const firstMistake = (text: string, token: string): number => {
  for (let at = text.indexOf(token); at !== -1; at = text.indexOf(token, at + 1)) {
    try {
      JSON.parse(text.slice(0, at + 1));
    } catch (error) {
      if (!/Unexpected end|Unterminated/.test((error as Error).message)) return at;
    }
  }
  return 0;
};

const numberOutOfRange = /[-+]?(?:\d{300,}|\d+(?:\.\d+)?[eE]\+?\d{3,})/;

/** A revived value that JSON can write and a double can not hold. */
const findInfinite = (value: unknown, path: string): string | null => {
  if (typeof value === 'number') return Number.isFinite(value) ? null : path;
  if (value === null || typeof value !== 'object') return null;
  for (const [name, part] of Object.entries(value)) {
    const found = findInfinite(part, path === '' ? name : `${path}.${name}`);
    if (found !== null) return found;
  }
  return null;
};

/**
 * JSON as an API should read it: malformed text is explained with its position, numbers beyond a double are refused instead of becoming
 * infinite, and `__proto__` is refused.
 */
export const parseJson = (text: string): { value: unknown } | { message: string } => {
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    return { message: explain(text, error as Error) };
  }
  if (numberOutOfRange.test(text)) {
    const path = findInfinite(value, '');
    if (path !== null) return { message: `holds a number too large for a computer at ${path || 'its top'}` };
  }
  if (text.includes('"__proto__"')) return { message: 'holds a field named __proto__, which is refused' };
  return { value };
};
