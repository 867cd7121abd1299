import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportedItem, ReviewInput } from '../../src/catalog/catalog.api.js';
import { feedReaders } from '../../src/connect/connect.api.js';
import { importFiles } from '../../src/connect/import-files.js';

const here = join(import.meta.dirname, '..', 'fixtures', 'feeds');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-feeds-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Item = Record<string, unknown> & { id: string; attributes?: Record<string, unknown> };

/** What an import hands to a shop, judged by the contract as the shop does it. */
const imported = async (file: string, mapping = {}) => {
  const items: Item[] = [];
  const reviews: Record<string, unknown>[] = [];
  const { report } = await importFiles(
    [file],
    {
      take: async (kind, rows) => {
        const counts = { accepted: 0, unchanged: 0, ignored: 0, rejected: [] as { line: number; errors: never[] }[] };
        for (const row of rows) {
          if (!('value' in row)) continue;
          const judged = (kind === 'items' ? ImportedItem : ReviewInput).safeParse(row.value);
          if (judged.success) counts.accepted++;
          else
            counts.rejected.push({
              line: row.line,
              errors: judged.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) as never[],
            });
          if (judged.success) (kind === 'items' ? items : reviews).push(row.value as Item);
        }
        return counts;
      },
      pictures: async () => ({ ok: 0, failed: 0, pending: 0 }),
      due: async () => 0,
      report: async () => undefined,
    },
    { readers: feedReaders({ currency: 'EUR', mapping }) },
  );
  return { report, items, reviews };
};
const fixture = (name: string) => join(here, name);

