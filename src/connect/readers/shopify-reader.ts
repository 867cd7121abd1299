import type { Readable } from 'node:stream';
import type { FeedReader, FeedRow, SourceFacts } from '../feed-reader.port.js';
import { type CsvRow, csvRows, headerOf } from './csv-rows.js';
import { given, listOf, moneyOf, textOfHtml } from './feed-values.js';
import { numberOf, restAttributes } from './rest-attributes.js';

const OPTIONS = [1, 2, 3] as const;

/** Columns that each variant fills for itself. */
const OF_VARIANT =
  /^(variant|image|option|price|compare.at price|cost|unit price|tax code|charge tax|requires shipping|fulfillment|inventory|weight|sku|barcode|product image)\b/i;

/** Rows of one product; Shopify itself has at most 2,048 variants and 250 pictures. */
const MOST_ROWS = 10_000;

/** What Shopify's newer files (2025) call the columns of its older ones. */
const NEWER: Record<string, string> = {
  Handle: 'URL handle',
  'Body (HTML)': 'Description',
  'Product Category': 'Product category',
  Published: 'Published on online store',
  'Variant SKU': 'SKU',
  'Variant Barcode': 'Barcode',
  'Variant Price': 'Price',
  'Variant Compare At Price': 'Compare-at price',
  'Variant Inventory Tracker': 'Inventory tracker',
  'Variant Inventory Qty': 'Inventory quantity',
  'Variant Inventory Policy': 'Continue selling when out of stock',
  'Image Src': 'Product image URL',
  'Variant Image': 'Variant image URL',
  'Google Shopping / MPN': 'Google Shopping / Manufacturer part number (MPN)',
};

/** The same row, asked by the older names. */
const named = (row: CsvRow): CsvRow => {
  const newer = (column: string): string => NEWER[column] ?? column;
  return {
    ...row,
    cell: (column) => row.cell(column) || row.cell(newer(column)),
    cells: (column) => [...row.cells(column), ...row.cells(newer(column))],
    peek: (column) => row.peek(column) || row.peek(newer(column)),
  };
};

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');

const isVariant = (row: CsvRow): boolean =>
  row.cell('Variant Price') !== '' || row.cell('Option1 Value') !== '' || row.cell('Variant SKU') !== '';

/**
 * Shopify's product export: the rows of one handle are one product; each variant becomes an item of its own with the product's words and
 * pictures. The file names no currency: `currency` says it.
 */
export const shopifyReader = (currency: string): FeedReader => ({
  format: 'shopify-csv',
  recognises: (head) => {
    const { columns } = headerOf(head);
    return (
      columns.has('title') &&
      ((columns.has('handle') && (columns.has('variant price') || columns.has('option1 value'))) ||
        (columns.has('url handle') && (columns.has('price') || columns.has('option1 value'))))
    );
  },
  async *read(source: Readable, { head }: SourceFacts): AsyncIterable<FeedRow> {
    let product: CsvRow[] = [];
    for await (const read of csvRows(source, headerOf(head).delimiter)) {
      if ('errors' in read) {
        yield read;
        continue;
      }
      const row = named(read);
      const handle = row.cell('Handle');
      if (handle === '') {
        yield { line: row.line, errors: [{ path: 'id', message: 'has no handle, which says whose row it is' }] };
        continue;
      }
      if (product.length > 0 && handle !== product[0]!.cell('Handle')) {
        yield* itemsOf(product, currency);
        product = [];
      }
      if (product.length < MOST_ROWS) product.push(row);
      else yield { line: row.line, id: handle, errors: [{ path: 'id', message: `has more than ${MOST_ROWS} rows` }] };
    }
    if (product.length > 0) yield* itemsOf(product, currency);
  },
});

