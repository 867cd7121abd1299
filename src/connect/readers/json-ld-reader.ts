import type { Readable } from 'node:stream';
import type { FeedReader, FeedRow } from '../feed-reader.port.js';
import { given, textOfHtml } from './feed-values.js';
import { restAttributes } from './rest-attributes.js';

/** Longest document, in bytes: JSON-LD is one value, so it is held whole. One product a line (NDJSON) has no limit but the line's. */
const MOST_BYTES = 256 * 1024 * 1024;

type Node = Record<string, unknown>;

/** schema.org `Product` and `ProductGroup` with their reviews: a JSON document, one a line, or the scripts of an HTML page. */
export const jsonLdReader: FeedReader = {
  format: 'json-ld',
  recognises: (head) =>
    /schema\.org/.test(head.toString('utf8')) && /^\s*[[{<]/.test(head.toString('utf8').replace(/^\uFEFF/, '')),
  async *read(source: Readable): AsyncIterable<FeedRow> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of source) {
      bytes += (chunk as Buffer).length;
      if (bytes > MOST_BYTES) {
        yield {
          line: 1,
          errors: [{ path: '', message: `the document is longer than ${MOST_BYTES} bytes; give one product a line` }],
        };
        return;
      }
      chunks.push(chunk as Buffer);
    }
    const text = Buffer.concat(chunks)
      .toString('utf8')
      .replace(/^\uFEFF/, '');
    for (const { line, json } of documentsIn(text)) {
      let value: unknown;
      try {
        value = JSON.parse(json);
      } catch (error) {
        yield { line, errors: [{ path: '', message: `is not JSON: ${(error as Error).message.slice(0, 200)}` }] };
        continue;
      }
      for (const node of productsIn(value)) yield* rowsOf(node, line);
    }
  },
};

/** The JSON documents of a file, each with the line it begins on. */
function* documentsIn(text: string): Generator<{ line: number; json: string }> {
  const lineAt = (index: number): number => text.slice(0, index).split('\n').length;
  if (text.trimStart().startsWith('<')) {
    for (const match of text.matchAll(/<script[^>]*type=["']?application\/ld\+json["']?[^>]*>([\s\S]*?)<\/script>/gi))
      yield { line: lineAt(match.index), json: match[1]! };
    return;
  }
  const lines = text.split('\n');
  const isNdjson =
    lines.filter((line) => line.trim() !== '').length > 1 &&
    /^\s*\{.*\}\s*,?\s*$/.test(lines.find((line) => line.trim() !== '')!);
  if (!isNdjson) yield { line: 1, json: text };
  else for (const [index, line] of lines.entries()) if (line.trim() !== '') yield { line: index + 1, json: line };
}

const typesOf = (node: Node): string[] =>
  [node['@type']].flat().map((type) => String(type).replace(/^(https?:\/\/schema\.org\/|schema:)/, ''));

/** All products below a value: lists, graphs, item lists, pages' main entities. */
function* productsIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const part of value) yield* productsIn(part);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  const node = value as Node;
  const types = typesOf(node);
  if (types.includes('Product') || types.includes('ProductGroup')) yield node;
  else for (const name of ['@graph', 'itemListElement', 'item', 'mainEntity']) yield* productsIn(node[name]);
}

const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return textOf(value[0]);
  if (value !== null && typeof value === 'object')
    return textOf((value as Node).name ?? (value as Node)['@value'] ?? (value as Node).url ?? (value as Node)['@id']);
  return value === undefined || value === null ? '' : String(value).trim();
};

const addressesOf = (value: unknown): string[] =>
  [value].flat().flatMap((image) => {
    const address =
      image !== null && typeof image === 'object'
        ? ((image as Node).contentUrl ?? (image as Node).url ?? (image as Node)['@id'])
        : image;
    return typeof address === 'string' && address !== '' ? [address] : [];
  });

const AVAILABILITY: Record<string, string> = {
  InStock: 'in_stock',
  LimitedAvailability: 'in_stock',
  OnlineOnly: 'in_stock',
  InStoreOnly: 'in_stock',
  OutOfStock: 'out_of_stock',
  SoldOut: 'out_of_stock',
  PreOrder: 'preorder',
  PreSale: 'preorder',
  BackOrder: 'preorder',
  Discontinued: 'discontinued',
};

const offerOf = (node: Node): { price?: { amount: number; currency: string }; availability?: string } => {
  const offer = [node.offers].flat()[0] as Node | undefined;
  if (!offer || typeof offer !== 'object') return {};
  const specification = ([offer.priceSpecification].flat()[0] ?? {}) as Node;
  const amount = Number(offer.price ?? offer.lowPrice ?? specification.price);
  const currency = textOf(offer.priceCurrency ?? specification.priceCurrency);
  const price = Number.isFinite(amount) && currency !== '' ? { amount, currency } : undefined;
  return { price, availability: AVAILABILITY[textOf(offer.availability).split('/').at(-1)!] };
};

/** Where an offer holds, if it says so. */
const regionOf = (offer: Node): string =>
  [offer.eligibleRegion ?? offer.areaServed]
    .flat()
    .map(textOf)
    .filter((region) => region !== '')
    .join(', ');