describe('feeds after published examples are read as their specifications mean them', () => {
  it('Google Merchant Center, RSS 2.0', async () => {
    const { report, items } = await imported(fixture('google-rss.xml'));
    expect(report).toMatchObject({ format: 'google-xml', read: 4, rejectedCount: 0, items: 3, variants: 4 });
    const [tv, dvd, small, large] = items;
    expect(tv).toEqual({
      id: 'TV_123456',
      title: 'LG 22LB4510 – 22" LED TV – 1080p (FullHD)',
      description:
        'Attractively styled & boasting stunning picture quality, the LG is an excellent television/monitor.',
      url: 'https://www.example.com/electronics/tv/22LB4510.html?a=1&b=2',
      images: ['', '_b', '_c,side'].map((view) => ({ url: `https://images.example.com/TV_123456${view}.png` })),
      categories: ['Consumer Electronics > TVs > Flat Panel TVs'],
      brand: 'LG',
      sku: '22LB4510/US',
      price: { amount: 159, currency: 'USD' },
      availability: 'in_stock',
      attributes: {
        condition: 'used',
        gtin: '71919219405200',
        mpn: '22LB4510/US',
        shipping: 'country=US; service=Standard; price=14.95 USD',
        googleProductCategory: 'Electronics > Video > Televisions > Flat Panel Televisions',
        _title: 'LG flat TV 22"',
        _shippingWeight: '3.5 kg',
      },
    });
    expect(dvd).toMatchObject({
      description: 'Episodes 7–13 from the third series.\nA literal & a bold one.',
      availability: 'preorder',
      price: { amount: 1011.99, currency: 'EUR' },
      categories: ['DVDs & Movies > TV Series > Fantasy Drama', 'Gifts'],
      attributes: {
        availabilityDate: '2011-07-01T13:00-0800',
        details: 'section_name=General; attribute_name=Discs; attribute_value=3',
        shipping: ['country=US; service=Express Mail; price=3.80 USD', 'country=CA; region=MA; price=5.80 USD'],
      },
    });
    expect(small).toMatchObject({
      groupId: 'CLO-29473856',
      brand: 'M&S',
      description: 'A smart pair of bootcut jeans in stretch cotton.\nFlares\nCafé wash',
      availability: 'out_of_stock',
      tags: ['spring'],
      price: { amount: 19.99, currency: 'USD' },
      attributes: { regularPrice: 29.5, color: 'Navy/White', size: '8 Standard', gender: 'Female', ageGroup: 'adult' },
    });
    // Its sale is over; its prices carry no currency.
    expect(large).toMatchObject({
      availability: 'in_stock',
      price: { amount: 29.5, currency: 'EUR' },
      attributes: { salePrice: 15 },
    });
  });

  it('Google Merchant Center, Atom 1.0', async () => {
    const { items } = await imported(fixture('google-atom.xml'));
    expect(items).toEqual([
      {
        id: '1a',
        title: 'Red wool sweater',
        description: 'Comfortable and soft, this sweater will keep you warm on those cold winter nights.',
        url: 'https://www.example.com/item1-info-page.html',
        images: [{ url: 'https://images.example.com/image1.jpg' }],
        price: { amount: 25, currency: 'EUR' },
        availability: 'in_stock',
        attributes: { condition: 'new', _link: 'https://www.example.com/feed/1a', _updated: '2005-10-13T18:30:02Z' },
      },
    ]);
  });

  it('Google Merchant Center, tab-separated; a wrong row is named by its line', async () => {
    const { report, items } = await imported(fixture('google.tsv'));
    expect(items).toMatchObject([
      {
        id: 'TDC-9',
        title: 'A 22" screen & café mug',
        groupId: 'G9',
        images: ['9', '9a', '9b,c'].map((view) => ({ url: `https://img.example.com/${view}.jpg` })),
        price: { amount: 12, currency: 'USD' },
        attributes: {
          regularPrice: 15,
          condition: 'new',
          gtin: '3234567890126',
          shipping: 'US:CA:Overnight:16.00 USD',
          _shippingCountryPrice: 'US:6.49 USD,CA:6.49 USD',
          highlights: ['Dishwasher safe', 'Handmade'],
        },
      },
      {
        id: 'TDC-10',
        title: 'A "quoted" title',
        description: 'Two\nlines',
        availability: 'preorder',
        price: { amount: 1234.5 },
      },
    ]);
    expect(report.rejected).toMatchObject([{ line: 5, errors: [{ path: 'availability' }] }]);
  });

  it('WooCommerce: variations before and after their parents, what is hidden, sales that are over', async () => {
    const { report, items } = await imported(fixture('woocommerce.csv'));
    expect(report).toMatchObject({ format: 'woocommerce-csv', rejectedCount: 0, items: 8, variants: 9 });
    const by = new Map(items.map((item) => [item.id, item]));
    expect(by.get('woo-vneck-tee-red')).toMatchObject({
      groupId: 'woo-vneck-tee',
      description: 'This is a variable product.\nSoft cotton,\nshort sleeves – café colours.\nWashable',
      categories: ['Clothing > Tshirts', 'Sale, last pieces'],
      tags: ['summer'],
      price: { amount: 20, currency: 'EUR' },
      images: ['vneck-tee-2', 'vnech-tee-green-1'].map((view) => ({ url: `https://img.example.com/${view}.jpg` })),
      attributes: { Color: 'Red', Size: ['Large', 'Medium', 'Small'] },
    });
    expect(by.get('77')).toMatchObject({
      groupId: 'woo-vneck-tee',
      availability: 'preorder',
      price: { amount: 18 },
      attributes: { regularPrice: 20.5, Color: 'Green' },
    });
    expect(by.get('woo-early')).toMatchObject({
      groupId: 'woo-late',
      description: 'Its variation comes before it.',
      attributes: { Color: 'Red' },
    });
    expect(by.get('woo-belt')).toMatchObject({
      availability: 'out_of_stock',
      price: { amount: 65 },
      attributes: { salePrice: 55, weightLbs: 1.2, heightIn: 1.5 },
    });
    expect(by.get('woo-hoodie-with-pocket')).toMatchObject({ availability: 'discontinued' });
    expect(by.get('woo-hoodie-with-logo')).toMatchObject({
      attributes: { stock: 12, Color: 'Blue', _purchaseNote: 'Thank you' },
    });
    expect(by.get('wp-pennant')).toMatchObject({
      url: 'https://shop.example.com/product/wordpress-pennant',
      price: { amount: 11.05 },
    });
    expect(by.get('logo-collection')).toMatchObject({
      attributes: { _groupedProducts: 'woo-hoodie-with-logo, woo-belt' },
    });
  });

  it("Shopify's newer template", async () => {
    const { report, items } = await imported(fixture('shopify-newer.csv'));
    expect(report).toMatchObject({ format: 'shopify-csv', rejectedCount: 0, items: 2, variants: 3 });
    expect(items).toMatchObject([
      {
        id: 'emerald-silk-t-shirt:small:green',
        groupId: 'emerald-silk-t-shirt',
        title: 'Emerald Silk T-Shirt',
        description: 'Vivid & soft.',
        brand: 'Company 123',
        categories: ['Apparel & Accessories > Clothing'],
        tags: ['gift', 'summer'],
        sku: 'silk-s',
        price: { amount: 1250, currency: 'EUR' },
        availability: 'out_of_stock',
        images: [{ url: 'https://img.example.com/green-s.jpg' }, { alt: 'Green shirt' }, {}],
        attributes: {
          Size: 'Small',
          Color: 'Green',
          barcode: '0012',
          compareAtPrice: 1300,
          stock: 0,
          mpn: 'X-12',
          _costPerItem: '10.5',
          _seoTitle: 'Silk shirt',
        },
      },
      {
        id: 'emerald-silk-t-shirt:large:green',
        price: { amount: 60 },
        availability: 'in_stock',
        attributes: { _costPerItem: '11', _seoTitle: 'Silk shirt' },
      },
      { id: 'coconut-bar-soap', availability: 'discontinued', sku: 'soap' },
    ]);
    expect(items[1]!.attributes).not.toHaveProperty('compareAtPrice');
    expect(items[1]!.attributes).not.toHaveProperty('_taxCode');
  });

  it('schema.org: offers within an offer, specifications of prices, and stars without words', async () => {
    const { report, items, reviews } = await imported(fixture('product.jsonld'));
    expect(report).toMatchObject({ format: 'json-ld', rejectedCount: 0, variants: 2, reviews: 1 });
    expect(items[0]).toMatchObject({
      id: '0446310786',
      description: "Sleeker than ACME's Classic Anvil – perfect for the business traveler.",
      images: [
        { url: 'https://img.example.com/1x1/photo.jpg' },
        { url: 'https://img.example.com/4x3/photo.jpg', alt: 'From the left' },
      ],
      brand: 'ACME',
      categories: ['Tools > Anvils', 'Gifts'],
      price: { amount: 119.99, currency: 'USD' },
      availability: 'in_stock',
      attributes: {
        color: ['black', 'steel'],
        gtin: '00012345678905',
        mpn: '925872',
        condition: 'NewCondition',
        highPrice: 199.99,
        'Horn length': '12 cm',
        _manufacturer: 'Anvil works',
      },
    });
    expect(JSON.parse(String(items[0]!.attributes!._review))).toMatchObject([{ author: { name: 'Only Stars' } }]);
    expect(JSON.parse(String(items[0]!.attributes!._offers))).toMatchObject({
      offerCount: 2,
      offers: [{ seller: {} }, {}],
    });
    expect(reviews).toEqual([
      {
        id: '1',
        itemId: '0446310786',
        text: 'Heavy, in a good way.',
        title: 'Good',
        rating: 4.2,
        author: 'Fred Benson',
        createdAt: '2024-05-01T00:00:00.000Z',
      },
    ]);
    expect(items[1]).toMatchObject({
      id: '#strike',
      title: 'Struck Anvil',
      price: { amount: 10.125, currency: 'KWD' },
      attributes: { regularPrice: 15 },
    });
  });

  it('schema.org: groups of variants, within them or pointed at, in the scripts of a page', async () => {
    const { report, items, reviews } = await imported(fixture('product-group.html'));
    expect(report).toMatchObject({ format: 'json-ld', items: 2, variants: 3 });
    expect(items).toMatchObject([
      {
        id: 'https://www.example.com/coat?size=small&color=green',
        groupId: '44E01',
        title: 'Small green coat',
        brand: 'Good brand',
        price: { amount: 39.99, currency: 'USD' },
        attributes: { size: 'small', color: 'green' },
      },
      {
        id: '44E01-M11000',
        groupId: '44E01',
        title: 'Wool winter coat',
        description: 'Wool coat, new for the coming winter season',
        availability: 'preorder',
      },
      {
        id: '77-S',
        groupId: '77',
        title: 'Summer hat, small',
        price: { amount: 1029.5, currency: 'EUR' },
        attributes: { size: 'S' },
      },
    ]);
    // A review of all variants is told once.
    expect(reviews).toMatchObject([{ itemId: items[0]!.id, text: 'Warm, all of them.', author: 'Jo' }]);
    expect(report.rejected).toMatchObject([
      { line: 63, errors: [{ message: expect.stringContaining('is not JSON') }] },
    ]);
  });
});

