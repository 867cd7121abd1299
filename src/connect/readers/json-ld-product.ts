import type { FeedRow } from '../feed-reader.port.js';
import { availabilityOf, given, textOfHtml } from './feed-values.js';
import { type LinkedProduct, type Node, nodesIn, textOf } from './json-ld-graph.js';
import { offered } from './json-ld-offers.js';
import { restAttributes } from './rest-attributes.js';

const textsOf = (value: unknown): string[] => [...new Set([value].flat().map(textOf))].filter((text) => text !== '');

/** Properties with a place of their own in an item. Things among them that say more than their name are kept whole as well. */
const PLACED = new Set('name description url image category brand sku'.split(' '));
/** Properties that are everybody's, by the name they get. */
const SHARED: Record<string, string> = {
  color: 'color',
  material: 'material',
  size: 'size',
  pattern: 'pattern',
  gtin: 'gtin',
  gtin8: 'gtin',
  gtin12: 'gtin',
  gtin13: 'gtin',
  gtin14: 'gtin',
  isbn: 'gtin',
  mpn: 'mpn',
  model: 'model',
  itemCondition: 'condition',
};
/** Told by others: an item's offers, reviews and group have readers of their own. */
const TOLD = new Set(
  'offers review reviews additionalProperty hasVariant isVariantOf inProductGroupWithID productID productGroupID'.split(
    ' ',
  ),
);

const idOf = (node: Node): string =>
  textOf(node.productID) ||
  textOf(node.sku) ||
  textOf(node.productGroupID) ||
  textOf(node['@id']) ||
  textOf(node.url) ||
  // Variants of Google's own example have an address in their offer, and nothing else that is theirs alone.
  textOf(nodesIn(node.offers)[0]?.url) ||
  textOf(node.name);

const groupIdOf = (group: Node): string => textOf(group.productGroupID) || idOf(group);

/** A product as rows of the contract: an item, and its reviews. What its group says holds where it says nothing itself. */
export function* rowsOfProduct({ node, group }: LinkedProduct, line: number, currency: string): Generator<FeedRow> {
  const { hasVariant: _, variesBy: __, review: groupReview, reviews: groupReviews, ...common } = group ?? {};
  const isBare = group !== undefined && Object.keys(group).every((name) => name.startsWith('@'));
  const merged: Node = group && !isBare ? { ...common, ...node, productID: node.productID, sku: node.sku } : node;
  const id = idOf(node);
  const attributes: Record<string, string | number | string[]> = {};
  for (const [name, kept] of Object.entries(SHARED)) {
    const texts = textsOf(merged[name]).map((text) => (kept === 'condition' ? plain(text) : text));
    if (texts.length > 0 && !(kept in attributes)) attributes[kept] = texts.length === 1 ? texts[0]! : texts;
  }
  for (const property of nodesIn(merged.additionalProperty)) {
    const [name, texts] = [textOf(property.name) || textOf(property.propertyID), textsOf(property.value)];
    if (name !== '' && texts.length > 0 && !(name in attributes))
      attributes[name] = texts.length === 1 ? withUnit(texts[0]!, property) : texts;
  }
  const { price, availability, facts, surplus } = offered(merged, attributes, currency);
  // What people say of all variants is told once, with the first of them.
  const shared = { review: groupReview, reviews: groupReviews };
  const { reviews, others } = reviewsOf(node, id, isFirst(shared) ? shared : {});
  const item = given({
    id,
    groupId: group && !isBare ? groupIdOf(group) : textOf(merged.inProductGroupWithID) || (group && groupIdOf(group)),
    title: textOfHtml(textOf(merged.name)),
    description: textOfHtml(textOf(merged.description)),
    url: textOf(merged.url) || textOf(nodesIn(merged.offers)[0]?.url),
    images: picturesOf(merged.image),
    categories: textsOf(merged.category),
    brand: textOf(merged.brand ?? merged.manufacturer),
    sku: textOf(merged.sku),
    price,
    availability: availabilityOf(availability),
    attributes: { ...attributes, ...facts },
  });
  const known = { ...attributes, ...facts };
  const rest = [
    ...restOf(merged),
    ...(surplus === null ? [] : [{ column: 'offers', text: surplus }]),
    ...(others.length === 0 ? [] : [{ column: 'review', text: JSON.stringify(others) }]),
  ];
  yield { line, kind: 'items', value: given({ ...item, attributes: { ...known, ...restAttributes(rest, known) } }) };
  for (const review of reviews) yield { line, kind: 'reviews', value: review };
}

