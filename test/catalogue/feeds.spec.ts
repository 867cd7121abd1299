import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ImportedItem, ReviewInput } from '../../src/catalog/catalog.api.js';
import { feedReaders } from '../../src/connect/connect.api.js';
import { EventInput } from '../../src/interactions/interactions.api.js';
import { testData } from '../support/test-data.js';

const read = async (content: string | Buffer, name = '-', mapping = {}, chunk = 64) => {
  const bytes = Buffer.from(content);
  const reader = feedReaders({ currency: 'EUR', mapping }).find((one) =>
    one.recognises(bytes.subarray(0, 16_384), name),
  );
  if (!reader) throw new Error('no reader');
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) =>
    bytes.subarray(index * chunk, (index + 1) * chunk),
  );
  const rows = [];
  for await (const row of reader.read(Readable.from(pieces, { objectMode: false }), {
    head: bytes.subarray(0, 16_384),
  }))
    rows.push(row);
  // Whatever a reader gives has to be what the contract takes.
  const schema = { items: ImportedItem, reviews: ReviewInput, events: EventInput };
  for (const row of rows)
    if ('kind' in row) expect(schema[row.kind].safeParse(row.value).error?.issues ?? []).toEqual([]);
  return {
    format: reader.format,
    rows,
    values: rows.flatMap((row) => ('kind' in row ? [row.value as Record<string, never>] : [])),
  };
};

