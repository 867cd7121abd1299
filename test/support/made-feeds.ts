/** Formats of which feeds of any size can be made up. */
export const MADE_FEEDS = [
  'ndjson',
  'json list',
  'google xml',
  'google tsv',
  'shopify csv',
  'woocommerce csv',
  'csv',
  'json-ld graph',
  'json-ld list',
  'json-ld lines',
] as const;
export type MadeFeed = (typeof MADE_FEEDS)[number];

const words = 'Comfortable and soft, this one will keep you warm on cold winter nights, in the garden or at the sea. ';
const textOf = (at: number): string => words.repeat(4) + at;
/** Long enough that a cut-out text would hold on to what it was cut from. */
const idOf = (at: number): string => `a-rather-long-product-id-${at}`;

const item = (at: number): string =>
  JSON.stringify({
    id: idOf(at),
    title: `Product ${at}`,
    description: textOf(at),
    price: { amount: 15, currency: 'EUR' },
    attributes: { colour: 'red' },
  });
const product = (at: number): string =>
  JSON.stringify({
    '@context': 'https://schema.org',
    '@type': 'Product',
    sku: idOf(at),
    name: `Product ${at}`,
    description: textOf(at),
    offers: { '@type': 'Offer', price: 15, priceCurrency: 'EUR', seller: { name: 'Shop' } },
  });

interface Shape {
  before: string;
  row(at: number): string;
  between: string;
  after: string;
}

const SHAPES: Record<MadeFeed, Shape> = {
  ndjson: { before: '', row: item, between: '\n', after: '\n' },
  'json list': { before: '[', row: item, between: ',\n', after: ']' },
  'google xml': {
    before: '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>\n',
    row: (at) =>
      `<item><g:id>${idOf(at)}</g:id><g:title>Product ${at}</g:title><g:description>${textOf(at)}</g:description><g:link>https://shop.example/${at}</g:link><g:price>15.00 EUR</g:price><g:availability>in stock</g:availability><g:item_group_id>a-rather-long-group-id-${at >> 2}</g:item_group_id></item>`,
    between: '\n',
    after: '</channel></rss>',
  },
  'google tsv': {
    before: 'id\ttitle\tdescription\tlink\timage_link\tprice\tavailability\n',
    row: (at) => `${idOf(at)}\tProduct ${at}\t${textOf(at)}\thttps://shop.example/${at}\t\t15.00 EUR\tin_stock`,
    between: '\n',
    after: '\n',
  },
  'shopify csv': {
    before: 'Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Cost per item\n',
    row: (at) => `${idOf(at >> 2)},Product,"<p>${textOf(at)}</p>",Maker,Size,${at & 3},sku-${at},15,3`,
    between: '\n',
    after: '\n',
  },
  // Every fourth row is a variable product; its variations come a hundred products later.
  'woocommerce csv': {
    before:
      'ID,Type,SKU,Name,Published,Description,In stock?,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n',
    row: (at) =>
      at % 4 === 0
        ? `${at},variable,${idOf(at)},Product ${at},1,"${textOf(at)}",1,,,Size,"S, M, L"`
        : `${at},variation,${idOf(at)},Product ${at} variant,1,"${textOf(at)}",1,15,${at < 400 ? '' : idOf((at >> 2) * 4 - 400)},Size,S`,
    between: '\n',
    after: '\n',
  },
  csv: {
    before: 'id;title;description;price;colour\n',
    row: (at) => `${idOf(at)};Product ${at};"${textOf(at)}";15,00;red`,
    between: '\n',
    after: '\n',
  },
  'json-ld graph': { before: '{"@context":"https://schema.org","@graph":[', row: product, between: ',', after: ']}' },
  'json-ld list': { before: '[', row: product, between: ',\n', after: ']' },
  'json-ld lines': { before: '', row: product, between: '\n', after: '\n' },
};

/** A feed of so many rows, some hundred kilobytes at a time. */
export function* madeFeed(format: MadeFeed, rows: number): Generator<Buffer> {
  const { before, row, between, after } = SHAPES[format];
  let text = before;
  for (let at = 0; at < rows; at++) {
    text += (at === 0 ? '' : between) + row(at);
    if (text.length < 200_000) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text + after);
}
