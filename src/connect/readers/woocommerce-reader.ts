import type { Readable } from 'node:stream';
import type { FeedReader, FeedRow } from '../feed-reader.port.js';
import { type CsvRow, csvRows, headerOf } from './csv-rows.js';
import { given, listOf, moneyOf, textOfHtml } from './feed-values.js';
import { numberOf, restAttributes } from './rest-attributes.js';

/** What can be measured, by the name it gets. */
const MEASURES = [
  ['Weight (kg)', 'weightKg'],
  ['Weight (lbs)', 'weightLbs'],
  ['Length (cm)', 'lengthCm'],
  ['Length (in)', 'lengthIn'],
  ['Width (cm)', 'widthCm'],
  ['Width (in)', 'widthIn'],
  ['Height (cm)', 'heightCm'],
  ['Height (in)', 'heightIn'],
  ['GTIN, UPC, EAN, or ISBN', 'gtin'],
] as const;

type Item = Record<string, unknown>;

interface Parent {
  line: number;
  item: Item;
  /** Its variations stand for it. */
  hasVariations: boolean;
}

/**
 * WooCommerce's product export: a `variable` product's variations become items of their own, with the parent's words, categories and
 * pictures where they have none. The file names no currency: `currency` says it. Parents are remembered, variations stream.
 */
export const wooCommerceReader = (currency: string): FeedReader => ({
  format: 'woocommerce-csv',
  recognises: (head) => {
    const { columns } = headerOf(head);
    return (
      columns.has('type') &&
      columns.has('name') &&
      columns.has('regular price') &&
      (columns.has('sku') || columns.has('id'))
    );
  },
  async *read(source: Readable): AsyncIterable<FeedRow> {
    const parents = new Map<string, Parent>();
    for await (const row of csvRows(source)) {
      const type = row.peek('Type').toLowerCase();
      const item = itemOf(row, currency);
      if (/\bvariable\b/.test(type)) {
        const parent: Parent = { line: row.line, item, hasVariations: false };
        for (const name of [`id:${row.cell('ID')}`, row.cell('SKU')])
          if (name !== '' && name !== 'id:') parents.set(name, parent);
      } else if (/\bvariation\b/.test(type)) {
        const parent = parents.get(row.cell('Parent'));
        if (parent) parent.hasVariations = true;
        yield { line: row.line, kind: 'items', value: variationOf(item, parent?.item, row) };
      } else {
        yield { line: row.line, kind: 'items', value: item };
      }
    }
    for (const { line, item, hasVariations } of new Set(parents.values()))
      if (!hasVariations) yield { line, kind: 'items', value: item };
  },
});

const itemOf = (row: CsvRow, currency: string): Item => {
  const regular = moneyOf(row.cell('Regular price'), currency);
  const sale = moneyOf(row.cell('Sale price'), currency);
  const attributes: Record<string, unknown> = {};
  for (let index = 1; row.cell(`Attribute ${index} name`) !== ''; index++) {
    const values = listOf(row.cell(`Attribute ${index} value(s)`).replace(/\\,/g, '\u001f')).map((value) =>
      value.replaceAll('\u001f', ','),
    );
    if (values.length > 0) attributes[row.cell(`Attribute ${index} name`)] = values.length === 1 ? values[0] : values;
  }
  if (sale && regular) attributes.regularPrice = regular.amount;
  const stock = numberOf(row.cell('Stock'));
  if (stock !== undefined) attributes.stock = stock;
  for (const [column, name] of MEASURES) {
    const text = row.cell(column);
    if (text !== '') attributes[name] = numberOf(text) ?? text;
  }
  const description = [row.cell('Short description'), row.cell('Description')]
    .map((html) => textOfHtml(html.replace(/\\n/g, '\n')))
    .filter((text) => text !== '');
  const id = row.cell('SKU') || row.cell('ID');
  const item = {
    id,
    title: textOfHtml(row.cell('Name')),
    description: description.join('\n'),
    sku: row.cell('SKU'),
    brand: row.cell('Brands') || row.cell('Brand'),
    categories: listOf(row.cell('Categories')),
    tags: listOf(row.cell('Tags')),
    price: sale ?? regular,
    availability: availabilityOf(row),
    url: /^https?:/i.test(row.peek('External URL')) ? row.cell('External URL') : undefined,
    images: listOf(row.cell('Images')).map((url) => ({ url })),
  };
  return given({ ...item, attributes: { ...attributes, ...restAttributes(row.rest(), attributes) } });
};

const variationOf = (item: Item, parent: Item | undefined, row: CsvRow): Item => {
  if (!parent) return given({ ...item, groupId: row.cell('Parent') });
  const own = given(item);
  return given({
    ...parent,
    ...own,
    groupId: parent.id,
    sku: own.sku,
    images: [...((own.images as object[] | undefined) ?? []), ...((parent.images as object[] | undefined) ?? [])],
    // A parent lists all values of an attribute; the variation's own is the true one.
    attributes: { ...(parent.attributes as object | undefined), ...(own.attributes as object | undefined) },
  });
};

const availabilityOf = (row: CsvRow): string => {
  if (['0', '-1'].includes(row.peek('Published'))) return 'discontinued';
  const stock = row.peek('In stock?').toLowerCase();
  if (stock === 'backorder') return 'preorder';
  return stock === '0' || stock === 'no' || stock === 'outofstock' ? 'out_of_stock' : 'in_stock';
};