const told = new WeakSet<object>();
/** Whether reviews are there that nobody asked for yet. */
const isFirst = ({ review, reviews }: Node): boolean => {
  const [first] = nodesIn(review ?? reviews);
  if (!first || told.has(first)) return false;
  told.add(first);
  return true;
};

const plain = (text: string): string => text.split('/').at(-1)!;

const withUnit = (text: string, property: Node): string => {
  const unit = textOf(property.unitText);
  return unit === '' ? text : `${text} ${unit}`;
};

/** With all other properties as private attributes; what has parts as JSON. */
const restOf = (node: Node): { column: string; text: string | string[] }[] =>
  Object.entries(node).flatMap(([column, value]): { column: string; text: string | string[] }[] => {
    if (column.startsWith('@') || value === null || value === undefined || value === '' || TOLD.has(column)) return [];
    if (column in SHARED && textsOf(value).length > 0 && !saysMore(value)) return [];
    if (PLACED.has(column) && !saysMore(value)) return [];
    // A maker is the brand where none is named.
    if (column === 'manufacturer' && node.brand === undefined && !saysMore(value)) return [];
    const isList = Array.isArray(value) && value.every((each) => typeof each !== 'object');
    if (isList) return [{ column, text: value.map(String) }];
    return [{ column, text: typeof value === 'object' ? JSON.stringify(value) : String(value) }];
  });

/** Whether a thing has more parts than its name or address, which an item already has. */
const saysMore = (value: unknown): boolean =>
  nodesIn(value).some((node) =>
    Object.keys(node).some((name) => !name.startsWith('@') && !['name', 'url', 'contentUrl', 'caption'].includes(name)),
  ) ||
  (!Array.isArray(value)
    ? false
    : value.some((one) => typeof one !== 'object') && value.some((one) => typeof one === 'object'));

const picturesOf = (value: unknown): { url: string; alt?: string }[] => {
  const pictures = [value].flat().flatMap((image) => {
    const node = (image !== null && typeof image === 'object' ? image : { url: image }) as Node;
    const url = node.contentUrl ?? node.url ?? node['@id'];
    const alt = textOf(node.caption);
    return typeof url === 'string' && url !== '' ? [{ url, ...(alt === '' ? {} : { alt }) }] : [];
  });
  return pictures.filter(({ url }, at) => pictures.findIndex((other) => other.url === url) === at);
};

/** Reviews with words are reviews; stars alone say nothing that the contract could keep, and stay with the item. */
const reviewsOf = (own: Node, itemId: string, shared: Node): { reviews: Record<string, unknown>[]; others: Node[] } => {
  const all = [own, shared].flatMap((node) => nodesIn(node.review ?? node.reviews));
  const hasWords = (review: Node): boolean => wordsOf(review) !== '';
  return {
    reviews: all.flatMap((review, index) => (hasWords(review) ? [reviewOf(review, itemId, index)] : [])),
    others: all.filter((review) => !hasWords(review)),
  };
};

const wordsOf = (review: Node): string =>
  textOfHtml(textOf(review.reviewBody ?? review.description ?? review.name ?? review.headline));

/** A rating on the scale of the contract, 1 to 5, from whatever scale the page uses. */
const ratingOf = (rating: Node | undefined): number | undefined => {
  const number = (value: unknown): number => Number(textOf(value).replace(',', '.') || Number.NaN);
  const value = number(rating?.ratingValue);
  const [worst, best] = [number(rating?.worstRating ?? 1), number(rating?.bestRating ?? 5)];
  if (!Number.isFinite(value) || !(best > worst)) return undefined;
  return Math.min(5, Math.max(1, 1 + (4 * (value - worst)) / (best - worst)));
};

const timeOf = (text: string): string | undefined =>
  text === '' || Number.isNaN(Date.parse(text)) ? undefined : new Date(text).toISOString();

const reviewOf = (review: Node, itemId: string, index: number): Record<string, unknown> => {
  const title = textOf(review.name ?? review.headline);
  const text = wordsOf(review);
  return given({
    id: textOf(review['@id']) || `${index + 1}`,
    itemId,
    text,
    title: title === text ? undefined : title,
    rating: ratingOf(
      nodesIn(review.reviewRating)[0] ??
        (review.reviewRating === undefined ? undefined : { ratingValue: review.reviewRating }),
    ),
    author: textOf(review.author),
    createdAt: timeOf(textOf(review.datePublished ?? review.dateCreated)),
    language: textOf(review.inLanguage),
  });
};
