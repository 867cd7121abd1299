import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CatalogService, IMAGE_STORE, type ImageStore } from '../../src/catalog/catalog.api.js';
import { feedReaders } from '../../src/connect/connect.api.js';
import { exportRows, picturesAsData } from '../../src/connect/export-rows.js';
import { testDatabases } from '../support/databases.js';
import { testData } from '../support/test-data.js';
import { lines, openShop, type Shop } from './shop.js';

type Item = Record<string, unknown> & { id: string; groupId?: string; attributes?: Record<string, unknown> };

const itemsOf = async (text: string, format: string): Promise<Item[]> => {
  const reader = feedReaders({ currency: 'EUR', mapping: {} }).find((one) => one.format === format)!;
  const head = Buffer.from(text).subarray(0, 16_384);
  expect(feedReaders({ currency: 'EUR', mapping: {} }).find((one) => one.recognises(head, '-'))!.format).toBe(format);
  const found: Item[] = [];
  for await (const row of reader.read(Readable.from([Buffer.from(text)], { objectMode: false }), { head }))
    if ('value' in row) found.push(row.value as Item);
  return found;
};

/** Every number and every word of a value, so that `750`, `"750.00"` and `<p>750</p>` are the same. */
const wordsOf = (value: unknown): Set<string> => {
  const words = new Set<string>();
  const add = (one: unknown): void => {
    if (Array.isArray(one)) one.forEach(add);
    else if (one && typeof one === 'object') Object.values(one).forEach(add);
    else
      for (const word of String(one)
        .replace(/<[^>]*>|\\n/g, ' ')
        .replace(/&amp;/g, '&')
        .split(/[\s,;|:>=]+/))
        if (word !== '') words.add(/^[\d.]+$/.test(word) ? String(Number(word)) : word.toLowerCase());
  };
  add(value);
  return words;
};

/** Words of a table's rows that are in none of the items they became. */
const lostOf = (text: string, items: readonly Item[], idOf: (row: Record<string, string>) => string): string[] => {
  const rows: Record<string, string>[] = parse(text, { columns: true, bom: true });
  const lost: string[] = [];
  let id = '';
  for (const row of rows) {
    id = idOf(row) || id;
    const known = wordsOf(items.filter((item) => item.id === id || item.groupId === id));
    // Where a product has one variant only, its option is called "Title" and "Default Title"; pictures come in their order.
    for (const [column, cell] of Object.entries(row))
      if (!/^Option\d|^Image Position$|^Attribute \d+ (name|visible|global)$/.test(column))
        for (const word of wordsOf(cell)) if (!known.has(word)) lost.push(`${id} ${column}: ${word}`);
  }
  return lost;
};

const shopify = `Handle,Title,Body (HTML),Vendor,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Tax Code,Image Src,SEO Title,Status,Cost per item,Included / Canada,Price / Canada,Compare At Price / Canada
mug,Mug,<p>Blue</p>,Maker,kitchen,true,Size,Small,M-1,200,shopify,7,deny,9.5,P1,https://a.example/m.jpg,A mug,active,3.25,true,14,16
mug,,,,,,,Large,M-2,350,shopify,2,continue,12,,,,,4,false,,
`;
const woo = `ID,Type,SKU,Name,Published,Is featured?,Visibility in catalog,Short description,Description,Tax status,In stock?,Stock,Backorders allowed?,Weight (kg),Length (cm),Regular price,Sale price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s),Meta: _price_usd
11,simple,cap,Cap,1,0,visible,Short,Long,taxable,1,42,0,0.3,20,18,16,Clothing,https://a.example/1.jpg,,,,19.90
12,variable,hood,Hoodie,1,1,visible,,Thick,taxable,1,,0,1.5,,,,Clothing,https://a.example/h.jpg,,Color,"Blue, Red",
13,variation,hood-red,Hoodie - Red,1,0,visible,,,taxable,1,3,notify,,,45,,,,hood,Color,Red,49
`;
const google = `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<item><g:id>tv</g:id><g:title>TV</g:title><g:link>https://a.example/tv</g:link><g:price>159.00 USD</g:price><g:sale_price>139.50 USD</g:sale_price>
<g:sale_price_effective_date>2026-02-24T11:07:31+01:00/2999-03-01T23:07:31+01:00</g:sale_price_effective_date><g:quantity>12</g:quantity>
<g:shipping><g:country>US</g:country><g:service>Standard</g:service><g:price>14.95 USD</g:price></g:shipping>
<g:shipping><g:country>DE</g:country><g:price>9.95 EUR</g:price></g:shipping><g:cost_of_goods_sold>80.00 USD</g:cost_of_goods_sold>
<g:google_product_category>404</g:google_product_category><g:custom_label_0>new</g:custom_label_0></item></channel></rss>`;
const table = `id,title,price,stock,price.CA,sale_price_US,warehouse bin\nA,Chair,10 EUR,5,16.5,9,B-7\n`;
const jsonLd = JSON.stringify({
  '@context': 'https://schema.org',
  '@type': 'Product',
  sku: 'anvil',
  name: 'Anvil',
  weight: { '@type': 'QuantitativeValue', value: 50, unitCode: 'KGM' },
  keywords: ['iron', 'heavy'],
  offers: [
    {
      '@type': 'Offer',
      price: 119,
      priceCurrency: 'USD',
      eligibleRegion: 'US',
      availability: 'https://schema.org/InStock',
      inventoryLevel: { value: 8 },
    },
    {
      '@type': 'Offer',
      price: 109,
      priceCurrency: 'EUR',
      eligibleRegion: 'DE',
      availability: 'https://schema.org/OutOfStock',
    },
  ],
});

