import type { Readable } from 'node:stream';
import type { FeedReader, FeedRow, SourceFacts } from '../feed-reader.port.js';
import { type CsvRow, csvRows, headerOf } from './csv-rows.js';
import { addressesIn, availabilityOf, given, isNow, moneyOf, textOfHtml } from './feed-values.js';
import { numberOf, restAttributes } from './rest-attributes.js';
import { WooCommerceParents } from './woocommerce-parents.js';

/** What can be measured, by the name it gets. */
const MEASURES = [
  ['Weight (kg)', 'weightKg'],
  ['Weight (g)', 'weightG'],
  ['Weight (lbs)', 'weightLbs'],
  ['Weight (oz)', 'weightOz'],
  ['Length (cm)', 'lengthCm'],
  ['Length (in)', 'lengthIn'],
  ['Width (cm)', 'widthCm'],
  ['Width (in)', 'widthIn'],
  ['Height (cm)', 'heightCm'],
  ['Height (in)', 'heightIn'],
  ['GTIN, UPC, EAN, or ISBN', 'gtin'],
] as const;

type Item = Record<string, unknown>;

/**
 * WooCommerce's product export: a `variable` product's variations become items of their own, with the parent's words, categories and
 * pictures where they have none. The file names no currency: `currency` says it. Parents wait in a file beside, variations stream.
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
  async *read(source: Readable, { head }: SourceFacts): AsyncIterable<FeedRow> {
    const parents = new WooCommerceParents();
    try {
      for await (const row of csvRows(source, headerOf(head).delimiter)) {
        if ('errors' in row) {
          yield row;
          continue;
        }
        const { line } = row;
        const type = row.peek('Type').toLowerCase();
        if (/\bvariation\b/.test(type)) {
          const name = row.cell('Parent');
          const item = itemOf(row, currency);
          const parent = parents.of(name);
          if (parent || name === '') yield { line, kind: 'items', value: variationOf(item, parent, name) };
          else parents.wait(name, { line, item });
          continue;
        }
        const item = itemOf(row, currency);
        if (!/\bvariable\b/.test(type)) yield { line, kind: 'items', value: item };
        else {
          const names = [row.peek('ID') && `id:${row.peek('ID')}`, row.peek('SKU')].filter((name) => name !== '');
          parents.add(names, { line, item });
        }
      }
      for (const { line, item, parent } of parents.waiting())
        yield { line, kind: 'items', value: variationOf(item, parents.of(parent), parent) };
      for (const { line, item } of parents.alone()) yield { line, kind: 'items', value: item };
    } finally {
      parents.close();
    }
  },
});

/** A list in a cell, where WooCommerce writes `\,` for a comma that parts nothing. */
const wooList = (text: string): string[] =>
  text
    .split(/(?<!\\),/)
    .map((part) => part.replaceAll('\\,', ',').trim())
    .filter((part) => part !== '');

const itemOf = (row: CsvRow, currency: string): Item => {
  const attributes: Record<string, unknown> = {};
  for (const { column } of row.rest()) {
    const index = /^Attribute (\d+) name$/i.exec(column)?.[1];
    if (index === undefined) continue;
    const name = row.cell(column);
    const values = wooList(row.cell(`Attribute ${index} value(s)`));
    if (values.length > 0) attributes[name] = values.length === 1 ? values[0] : values;
  }
  const price = priceOf(row, currency, attributes);
  const stock = numberOf(row.cell('Stock'));
  if (stock !== undefined) attributes.stock = stock;
  else if (row.peek('Stock') !== '') attributes._stock = row.peek('Stock');
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
    categories: wooList(row.cell('Categories')).map(textOfHtml),
    tags: wooList(row.cell('Tags')).map(textOfHtml),
    price,
    availability: stateOf(row),
    url: /^https?:/i.test(row.peek('External URL')) ? row.cell('External URL') : undefined,
    images: addressesIn(row.cell('Images').replaceAll('\\,', ',')).map((url) => ({ url })),
  };
  return given({ ...item, attributes: { ...attributes, ...restAttributes(row.rest(), attributes) } });
};

/** The sale price while its dates hold, or when it has none. */
const priceOf = (row: CsvRow, currency: string, attributes: Record<string, unknown>) => {
  const regular = moneyOf(row.cell('Regular price'), currency);
  const sale = moneyOf(row.cell('Sale price'), currency);
  if (!regular && row.peek('Regular price') !== '') attributes._regularPrice = row.peek('Regular price');
  if (!sale && row.peek('Sale price') !== '') attributes._salePrice = row.peek('Sale price');
  if (!sale) return regular;
  if (regular && !isNow(row.peek('Date sale price starts'), row.peek('Date sale price ends'))) {
    attributes.salePrice = sale.amount;
    return regular;
  }
  if (regular) attributes.regularPrice = regular.amount;
  return sale;
};

const variationOf = (item: Item, parent: Item | undefined, name: string): Item => {
  if (!parent) return given({ ...item, groupId: name });
  return given({
    ...parent,
    ...item,
    groupId: parent.id,
    sku: item.sku,
    // What isn't shown isn't shown in any of its variations.
    availability: parent.availability === 'discontinued' ? 'discontinued' : item.availability,
    images: picturesOf(item, parent),
    // A parent lists all values of an attribute; the variation's own is the true one.
    attributes: { ...(parent.attributes as object | undefined), ...(item.attributes as object | undefined) },
  });
};

/** The variation's own pictures, then its parent's, each once. */
const picturesOf = (...items: readonly Item[]): { url: string }[] => {
  const all = items.flatMap(({ images }) => (images as { url: string }[] | undefined) ?? []);
  return [...new Set(all.map(({ url }) => url))].map((url) => ({ url }));
};

const stateOf = (row: CsvRow): string => {
  if (['0', '-1'].includes(row.peek('Published')) || row.peek('Visibility in catalog').toLowerCase() === 'hidden')
    return 'discontinued';
  const text = row.peek('In stock?').toLowerCase();
  if (['', '1', 'yes', 'true'].includes(text)) return 'in_stock';
  if (['0', 'no', 'false'].includes(text)) return 'out_of_stock';
  return availabilityOf(text) ?? 'in_stock';
};
