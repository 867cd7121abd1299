import { given, listOf, moneyOf, textOfHtml } from './feed-values.js';
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

const AVAILABILITY: Record<string, string> = {
  in_stock: 'in_stock',
  out_of_stock: 'out_of_stock',
  preorder: 'preorder',
  backorder: 'preorder',
};

/** A product of a Google Merchant feed, by its attributes without their `g:`. */
export interface GoogleProduct {
  /** All values of an attribute. */
  values(name: string): string[];
  /** What nobody has asked for. */
  rest(): { column: string; text: string | string[] }[];
}

/** A product of a Google Merchant feed as an item; what has no place of its own stays among its private attributes. */
export const googleItem = ({ values, rest }: GoogleProduct): Record<string, unknown> => {
  const one = (name: string): string => values(name)[0] ?? '';
  const regular = moneyOf(one('price'));
  const sale = moneyOf(one('sale_price'));
  const attributes: Record<string, string | number | string[]> = Object.fromEntries(
    Object.entries(ATTRIBUTES).flatMap(([name, kept]) => {
      const all = values(name).filter((value) => value !== '');
      return all.length === 0 ? [] : [[kept, all.length === 1 ? all[0]! : all] as const];
    }),
  );
  const types = values('product_type').filter((type) => type !== '');
  // A category by number says nothing without Google's table.
  const own = values('google_product_category').filter((category) => category !== '');
  const named = types.length > 0 ? [] : own.filter((category) => !/^\d+$/.test(category));
  if (own.length > named.length) attributes.googleProductCategory = own[0]!;
  const availability = one('availability').toLowerCase().replace(/ /g, '_');
  const stock = numberOf(one('quantity') || one('sell_on_google_quantity'));
  if (stock !== undefined) attributes.stock = stock;
  if (sale && regular) attributes.regularPrice = regular.amount;
  const item = {
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
  };
  return given({ ...item, attributes: { ...attributes, ...restAttributes(rest(), attributes) } });
};