describe('a feed is read as the shop meant it', () => {
  it('Google Merchant RSS, cut into chunks anywhere', async () => {
    const { format, values, rows } = await read(
      `<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>TV 1</g:id><g:title>LG &amp; Co 22&quot;</g:title><g:description><![CDATA[<b>Bright</b> screen]]></g:description>
<g:link>http://www.example.com/tv?a=1&amp;b=2</g:link><g:image_link>http://images.example.com/1.png</g:image_link>
<g:additional_image_link>http://images.example.com/2.png</g:additional_image_link><g:additional_image_link>http://images.example.com/3.png</g:additional_image_link>
<g:availability>in stock</g:availability><g:price>159.00 USD</g:price><g:sale_price>139.50 USD</g:sale_price><g:brand>LG</g:brand><g:mpn>22LB4510/US</g:mpn>
<g:product_type>Electronics &gt; TVs</g:product_type><g:google_product_category>404</g:google_product_category><g:item_group_id>LB</g:item_group_id><g:color>Black</g:color></item>
<item><g:id>2</g:id><g:title>Second</g:title><g:availability>out_of_stock</g:availability><g:price>EUR 1.234,50</g:price></item>
</channel></rss>`,
      '-',
      {},
      7,
    );
    expect(format).toBe('google-xml');
    expect(rows.map(({ line }) => line)).toEqual([3, 8]);
    expect(values[0]).toEqual({
      id: 'TV 1',
      groupId: 'LB',
      title: 'LG & Co 22"',
      description: 'Bright screen',
      url: 'http://www.example.com/tv?a=1&b=2',
      brand: 'LG',
      sku: '22LB4510/US',
      images: [1, 2, 3].map((index) => ({ url: `http://images.example.com/${index}.png` })),
      categories: ['Electronics > TVs'],
      availability: 'in_stock',
      price: { amount: 139.5, currency: 'USD' },
      attributes: { color: 'Black', mpn: '22LB4510/US', regularPrice: 159, googleProductCategory: '404' },
    });
    expect(values[1]).toMatchObject({ availability: 'out_of_stock', price: { amount: 1234.5, currency: 'EUR' } });
  });

  it('Google Merchant Atom and TSV', async () => {
    const atom = await read(
      `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry><title>Plain title</title><link href="https://a.example/1"/><g:id>1</g:id><g:price>5 GBP</g:price></entry></feed>`,
    );
    expect(atom.values).toEqual([
      { id: '1', title: 'Plain title', url: 'https://a.example/1', price: { amount: 5, currency: 'GBP' } },
    ]);
    const tsv = await read(
      'id\ttitle\tlink\timage link\tprice\tadditional image link\n1\tA "quoted" bag\thttps://a.example/1\thttps://a.example/1.jpg\t5.00 USD\thttps://a.example/2.jpg,https://a.example/3.jpg\n',
    );
    expect(tsv).toMatchObject({
      format: 'google-tsv',
      values: [{ title: 'A "quoted" bag', images: [{}, {}, { url: 'https://a.example/3.jpg' }] }],
    });
  });

  it('Shopify: several rows a product, each variant an item of its group', async () => {
    const { format, values } =
      await read(`Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Image Src,Image Position,Image Alt Text,Variant Image
shirt,Shirt,"<p>Soft,<br>warm</p><script>x()</script>",Maker,Tops,"men, blue",true,Size,Small,S-1,shopify,0,deny,"1,250.00",https://a.example/2.jpg,2,Back,
shirt,,,,,,,,Large,S-2,shopify,3,deny,60,https://a.example/1.jpg,1,Front,https://a.example/2.jpg
shirt,,,,,,,,,,,,,,https://a.example/3.jpg,3,,
cap,Cap,,Maker,,,false,Title,Default Title,,,,,9,,,,
`);
    expect(format).toBe('shopify-csv');
    expect(values).toEqual([
      {
        id: 'shirt:small',
        groupId: 'shirt',
        title: 'Shirt',
        description: 'Soft,\nwarm',
        brand: 'Maker',
        categories: ['Tops'],
        tags: ['men', 'blue'],
        sku: 'S-1',
        price: { amount: 1250, currency: 'EUR' },
        availability: 'out_of_stock',
        attributes: {
          Size: 'Small',
          stock: 0,
          _published: 'true',
          _variantInventoryTracker: 'shopify',
          _variantInventoryPolicy: 'deny',
        },
        images: [
          { url: 'https://a.example/1.jpg', alt: 'Front' },
          { url: 'https://a.example/2.jpg', alt: 'Back' },
          { url: 'https://a.example/3.jpg' },
        ],
      },
      expect.objectContaining({
        id: 'shirt:large',
        groupId: 'shirt',
        availability: 'in_stock',
        attributes: expect.objectContaining({ Size: 'Large', stock: 3 }),
        images: [
          { url: 'https://a.example/2.jpg' },
          { url: 'https://a.example/1.jpg', alt: 'Front' },
          { url: 'https://a.example/3.jpg' },
        ],
      }),
      {
        id: 'cap',
        title: 'Cap',
        brand: 'Maker',
        price: { amount: 9, currency: 'EUR' },
        availability: 'discontinued',
        attributes: { _published: 'false' },
      },
    ]);
  });

  it('WooCommerce: variations with what their parent says', async () => {
    const { format, values } =
      await read(`ID,Type,SKU,Name,Published,Short description,Description,In stock?,Regular price,Sale price,Categories,Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s)
1,simple,cap,Cap,1,,Plain,1,18,16,"Clothing, Clothing > Hats",warm,"https://a.example/1.jpg, https://a.example/2.jpg",,,
2,variable,hoodie,Hoodie,1,Warm,<p>Thick</p>,1,,,Clothing > Hoodies,,https://a.example/h.jpg,,Color,"Blue, Red"
3,variation,hoodie-red,Hoodie - Red,1,,,0,45,,,,https://a.example/r.jpg,hoodie,Color,Red
4,variation,hoodie-blue,Hoodie - Blue,1,,,1,45,,,,,id:2,Color,Blue
`);
    expect(format).toBe('woocommerce-csv');
    expect(values[0]).toMatchObject({
      id: 'cap',
      price: { amount: 16, currency: 'EUR' },
      categories: ['Clothing', 'Clothing > Hats'],
      attributes: { regularPrice: 18 },
      images: [{}, {}],
    });
    expect(values[1]).toMatchObject({
      id: 'hoodie-red',
      groupId: 'hoodie',
      description: 'Warm\nThick',
      availability: 'out_of_stock',
      categories: ['Clothing > Hoodies'],
      attributes: { Color: 'Red' },
      images: [{ url: 'https://a.example/r.jpg' }, { url: 'https://a.example/h.jpg' }],
    });
    expect(values).toHaveLength(3);
  });

  it('schema.org JSON-LD with reviews, also inside a page', async () => {
    const product = {
      '@context': 'https://schema.org/',
      '@type': 'Product',
      sku: '0446310786',
      name: 'Anvil',
      image: ['https://a.example/1.jpg', { '@type': 'ImageObject', url: 'https://a.example/2.jpg' }],
      brand: { '@type': 'Brand', name: 'ACME' },
      offers: { '@type': 'Offer', price: '119.99', priceCurrency: 'USD', availability: 'https://schema.org/InStock' },
      review: [
        {
          '@type': 'Review',
          reviewBody: 'Heavy',
          name: 'Good',
          author: { '@type': 'Person', name: 'Fred' },
          datePublished: '2024-05-01',
          reviewRating: { ratingValue: 8, bestRating: 10, worstRating: 0 },
        },
      ],
    };
    const plain = await read(JSON.stringify(product, null, 2));
    expect(plain).toMatchObject({
      format: 'json-ld',
      values: [
        {
          id: '0446310786',
          price: { amount: 119.99, currency: 'USD' },
          brand: 'ACME',
          availability: 'in_stock',
          images: [{}, {}],
        },
        { itemId: '0446310786', text: 'Heavy', rating: 4.2, author: 'Fred' },
      ],
    });
    const page = await read(
      `<!doctype html><html><head><script type="application/ld+json">{"@context":"https://schema.org","@graph":[${JSON.stringify(product)}]}</script></head></html>`,
    );
    expect(page.values).toEqual(plain.values);
  });

  it('CSV of items, reviews and events, with columns mapped', async () => {
    const items = await read(
      'Artikel;title;price;categories;attributes.colour;images\nA1;Chair;"1.299,00";Home > Chairs|Sale;red;https://a.example/1.jpg|b.jpg\n',
      '-',
      { id: 'Artikel' },
    );
    expect(items).toMatchObject({
      format: 'csv',
      values: [
        {
          id: 'A1',
          price: { amount: 1299, currency: 'EUR' },
          categories: ['Home > Chairs', 'Sale'],
          attributes: { colour: 'red' },
          images: [{ url: 'https://a.example/1.jpg' }, { file: 'b.jpg' }],
        },
      ],
    });
    const reviews = await read('id,itemId,text,rating\n1,A1,"Good, ""really""",5\n2,A1,Bad,many\n');
    expect(reviews.values).toEqual([{ id: '1', itemId: 'A1', text: 'Good, "really"', rating: 5 }]);
    expect(reviews.rows[1]).toMatchObject({ line: 3, id: '2', errors: [{ path: 'rating', received: 'many' }] });
    const events = await read('type,visitorId,itemId,at,consent\nview,v,A1,2025-01-01T00:00:00Z,yes\n');
    expect(events.values).toEqual([
      { type: 'view', visitorId: 'v', itemId: 'A1', at: '2025-01-01T00:00:00Z', consent: { personalization: true } },
    ]);
  });

  const feeds = testData('feeds');
  it.skipIf(feeds === null)('Shopify exports written by somebody else: every product, every variant', async () => {
    for (const file of ['shopify-apparel.csv', 'shopify-home-and-garden.csv']) {
      const text = await readFile(join(feeds!, file));
      const { format, values } = await read(text, file, {}, 4_096);
      expect(format).toBe('shopify-csv');
      const handles = new Set(
        text
          .toString('utf8')
          .split('\n')
          .slice(1)
          .map((line) => line.split(',')[0])
          .filter((handle) => /^[a-z0-9-]+$/.test(handle ?? '')),
      );
      expect(new Set(values.map(({ groupId, id }) => groupId ?? id)).size).toBe(handles.size);
      expect(values.every(({ images, price }) => (images as unknown as unknown[]).length > 0 && price)).toBe(true);
      expect(new Set(values.map(({ id }) => id)).size).toBe(values.length);
    }
  });
});
