import { availabilityOf, given, isNow, moneyOf, textOfHtml } from './feed-values.js';
import { numberOf, restAttributes } from './rest-attributes.js';

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
  sale_price_effective_date: 'salePriceDates',
  shipping: 'shipping',
  tax: 'tax',
  unit_pricing_measure: 'unitPricingMeasure',
  unit_pricing_base_measure: 'unitPricingBaseMeasure',
  multipack: 'multipack',
  is_bundle: 'isBundle',
  adult: 'adult',
  product_detail: 'details',
};

/** A product of a Google Merchant feed, by its attributes without their `g:`. */
export interface GoogleProduct {
  /** The first value of an attribute, or ''. */
  one(name: string): string;
  /** All its values. */
  all(name: string): string[];
  /** What nobody has asked for. */
  rest(): { column: string; text: string | string[] }[];
}

/**
 * A product of a Google Merchant feed as an item; what has no place of its own stays among its private attributes. A sale price is the price while its dates hold, or when it has none.
 * `currency` is that of prices that carry none.
 */
export const googleItem = ({ one, all, rest }: GoogleProduct, currency: string): Record<string, unknown> => {
  const attributes: Record<string, string | number | string[]> = Object.fromEntries(
    Object.entries(ATTRIBUTES).flatMap(([name, kept]) => {
      const values = all(name).filter((value) => value !== '');
      return values.length === 0 ? [] : [[kept, values.length === 1 ? values[0]! : values] as const];
    }),
  );
  const types = all('product_type').filter((type) => type !== '');
  // A category by number says nothing without Google's table.
  const own = all('google_product_category').filter((category) => category !== '');
  const named = types.length > 0 ? [] : own.filter((category) => !/^\d+$/.test(category));
  if (own.length > named.length) attributes.googleProductCategory = own.length === 1 ? own[0]! : own;
  const stock = numberOf(one('quantity') || one('sell_on_google_quantity'));
  if (stock !== undefined) attributes.stock = stock;
  const item = {
    id: one('id'),
    groupId: one('item_group_id'),
    title: textOfHtml(one('title')),
    description: textOfHtml(one('description') || one('summary') || one('content')),
    url: one('link'),
    images: [...new Set([one('image_link'), ...all('additional_image_link')])]
      .filter((url) => url !== '')
      .map((url) => ({ url })),
    video: one('video_link') === '' ? undefined : { url: one('video_link') },
    categories: types.length > 0 ? types : named,
    brand: one('brand'),
    sku: typeof attributes.mpn === 'string' ? attributes.mpn : undefined,
    price: priceOf(one, currency, attributes),
    availability: availabilityOf(one('availability')),
    tags: [0, 1, 2, 3, 4].map((label) => one(`custom_label_${label}`)).filter((label) => label !== ''),
  };
  return given({ ...item, attributes: { ...attributes, ...restAttributes(rest(), attributes) } });
};

const priceOf = (
  one: (name: string) => string,
  currency: string,
  attributes: Record<string, string | number | string[]>,
) => {
  const regular = moneyOf(one('price'), currency);
  const sale = moneyOf(one('sale_price'), currency);
  for (const [name, money] of [
    ['price', regular],
    ['sale_price', sale],
  ] as const)
    if (!money && one(name) !== '') attributes[name === 'price' ? '_price' : '_salePrice'] = one(name);
  const [from = '', to = ''] = String(attributes.salePriceDates ?? '').split('/');
  if (!sale) return regular;
  if (regular && !isNow(from, to)) {
    attributes.salePrice = sale.amount;
    return regular;
  }
  if (regular) attributes.regularPrice = regular.amount;
  return sale;
};
