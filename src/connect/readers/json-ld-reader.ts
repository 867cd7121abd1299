import type { Readable } from 'node:stream';
import { readNdjson } from '../../platform/platform.api.js';
import type { FeedReader, FeedRow } from '../feed-reader.port.js';
import { cutElements } from './cut-elements.js';
import { linkedProducts } from './json-ld-graph.js';
import { rowsOfProduct } from './json-ld-product.js';
import { jsonValues } from './json-values.js';

/** A document up to this is held whole, so that its parts may refer to one another; of a larger one the products are read one by one. */
const MOST_CHARACTERS = 2 * 1024 * 1024;
/** Longest product of a larger document. */
const MOST_OF_PRODUCT = 4 * 1024 * 1024;
const LISTS = new Set(['@graph', 'itemListElement', 'hasVariant']);

type Document =
  | { line: number; json: string }
  | { line: number; value: unknown }
  | Extract<FeedRow, { errors: unknown }>;

const textOf = (head: Buffer): string => head.toString('utf8').replace(/^\uFEFF/, '');

/** schema.org `Product` and `ProductGroup` with their reviews: a JSON document, several, one a line, or the scripts of HTML pages. `currency` is that of prices that carry none. */
export const jsonLdReader = (currency: string): FeedReader => ({
  format: 'json-ld',
  recognises: (head) => {
    const text = textOf(head);
    return /^\s*<(!doctype html|html|head|script)\b/i.test(text) || (/^\s*[[{]/.test(text) && isLinkedData(text));
  },
  async *read(source: Readable, { head }): AsyncIterable<FeedRow> {
    for await (const document of documentsIn(source, textOf(head))) {
      if ('errors' in document) {
        yield document;
        continue;
      }
      const { line } = document;
      const value = 'value' in document ? document.value : parsed(document.json);
      if (value instanceof Error)
        yield { line, errors: [{ path: '', message: `is not JSON: ${value.message.slice(0, 200)}` }] };
      else for (const product of linkedProducts(value)) yield* rowsOfProduct(product, line, currency);
    }
  },
});

/** A shop's own JSON may well speak of schema.org; linked data has names that begin with an at sign. */
const isLinkedData = (text: string): boolean => /schema\.org/.test(text) && /"@(context|type|graph|id)"/.test(text);

async function* documentsIn(source: Readable, head: string): AsyncGenerator<Document> {
  if (/^\s*</.test(head)) yield* scriptsIn(source);
  else if (isLines(head)) yield* readNdjson(source);
  else
    for await (const { line, ...part } of jsonValues(source, {
      whole: MOST_CHARACTERS,
      entry: MOST_OF_PRODUCT,
      lists: LISTS,
    })) {
      if (part.json !== null) yield { line, json: part.json };
      else if ('message' in part)
        yield { line, errors: [{ path: '', message: part.message }], ...(part.brokenOff ? { brokenOff: true } : {}) };
    }
}

/** One document a line: then a wrong one costs its own line only. */
const isLines = (head: string): boolean => {
  const [first = '', second] = head.trimStart().split(/\r?\n/, 2);
  return second !== undefined && /^\s*(\{|$)/.test(second) && !(parsed(first) instanceof Error);
};

async function* scriptsIn(page: Readable): AsyncGenerator<Document> {
  for await (const { line, ...script } of cutElements(page, {
    names: ['script'],
    isXml: false,
    mostCharacters: MOST_CHARACTERS,
  })) {
    if (script.text === null) continue;
    const found = /^<script\b([^>]*)>([\s\S]*)<\/script\s*>$/i.exec(script.text);
    if (found && /type\s*=\s*["']?application\/ld\+json\b/i.test(found[1]!)) yield { line, json: found[2]! };
  }
}

/** JSON as pages have it: also within a comment or CDATA, with line breaks inside of texts, and with a semicolon after it. */
const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (error) {
    const plain = bare(json).replace(/\p{Cc}/gu, ' ');
    try {
      return JSON.parse(plain);
    } catch {
      return error as Error;
    }
  }
};

const BEFORE = /^(?:<!--|<!\[CDATA\[|\/\/|\/\*|\*\/)/;
const AFTER = /(?:-->|\]\]>|\/\/|\/\*|\*\/|;)$/;

/** A script without the marks that hide it from readers of HTML or XML. */
const bare = (script: string): string => {
  let text = script.trim();
  for (let mark = BEFORE.exec(text); mark; mark = BEFORE.exec(text)) text = text.slice(mark[0].length).trimStart();
  for (let mark = AFTER.exec(text.slice(-3)); mark; mark = AFTER.exec(text.slice(-3)))
    text = text.slice(0, -mark[0].length).trimEnd();
  return text;
};
