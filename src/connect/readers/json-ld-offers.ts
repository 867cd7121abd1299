import { availabilityOf, moneyOf } from './feed-values.js';
import { type Node, nodesIn, textOf } from './json-ld-graph.js';

type Facts = Record<string, string | number>;

/** What offers come to. */
interface Offered {
  price?: { amount: number; currency: string };
  /** As it is written; '' where nothing is said. */
  availability: string;
  /** Stock, prices and availability by market, a regular price, and what holds until when. */
  facts: Facts;
  /** All offers as JSON where they say more than that; null where they don't. */
  surplus: string | null;
}

/** What is read of an offer; an offer with other parts is kept whole as well. */
const READ = new Set(
  'price priceCurrency lowPrice highPrice offerCount availability inventoryLevel priceValidUntil itemCondition eligibleRegion areaServed offers url'.split(
    ' ',
  ),
);

/** The first price of a product's offers, also of an `AggregateOffer` or a price specification, and all else that they say. `known` are names already taken. */
export const offered = (node: Node, known: Readonly<Record<string, unknown>>, currency: string): Offered => {
  const outer = nodesIn(node.offers);
  const offers = outer.flatMap((offer) => [offer, ...nodesIn(offer.offers)]);
  const facts: Facts = {};
  const put = (name: string, value: string | number): void => {
    if (value === '' || (typeof value === 'number' && !Number.isFinite(value)) || name in known) return;
    facts[name] ??= value;
  };
  for (const [at, offer] of offers.entries()) {
    const region = [offer.eligibleRegion ?? offer.areaServed]
      .flat()
      .map(textOf)
      .filter((text) => text !== '')
      .join(', ');
    const { price, regular } = priceOf(offer, currency);
    if (price && (region !== '' || at > 0)) {
      put(`price.${region || price.currency}`, price.amount);
      if (region !== '') put(`currency.${region}`, price.currency);
    }
    if (region !== '') put(`availability.${region}`, availabilityOf(textOf(offer.availability)) ?? '');
    if (regular !== undefined) put('regularPrice', regular);
    put(
      'stock',
      Number(textOf((offer.inventoryLevel as Node | undefined)?.value ?? offer.inventoryLevel) || Number.NaN),
    );
    put('highPrice', Number(textOf(offer.highPrice) || Number.NaN));
    put('priceValidUntil', textOf(offer.priceValidUntil));
    put('condition', textOf(offer.itemCondition).split('/').at(-1)!);
  }
  const price = offers.map((offer) => priceOf(offer, currency).price).find((one) => one !== undefined);
  const hasMore = offers.some((offer) => Object.keys(offer).some((name) => !name.startsWith('@') && !READ.has(name)));
  // Two prices for one market, or without any, are not told apart by facts alone.
  const isCrowded = offers.length > 2 || outer.some((offer) => offer.offerCount !== undefined) || !price;
  const isSaid = outer.length > 0 && (hasMore || isCrowded);
  return {
    price,
    availability: offers.map((offer) => textOf(offer.availability)).find((text) => text !== '') ?? '',
    facts,
    surplus: isSaid ? JSON.stringify(node.offers) : null,
  };
};

/** A price and, where a specification says so, the one that is struck through beside it. */
const priceOf = (offer: Node, currency: string): { price?: { amount: number; currency: string }; regular?: number } => {
  const specifications = nodesIn(offer.priceSpecification);
  const isStruck = ({ priceType }: Node): boolean =>
    /(List|Strikethrough|SRP|MSRP|RegularPrice)(Price)?$/i.test(textOf(priceType));
  const isUnit = ({ referenceQuantity, priceType }: Node): boolean => referenceQuantity !== undefined && !priceType;
  const current =
    specifications.find((one) => !isStruck(one) && !isUnit(one)) ?? specifications.find((one) => !isStruck(one));
  const struck = specifications.find(isStruck);
  // By schema.org's rule a point is a decimal point; pages write otherwise as well.
  const moneyIn = (written: unknown, of: unknown) => {
    const [text, code] = [textOf(written), (textOf(of) || currency).toUpperCase()];
    return /^\d+(\.\d+)?$/.test(text) ? { amount: Number(text), currency: code } : moneyOf(text, code);
  };
  const price =
    moneyIn(offer.price ?? offer.lowPrice, offer.priceCurrency) ??
    moneyIn(current?.price ?? current?.minPrice, current?.priceCurrency ?? offer.priceCurrency);
  const regular = struck && moneyIn(struck.price, struck.priceCurrency ?? offer.priceCurrency);
  if (!price) return regular ? { price: regular } : {};
  return { price, ...(regular ? { regular: regular.amount } : {}) };
};