function* itemsOf(rows: readonly CsvRow[], currency: string): Generator<FeedRow> {
  const [first] = rows as [CsvRow];
  const handle = first.cell('Handle');
  const variants = rows.filter(isVariant);
  const shown = variants.length > 0 ? variants : [first];
  const pictures = rows
    .filter((row) => row.cell('Image Src') !== '')
    .map((row) => ({
      url: row.cell('Image Src'),
      alt: row.cell('Image Alt Text'),
      position: Number(row.cell('Image Position')) || 0,
    }))
    .sort((a, b) => a.position - b.position)
    .map(({ url, alt }) => given({ url, alt }) as { url: string; alt?: string });
  const used = new Set<string>();
  for (const row of shown) {
    const values = OPTIONS.map((option) => row.cell(`Option${option} Value`)).filter(
      (value) => value !== '' && value !== 'Default Title',
    );
    let id = values.length > 0 ? `${handle}:${values.map(slug).join(':')}` : handle;
    if (used.has(id)) id = `${id}:${row.cell('Variant SKU') || row.line}`;
    used.add(id);
    yield {
      line: row.line,
      kind: 'items',
      value: itemOf(first, row, { id, groupId: shown.length > 1 ? handle : undefined, pictures, currency }),
    };
  }
}

const itemOf = (
  first: CsvRow,
  row: CsvRow,
  known: { id: string; groupId?: string; pictures: { url: string; alt?: string }[]; currency: string },
) => {
  const options = Object.fromEntries(
    OPTIONS.flatMap((option) => {
      const [name, value] = [first.cell(`Option${option} Name`), row.cell(`Option${option} Value`)];
      return name === '' || value === '' || value === 'Default Title' ? [] : [[name, value]];
    }),
  );
  const own = row.cell('Variant Image');
  const images = own === '' ? known.pictures : [{ url: own }, ...known.pictures.filter(({ url }) => url !== own)];
  const compared = moneyOf(row.cell('Variant Compare At Price'), known.currency);
  return given({
    id: known.id,
    groupId: known.groupId,
    title: first.cell('Title') || first.cell('Handle'),
    description: textOfHtml(first.cell('Body (HTML)')),
    brand: first.cell('Vendor'),
    categories: listOf(
      first.cell('Product Category') ||
        first.cell('Google Shopping / Google Product Category') ||
        first.cell('Type') ||
        first.cell('Custom Product Type'),
      /\n/,
    ),
    tags: listOf(first.cell('Tags')),
    sku: row.cell('Variant SKU').replace(/^'/, ''),
    price: moneyOf(row.cell('Variant Price'), known.currency),
    availability: availabilityOf(first, row),
    images,
    attributes: attributesOf(
      given({
        ...options,
        barcode: row.cell('Variant Barcode').replace(/^'/, ''),
        gender: first.cell('Google Shopping / Gender'),
        ageGroup: first.cell('Google Shopping / Age Group'),
        condition: first.cell('Google Shopping / Condition'),
        mpn: first.cell('Google Shopping / MPN'),
        compareAtPrice: compared && compared.amount > 0 ? compared.amount : undefined,
        stock: numberOf(row.cell('Variant Inventory Qty')),
      }),
      first,
      row,
    ),
  });
};

/** With what has no place of its own: the product's row says it for all variants, the variant's own row for itself. */
const attributesOf = (known: Record<string, unknown>, first: CsvRow, row: CsvRow): Record<string, unknown> => {
  const own = row === first ? [] : row.rest();
  const named = new Set(own.map(({ column }) => column));
  // What a variant leaves empty in its own columns is not what another variant has there.
  const shared = first.rest().filter(({ column }) => !named.has(column) && (row === first || !OF_VARIANT.test(column)));
  return { ...known, ...restAttributes([...shared, ...own], known) };
};

const availabilityOf = (first: CsvRow, row: CsvRow): string => {
  const isHidden =
    first.peek('Published').toLowerCase() === 'false' ||
    ['draft', 'archived'].includes(first.peek('Status').toLowerCase());
  if (isHidden) return 'discontinued';
  const isCounted = row.peek('Variant Inventory Tracker') !== '' && row.peek('Variant Inventory Qty') !== '';
  // The newer files say TRUE where the older ones say `continue`.
  const mayRunOut = !['continue', 'true'].includes(row.peek('Variant Inventory Policy').toLowerCase());
  return isCounted && mayRunOut && Number(row.peek('Variant Inventory Qty')) <= 0 ? 'out_of_stock' : 'in_stock';
};
