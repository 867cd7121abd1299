import type { Readable } from 'node:stream';
import { XMLParser } from 'fast-xml-parser';
import type { FeedReader, FeedRow } from '../feed-reader.port.js';
import { decodeEntities } from './feed-values.js';
import { type GoogleProduct, googleItem } from './google-item.js';

/** Longest product in a feed, in characters. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: true,
  // Entities are decoded by us, the few that feeds use: a document's own definitions could grow without end.
  processEntities: false,
});

/** Google Merchant product feeds in XML: RSS 2.0 (`<item>`) and Atom (`<entry>`), with or without the `g:` prefix. */
export const googleXmlReader: FeedReader = {
  format: 'google-xml',
  recognises: (head) => {
    const text = head.toString('utf8');
    return (
      /^\s*(<\?xml|<rss|<feed)/i.test(text.replace(/^\uFEFF/, '')) &&
      (/base\.google\.com/.test(text) || /<(item|entry)[\s>]/.test(text))
    );
  },
  async *read(source: Readable): AsyncIterable<FeedRow> {
    for await (const { line, text } of products(source)) {
      if (text === null) {
        yield { line, errors: [{ path: '', message: `the product is longer than ${MOST_CHARACTERS} characters` }] };
        continue;
      }
      const parsed = parser.parse(text) as Record<string, Record<string, unknown>>;
      const fields = parsed.item ?? parsed.entry ?? {};
      yield { line, kind: 'items', value: googleItem(productOf(fields)) };
    }
  },
};

const productOf = (fields: Record<string, unknown>): GoogleProduct => {
  const taken = new Set<string>();
  return {
    values: (name) => {
      taken.add(name);
      return textsOf(fields[name]);
    },
    rest: () =>
      Object.entries(fields).flatMap(([column, value]) => {
        const texts = taken.has(column) || column.startsWith('@') ? [] : textsOf(value).filter((text) => text !== '');
        return texts.length === 0 ? [] : [{ column, text: texts.length === 1 ? texts[0]! : texts }];
      }),
  };
};

/** The texts under a name: one, several, or an Atom link's address. */
const textsOf = (value: unknown): string[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value === 'object') {
    const { '#text': text, '@href': address } = value as { '#text'?: string; '@href'?: string };
    if (text !== undefined || address !== undefined) return [decodeEntities(String(text ?? address))];
    // What stands by market or service has parts: `country=US; price=5 USD`.
    const parts = Object.entries(value).filter(([name]) => !name.startsWith('@'));
    return parts.length === 0 ? [] : [parts.map(([name, part]) => `${name}=${textsOf(part).join(', ')}`).join('; ')];
  }
  return [decodeEntities(String(value)).trim()];
};

/** Cuts a feed into its products while it streams; each with the line it begins on. `text` null: it was too long and was skipped. */
async function* products(source: Readable): AsyncGenerator<{ line: number; text: string | null }> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let line = 1;
  const linesIn = (text: string): number => text.split('\n').length - 1;
  const cut = function* (isEnd: boolean): Generator<{ line: number; text: string | null }> {
    for (;;) {
      const start = /<(item|entry)(\s[^>]*)?>/.exec(rest);
      if (!start) {
        // A tag may be cut in two by the end of the chunk.
        const kept = isEnd ? '' : rest.slice(-200);
        line += linesIn(rest.slice(0, rest.length - kept.length));
        rest = kept;
        return;
      }
      const close = `</${start[1]}>`;
      const end = rest.indexOf(close, start.index);
      if (end === -1) {
        line += linesIn(rest.slice(0, start.index));
        rest = rest.slice(start.index);
        if (rest.length > MOST_CHARACTERS) {
          yield { line, text: null };
          line += linesIn(rest);
          rest = '';
        }
        return;
      }
      line += linesIn(rest.slice(0, start.index));
      const text = rest.slice(start.index, end + close.length);
      yield { line, text };
      line += linesIn(text);
      rest = rest.slice(end + close.length);
    }
  };
  for await (const chunk of source) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    yield* cut(false);
  }
  rest += decoder.decode();
  yield* cut(true);
}
