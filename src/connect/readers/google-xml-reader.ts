import type { Readable } from 'node:stream';
import { XMLParser } from 'fast-xml-parser';
import type { FeedReader, FeedRow } from '../feed-reader.port.js';
import { cutElements } from './cut-elements.js';
import { type GoogleProduct, googleItem } from './google-item.js';
import { decodeEntities } from './html-entities.js';

/** Longest product in a feed, in characters. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  trimValues: true,
  // Entities are decoded by us, the few that feeds use: a document's own definitions could grow without end.
  processEntities: false,
});

/**
 * Google Merchant product feeds in XML: RSS 2.0 (`<item>`) and Atom (`<entry>`), with or without the `g:` prefix. Where both stand (`<title>` and `<g:title>`) the prefixed one is the
 * product's and the other one is kept.
 */
export const googleXmlReader = (currency: string): FeedReader => ({
  format: 'google-xml',
  recognises: (head) => {
    const text = head.toString('utf8').replace(/^\uFEFF/, '');
    return (
      /^\s*<(\?xml|!--|rss|feed|rdf|channel|products)/i.test(text) &&
      (/base\.google\.com/.test(text) || /<([\w.-]+:)?(item|entry)[\s>]/.test(text))
    );
  },
  async *read(source: Readable): AsyncIterable<FeedRow> {
    const products = cutElements(source, { names: ['item', 'entry'], isXml: true, mostCharacters: MOST_CHARACTERS });
    for await (const { line, name, ...cut } of products) {
      if (cut.text === null) {
        const because = 'because' in cut ? cut.because : 'too long';
        if (because === 'unclosed')
          yield { line, errors: [{ path: '', message: `the document ends within <${name}>` }], brokenOff: true };
        else
          yield { line, errors: [{ path: '', message: `the product is longer than ${MOST_CHARACTERS} characters` }] };
        continue;
      }
      let fields: Record<string, unknown>;
      try {
        fields = ((parser.parse(cut.text) as Record<string, unknown>)[name] ?? {}) as Record<string, unknown>;
      } catch (error) {
        yield { line, errors: [{ path: '', message: `is not XML: ${(error as Error).message.slice(0, 200)}` }] };
        continue;
      }
      if (typeof fields !== 'object') fields = {};
      yield { line, kind: 'items', value: googleItem(productOf(fields), currency) };
    }
  },
});

/** Tags by their name without a prefix, what has one first. */
const productOf = (fields: Record<string, unknown>): GoogleProduct => {
  const texts = new Map<string, string[]>();
  const prefixed = ([tag]: [string, unknown]): number => (tag.includes(':') ? 0 : 1);
  for (const [tag, value] of Object.entries(fields).sort((a, b) => prefixed(a) - prefixed(b))) {
    if (tag.startsWith('@') || tag === '#text') continue;
    const name = tag.slice(tag.indexOf(':') + 1);
    const all = [...(texts.get(name) ?? []), ...textsOf(value, name)];
    texts.set(name, [...new Set(all.filter((text) => text !== ''))]);
  }
  return {
    all: (name) => take(texts, name, Number.POSITIVE_INFINITY),
    one: (name) => take(texts, name, 1)[0] ?? '',
    rest: () =>
      [...texts].flatMap(([column, left]) =>
        left.length === 0 ? [] : [{ column, text: left.length === 1 ? left[0]! : left }],
      ),
  };
};

const take = (texts: Map<string, string[]>, name: string, most: number): string[] => {
  const all = texts.get(name) ?? [];
  texts.set(name, all.slice(most));
  return all.slice(0, most);
};

/** The texts under a name: one, several, or an Atom link's address. */
const textsOf = (value: unknown, name: string): string[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    // Of an Atom entry's links the one without a relation, or the alternate one, is the product's page.
    const turn = (link: unknown): number =>
      ['', 'alternate'].includes(String((link as Node)?.['@rel'] ?? '')) ? 0 : 1;
    const links = name === 'link' ? [...value].sort((a, b) => turn(a) - turn(b)) : value;
    return links.flatMap((one) => textsOf(one, name));
  }
  if (typeof value === 'object') {
    const { '#text': text, '@href': address } = value as Node;
    if (text !== undefined || address !== undefined) return [decodeEntities(String(text ?? address)).trim()];
    // What stands by market or service has parts: `country=US; price=5 USD`.
    const parts = Object.entries(value).filter(([part]) => !part.startsWith('@'));
    const textOf = ([part, of]: [string, unknown]): string =>
      `${part.slice(part.indexOf(':') + 1)}=${textsOf(of, part).join(', ')}`;
    return parts.length === 0 ? [] : [parts.map(textOf).join('; ')];
  }
  return [decodeEntities(String(value)).trim()];
};

type Node = Record<string, unknown>;
