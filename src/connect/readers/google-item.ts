import { given, listOf, moneyOf, textOfHtml } from './feed-values.js';

/** Attributes of a Google Merchant product that are kept under `attributes`, by the name they get. */
const ATTRIBUTES: Record<string, string> = {
  color: 'color',
  size: 'size',
  gender: 'gender',
  age_group: 'ageGroup',
  material: 'material',
  pattern: 'pattern',
  condition: 'condition',
  gtin: 'gtin',
  mpn: 'mpn',
  size_type: 'sizeType',
  size_system: 'sizeSystem',
  product_highlight: 'highlights',
  availability_date: 'availabilityDate',
  energy_efficiency_class: 'energyClass',
};

const AVAILABILITY: Record<string, string> = {
  in_stock: 'in_stock',
  out_of_stock: 'out_of_stock',
  preorder: 'preorder',
  backorder: 'preorder',
};

/** A product of a Google Merchant feed as an item. `values(name)` gives all values of an attribute, without its `g:`. */
export const googleItem = (values: (name: string) => string[]): Record<string, unknown> => {
  const one = (name: string): string => values(name)[0] ?? '';
  const regular = moneyOf(one('price'));
  const sale = moneyOf(one('sale_price'));
  const attributes = Object.fromEntries(
    Object.entries(ATTRIBUTES).flatMap(([name, kept]) => {
      const all = values(name).filter((value) => value !== '');
      return all.length === 0 ? [] : [[kept, all.length === 1 ? all[0] : all]];
    }),
  );
  // A category by number says nothing without Google's table.
  const named = values('google_product_category').filter((category) => !/^\d+$/.test(category));
  const types = values('product_type').filter((type) => type !== '');
  const availability = one('availability').toLowerCase().replace(/ /g, '_');
  return given({
    id: one('id'),
    groupId: one('item_group_id'),
    title: one('title'),
    description: textOfHtml(one('description')),
    url: one('link'),
    images: [...new Set([...values('image_link').slice(0, 1), ...values('additional_image_link')])]
      .filter((url) => url !== '')
      .map((url) => ({ url })),
    video: one('video_link') === '' ? undefined : { url: one('video_link') },
    categories: types.length > 0 ? types : named,
    brand: one('brand'),
    sku: one('mpn'),
    price: sale ?? regular,
    availability: AVAILABILITY[availability] ?? (availability === '' ? undefined : availability),
    tags: [0, 1, 2, 3, 4].flatMap((label) => listOf(one(`custom_label_${label}`), /$^/)),
    attributes: sale && regular ? { ...attributes, regularPrice: regular.amount } : attributes,
  });
};
