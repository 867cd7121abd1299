/** What a feed says and the contract has no field for. */
type Value = string | number | boolean | string[];

const MOST_ATTRIBUTES = 300;
const MOST_CHARACTERS = 10_000;
const MOST_LIST_CHARACTERS = 2_000;

/** `Variant Tax Code` and `variant_tax_code` as `variantTaxCode`. */
const camel = (name: string): string =>
  name
    .split(/[^\p{L}\p{N}.]+/u)
    .filter((part) => part !== '')
    .map((part, at) => {
      // An abbreviation is a word: `SEO Title` is `seoTitle`.
      if (/^[\p{Lu}\p{N}]+$/u.test(part)) return at === 0 ? part.toLowerCase() : part[0] + part.slice(1).toLowerCase();
      return (at === 0 ? part[0]!.toLowerCase() : part[0]!.toUpperCase()) + part.slice(1);
    })
    .join('')
    .slice(0, 180) || 'unnamed';

const storable = (text: string, most: number): string => text.replaceAll('\0', '').slice(0, most);

/**
 * Attributes for what has no place of its own, so that nothing of a feed is lost: `_` and the column's name, which pages neither see nor filter by. Prices by market (`Price / Canada`,
 * `price.CA`) are everybody's: `price.Canada`, `compareAtPrice.Canada` as numbers and `included.Canada`. At most 300; a text is cut after 10,000 characters.
 */
export const restAttributes = (
  rest: readonly { column: string; text: string | string[] }[],
  known: Readonly<Record<string, unknown>> = {},
): Record<string, Value> => {
  const attributes: Record<string, Value> = {};
  for (const { column, text } of rest.slice(0, MOST_ATTRIBUTES)) {
    const market = typeof text === 'string' ? marketOf(column, text) : null;
    const [name, value] = market ?? [`_${camel(column)}`, valueOf(text)];
    let free = name;
    for (let n = 2; free in attributes || free in known; n++) free = `${name}${n}`;
    attributes[free] = value;
  }
  return attributes;
};

const valueOf = (text: string | string[]): Value =>
  typeof text === 'string'
    ? storable(text, MOST_CHARACTERS)
    : text.slice(0, 500).map((each) => storable(each, MOST_LIST_CHARACTERS));

/** Shopify writes `Price / Canada`; other tables `price.CA`, `price_CA` or `stock.CA`. */
const marketOf = (column: string, text: string): [string, Value] | null => {
  const found =
    /^(included|price|compare[- ]at price|sale price|stock) ?\/ ?(.{1,100})$/i.exec(column) ??
    /^(price|sale_price|stock|quantity)[._]([a-z]{2}|[A-Z]{3})$/i.exec(column);
  if (!found) return null;
  const [, what, market] = found as unknown as [string, string, string];
  const name = `${camel(what.toLowerCase().replace('quantity', 'stock'))}.${market}`;
  if (/^(true|false)$/i.test(text)) return [name, text.toLowerCase() === 'true'];
  const number = numberOf(text);
  return [name, number ?? storable(text, MOST_CHARACTERS)];
};

/** A plain number, with a point or a comma; undefined for anything else. */
export const numberOf = (text: string): number | undefined => {
  if (!/^-?\d+([.,]\d+)?$/.test(text)) return undefined;
  return Number(text.replace(',', '.'));
};