describe('what a feed says is all in the items', () => {
  it('prices and stock of each market and variant', async () => {
    const [small, large] = await itemsOf(shopify, 'shopify-csv');
    expect(small).toMatchObject({
      price: { amount: 9.5 },
      attributes: {
        stock: 7,
        'price.Canada': 14,
        'compareAtPrice.Canada': 16,
        'included.Canada': true,
        _costPerItem: '3.25',
      },
    });
    expect(large).toMatchObject({
      price: { amount: 12 },
      attributes: {
        stock: 2,
        'included.Canada': false,
        _costPerItem: '4',
        _variantInventoryPolicy: 'continue',
        _seoTitle: 'A mug',
      },
    });
    expect(large!.attributes).not.toHaveProperty(['price.Canada']);
    expect(large!.attributes).not.toHaveProperty('_variantTaxCode');
    const [cap, red] = await itemsOf(woo, 'woocommerce-csv');
    expect(cap!.attributes).toMatchObject({ stock: 42, weightKg: 0.3, regularPrice: 18, _metaPriceUsd: '19.90' });
    expect(red!.attributes).toMatchObject({
      stock: 3,
      Color: 'Red',
      _backordersAllowed: 'notify',
      _metaPriceUsd: '49',
    });
    const [tv] = await itemsOf(google, 'google-xml');
    expect(tv!.attributes).toEqual({
      salePriceDates: '2026-02-24T11:07:31+01:00/2999-03-01T23:07:31+01:00',
      stock: 12,
      regularPrice: 159,
      shipping: ['country=US; service=Standard; price=14.95 USD', 'country=DE; price=9.95 EUR'],
      _costOfGoodsSold: '80.00 USD',
      googleProductCategory: '404',
    });
    const [chair] = await itemsOf(table, 'csv');
    expect(chair!.attributes).toEqual({ stock: 5, 'price.CA': 16.5, 'salePrice.US': 9, _warehouseBin: 'B-7' });
    const [anvil] = await itemsOf(jsonLd, 'json-ld');
    expect(anvil).toMatchObject({ price: { amount: 119, currency: 'USD' }, availability: 'in_stock' });
    expect(anvil!.attributes).toMatchObject({
      stock: 8,
      'price.DE': 109,
      'currency.DE': 'EUR',
      'availability.DE': 'out_of_stock',
      _keywords: ['iron', 'heavy'],
    });
  });

  it('every word of every cell', async () => {
    expect(lostOf(shopify, await itemsOf(shopify, 'shopify-csv'), ({ Handle }) => Handle!)).toEqual([]);
    // A parent without variations of its own is told by those it has: there is no blue one.
    const own = lostOf(woo, await itemsOf(woo, 'woocommerce-csv'), ({ SKU }) => SKU!);
    expect(own).toEqual(['hood ID: 12', 'hood Type: variable', 'hood Attribute 1 value(s): blue']);
  });
});

const feeds = testData('feeds');
describe.skipIf(feeds === null).each(testDatabases())('a feed written by somebody else, on the $name', (database) => {
  let shop: Shop;
  beforeAll(async () => {
    shop = await openShop(database);
  });
  afterAll(() => shop?.close());

  it.each(['shopify-apparel.csv', 'shopify-home-and-garden.csv'])('comes out as it went in: %s', async (file) => {
    const text = await readFile(join(feeds!, file), 'utf8');
    const items = await itemsOf(text, 'shopify-csv');
    expect(lostOf(text, items, ({ Handle }) => Handle!)).toEqual([]);
    const counts = await shop.module.get(CatalogService).importRows(lines(items));
    expect(counts).toMatchObject({ accepted: items.length, rejected: [] });
    const out = new Map<string, Item>();
    const store = shop.module.get<ImageStore>(IMAGE_STORE, { strict: false });
    for await (const row of exportRows(shop.database, ['items'], picturesAsData(store)))
      out.set(String(row.id), row as Item);
    for (const item of items) expect(out.get(item.id)).toEqual(item);
  });
});