/** What offers say beyond the first one's price: stock, and price and availability by market. */
const offerAttributes = (node: Node, known: Readonly<Record<string, unknown>>): Record<string, string | number> => {
  const found: Record<string, string | number> = {};
  const all = [node.offers].flat().filter((offer): offer is Node => offer !== null && typeof offer === 'object');
  const offers = all.flatMap((offer) => [
    offer,
    ...[offer.offers].flat().filter((each): each is Node => each !== null && typeof each === 'object'),
  ]);
  const put = (name: string, value: string | number): void => {
    if (value === '' || (typeof value === 'number' && !Number.isFinite(value)) || name in known) return;
    found[name] ??= value;
  };
  for (const [at, offer] of offers.entries()) {
    const region = regionOf(offer);
    const { price, availability } = offerOf({ offers: offer });
    if (price && (region !== '' || at > 0)) {
      put(`price.${region || price.currency}`, price.amount);
      if (region !== '') put(`currency.${region}`, price.currency);
      if (region !== '' && availability) put(`availability.${region}`, availability);
    }
    put('stock', Number((offer.inventoryLevel as Node | undefined)?.value ?? offer.inventoryLevel ?? Number.NaN));
    put('highPrice', Number(offer.highPrice ?? Number.NaN));
    put('priceValidUntil', textOf(offer.priceValidUntil));
    put('condition', textOf(offer.itemCondition).split('/').at(-1)!);
  }
  return found;
};

/** Properties that have a place of their own. */
const PLACED = new Set(
  'name description url image category brand manufacturer sku offers color material size pattern gtin gtin13 mpn additionalProperty review reviews hasVariant inProductGroupWithID productID productGroupID variesBy'.split(
    ' ',
  ),
);

/** With all other properties as private attributes; what has parts as JSON. */
const withRest = (node: Node, attributes: Record<string, string | number>): Record<string, unknown> => {
  const rest = Object.entries(node)
    .filter(([name, value]) => !PLACED.has(name) && !name.startsWith('@') && value !== null && value !== '')
    .map(([column, value]) => {
      const isList = Array.isArray(value) && value.every((each) => typeof each !== 'object');
      if (isList) return { column, text: value.map(String) };
      return { column, text: typeof value === 'object' ? JSON.stringify(value) : String(value) };
    });
  return { ...attributes, ...restAttributes(rest, attributes) };
};

const idOf = (node: Node): string =>
  textOf(node.productID) ||
  textOf(node.sku) ||
  textOf(node.productGroupID) ||
  textOf(node['@id']) ||
  textOf(node.url) ||
  textOf(node.name);

function* rowsOf(node: Node, line: number, group?: Node): Generator<FeedRow> {
  const variants = [node.hasVariant]
    .flat()
    .filter((variant): variant is Node => variant !== null && typeof variant === 'object');
  if (variants.length > 0) {
    for (const variant of variants) yield* rowsOf(variant, line, node);
    return;
  }
  const merged: Node = group ? { ...group, ...node } : node;
  const id = idOf(node);
  const attributes = Object.fromEntries(
    ['color', 'material', 'size', 'pattern', 'gtin', 'gtin13', 'mpn']
      .map((name) => [name, textOf(merged[name])])
      .filter(([, value]) => value !== ''),
  ) as Record<string, string>;
  const { additionalProperty } = merged;
  for (const property of [additionalProperty].flat() as (Node | undefined)[]) {
    if (property && textOf(property.name) !== '' && textOf(property.value) !== '')
      attributes[textOf(property.name)] = textOf(property.value);
  }
  const item = given({
    id,
    groupId: group ? idOf(group) : textOf(merged.inProductGroupWithID),
    title: textOf(merged.name),
    description: textOfHtml(textOf(merged.description)),
    url: textOf(merged.url),
    images: addressesOf(merged.image).map((url) => ({ url })),
    categories: [merged.category]
      .flat()
      .map(textOf)
      .filter((category) => category !== ''),
    brand: textOf(merged.brand ?? merged.manufacturer),
    sku: textOf(merged.sku),
    ...offerOf(merged),
    attributes: withRest(merged, { ...attributes, ...offerAttributes(merged, attributes) }),
  });
  yield { line, kind: 'items', value: item };
  for (const [index, review] of ([node.review ?? node.reviews].flat() as (Node | undefined)[]).entries())
    if (review) yield { line, kind: 'reviews', value: reviewOf(review, id, index) };
}

/** A rating on the scale of contract, 1 to 5, from whatever scale the page uses. */
const ratingOf = (rating: Node | undefined): number | undefined => {
  const value = Number(rating?.ratingValue ?? Number.NaN);
  const [worst, best] = [Number(rating?.worstRating ?? 1), Number(rating?.bestRating ?? 5)];
  if (!Number.isFinite(value) || best <= worst) return undefined;
  return Math.min(5, Math.max(1, 1 + (4 * (value - worst)) / (best - worst)));
};

const timeOf = (text: string): string | undefined =>
  text === '' || Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();

const reviewOf = (review: Node, itemId: string, index: number): Record<string, unknown> =>
  given({
    id: textOf(review['@id']) || `${index + 1}`,
    itemId,
    text: textOfHtml(textOf(review.reviewBody ?? review.description)),
    title: textOf(review.name ?? review.headline),
    rating: ratingOf([review.reviewRating].flat()[0] as Node | undefined),
    author: textOf(review.author),
    createdAt: timeOf(textOf(review.datePublished)),
    language: textOf(review.inLanguage),
  });
