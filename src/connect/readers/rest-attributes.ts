/** What a feed says and the contract has no field for. */
type Value = string | number | boolean | string[];

/** Room for what readers name themselves stays below the contract's 500. */
const MOST_ATTRIBUTES = 400;
/** As long as the contract takes a text. */
const MOST_CHARACTERS = 200_000;
const MOST_IN_LIST = 500;
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

/** A text as often as it takes, none of its parts longer than the contract lets it be. */
const partsOf = (text: string): string[] => {
  const clean = text.replaceAll('\0', '');
  if (clean.length <= MOST_CHARACTERS) return [clean];
  const parts: string[] = [];
  for (let from = 0; from < clean.length; ) {
    const to = from + MOST_CHARACTERS;
    // A character of two halves stays in one piece.
    const end = /[\ud800-\udbff]/.test(clean[to - 1]!) && to < clean.length ? to - 1 : to;
    parts.push(clean.slice(from, end));
    from = end;
  }
  return parts;
};

/**
 * Attributes for what has no place of its own, so that nothing of a feed is lost: `_` and the column's name, which pages neither see nor filter by. Prices by market (`Price / Canada`,
 * `price.CA`) are everybody's: `price.Canada`, `compareAtPrice.Canada` as numbers and `included.Canada`. A text longer than the contract's 200,000 characters goes on under `NAME2`,
 * a list that is too long or has too long entries is a text in JSON, and what is beyond 400 attributes is together in `_more`.
 */
export const restAttributes = (
  rest: readonly { column: string; text: string | string[] }[],
  known: Readonly<Record<string, unknown>> = {},
): Record<string, Value> => {
  const attributes: Record<string, Value> = {};
  const put = (name: string, value: Value): void => {
    let free = name;
    for (let n = 2; free in attributes || free in known; n++) free = `${name}${n}`;
    attributes[free] = value;
  };
  for (const { column, text } of rest.slice(0, MOST_ATTRIBUTES)) {
    const market = typeof text === 'string' ? marketOf(column, text) : null;
    if (market) put(...market);
    else for (const value of valuesOf(text)) put(`_${camel(column)}`, value);
  }
  const more = rest.slice(MOST_ATTRIBUTES);
  if (more.length > 0)
    for (const part of partsOf(JSON.stringify(Object.fromEntries(more.map(({ column, text }) => [column, text])))))
      put('_more', part);
  return attributes;
};

const valuesOf = (text: string | string[]): Value[] => {
  if (typeof text === 'string') return partsOf(text);
  const fits = text.length <= MOST_IN_LIST && text.every((each) => each.length <= MOST_LIST_CHARACTERS);
  return fits ? [text.map((each) => each.replaceAll('\0', ''))] : partsOf(JSON.stringify(text));
};

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
  return number === undefined && text.length > 200 ? null : [name, number ?? text];
};

/** A plain number, with a point or a comma; undefined for anything else. */
export const numberOf = (text: string): number | undefined => {
  if (!/^-?\d+([.,]\d+)?$/.test(text)) return undefined;
  return Number(text.replace(',', '.'));
};