describe('a feed is the same however it is written', () => {
  const names = [
    'google-rss.xml',
    'google-atom.xml',
    'google.tsv',
    'woocommerce.csv',
    'shopify-newer.csv',
    'product.jsonld',
    'product-group.html',
  ];
  const utf16 = (text: string, isBig: boolean): Buffer => {
    const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
    return isBig ? bytes.swap16() : bytes;
  };
  const ways: Record<string, (text: string) => Buffer> = {
    'with a byte-order mark': (text) => Buffer.from(`\uFEFF${text}`),
    'with line ends of Windows': (text) => Buffer.from(text.replaceAll('\n', '\r\n')),
    'in UTF-16, little end first': (text) => utf16(text, false),
    'in UTF-16, big end first': (text) => utf16(text, true),
    'packed, in UTF-16': (text) => gzipSync(utf16(text, false)),
  };
  const plain = ({ report, items, reviews }: Awaited<ReturnType<typeof imported>>) =>
    JSON.parse(
      JSON.stringify({ items, reviews, rejected: report.rejected.map(({ line }) => line) }).replaceAll('\\r\\n', '\\n'),
    );

  it.each(names.flatMap((name) => Object.keys(ways).map((way) => [name, way] as const)))('%s %s', async (name, way) => {
    const text = await readFile(fixture(name), 'utf8');
    const file = join(folder, `${name}.${way.length}`);
    await writeFile(file, ways[way]!(text));
    expect(plain(await imported(file))).toEqual(plain(await imported(fixture(name))));
  });

  it('a table parted by semicolons or bars, in Windows-1252, with cells over several lines', async () => {
    const rows = (sign: string) =>
      `id${sign}title${sign}price${sign}description\nA1${sign}Stühle für 2${sign}"1.234,50 €"${sign}"Zwei\nZeilen; mit | und ""Worten"""\nA2${sign}Zu viel${sign}1${sign}a${sign}b\nA3${sign}Sofa${sign}viel${sign}\n`;
    const latin = (text: string) => Buffer.from(text.replaceAll('€', '\x80'), 'latin1');
    for (const [at, bytes] of [
      latin(rows(';')),
      latin(`sep=;\n${rows(';')}`),
      Buffer.from(rows('|')),
      latin(rows(';').replaceAll('Zwei\nZeilen', 'Zwei\x00Zeilen').replaceAll('\n', '\r').replace('\x00', '\n')),
    ].entries()) {
      const file = join(folder, `table-${at}.csv`);
      await writeFile(file, bytes);
      const { items, report } = await imported(file);
      expect(items).toEqual([
        {
          id: 'A1',
          title: 'Stühle für 2',
          price: { amount: 1234.5, currency: 'EUR' },
          description: 'Zwei\nZeilen; mit | und "Worten"',
        },
      ]);
      expect(report.rejected).toMatchObject([
        { errors: [{ message: expect.stringContaining('5 cells and the header 4') }] },
        { id: 'A3', errors: [{ path: 'price', received: 'viel' }] },
      ]);
      if (at === 0) expect(report.rejected.map(({ line }) => line)).toEqual([4, 5]);
    }
  });

  it('XML in an encoding that it names', async () => {
    const text = `<?xml version='1.0' encoding='ISO-8859-1'?><rss><channel><item><id>1</id><title>Stühle – élan</title></item></channel></rss>`;
    const file = join(folder, 'latin.xml');
    await writeFile(file, Buffer.from(text.replace('–', '\x96'), 'latin1'));
    expect((await imported(file)).items).toEqual([{ id: '1', title: 'Stühle – élan' }]);
  });

  it('a list of items in one JSON document', async () => {
    const file = join(folder, 'items.json');
    await writeFile(
      file,
      '[\n{"id":"1","title":"One"},\n{"id":"2","title":3},\n{"itemId":"1","id":"r","text":"Good"}\n]\n',
    );
    const { report, items } = await imported(file);
    expect(items).toEqual([{ id: '1', title: 'One' }]);
    expect(report).toMatchObject({
      format: 'ndjson',
      reviews: 1,
      rejected: [{ line: 3, errors: [{ path: 'title' }] }],
    });
  });

  it('says from where on a feed that breaks off is missing', async () => {
    const cut: [string, string, string][] = [
      ['cut.xml', '<rss><item><id>1</id><title>One</title></item>\n<item><id>2</id>', 'ends within <item>'],
      ['cut.json', '[{"id":"1","title":"One"},\n{"id":"2"', 'ends within a value'],
      ['cut.csv', 'id,title\n1,One\n2,"Two\n', 'quotation mark'],
    ];
    for (const [name, text, message] of cut) {
      await writeFile(join(folder, name), text);
      const { report, items } = await imported(join(folder, name));
      expect(items).toEqual([{ id: '1', title: 'One' }]);
      expect(report.brokenOff).toContain(message);
      expect(report.rejected.map(({ line }) => line)).toEqual([name === 'cut.csv' ? 3 : 2]);
    }
  });

  it('long texts whole, and what the contract has no room for', async () => {
    const story = 'word '.repeat(30_000).trim();
    const longer = 'x'.repeat(450_000);
    const pictures = Array.from({ length: 70 }, (_, at) => `https://img.example.com/${at}.jpg`);
    const extra = Array.from({ length: 450 }, (_, at) => `column ${at}`);
    const file = join(folder, 'long.csv');
    await writeFile(
      file,
      `id,title,Care story,Longer,images,${extra.join(',')}\nA,Chair,${story},${longer},${pictures.join('|')},${extra.map((_, at) => `v${at}`).join(',')}\n`,
    );
    const { items, report } = await imported(file);
    expect(report.rejected).toEqual([]);
    const { attributes, images } = items[0]!;
    expect(attributes!._careStory).toBe(story);
    expect([attributes!._longer, attributes!._longer2, attributes!._longer3].join('')).toBe(longer);
    expect(images).toHaveLength(64);
    expect(attributes!._moreImages).toEqual(pictures.slice(64));
    const all = JSON.stringify(attributes);
    expect(extra.map((_, at) => `v${at}`).filter((value) => !all.includes(value))).toEqual([]);
  });
});
