import { decodeEntities } from './html-entities.js';

/** What an HTML body says, in plain words: scripts and styles gone, blocks on lines of their own. */
export const textOfHtml = (html: string): string =>
  decodeEntities(
    html
      .replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, ' ')
      .replace(/<(br|\/p|\/div|\/li|\/h[1-6]|\/tr)\b[^>]*>/gi, '\n')
      .replace(/<!--[\s\S]*?-->|<[a-z/!][^>]*>/gi, ' '),
  )
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();

/** What feeds write for a currency where they don't write its code. */
const SIGNS: Record<string, string> = {
  '€': 'EUR',
  '£': 'GBP',
  '₹': 'INR',
  '₩': 'KRW',
  '₽': 'RUB',
  '₺': 'TRY',
  zł: 'PLN',
};
/** Currencies with a thousandth: there `12.500` is twelve and a half. */
const THOUSANDTHS = new Set(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']);

/** Money as feeds write it: `15.00 USD`, `EUR 1.234,50`, `29,95 €`, `29,95` (with a currency from elsewhere); undefined when there is no number or currency. */
export const moneyOf = (text: string, currency?: string): { amount: number; currency: string } | undefined => {
  const sign = Object.keys(SIGNS).find((one) => text.includes(one));
  const code =
    /(?<![A-Z])[A-Z]{3}(?![A-Z])/.exec(text.toUpperCase())?.[0] ?? (sign === undefined ? currency : SIGNS[sign]);
  const digits = /\d[\d.,'’\s]*/
    .exec(text)?.[0]
    .replace(/['’\s]/g, '')
    .replace(/[.,]+$/, '');
  if (code === undefined || digits === undefined) return undefined;
  const amount = Number(plainNumber(digits, THOUSANDTHS.has(code)));
  return Number.isFinite(amount) ? { amount, currency: code } : undefined;
};

/** `1.234,50`, `1,234.50`, `1.234` (thousands) and `0.125` as JavaScript writes them. */
const plainNumber = (digits: string, hasThousandths: boolean): string => {
  const last = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  if (last === -1) return digits;
  const whole = digits.slice(0, last);
  const after = digits.length - last - 1;
  const isMixed = /[.,]/.test(whole) && !whole.includes(digits[last]!);
  const isPoint = isMixed || (!/[.,]/.test(whole) && (after !== 3 || hasThousandths || /^0+$/.test(whole)));
  return isPoint ? `${whole.replace(/[.,]/g, '')}.${digits.slice(last + 1)}` : digits.replace(/[.,]/g, '');
};

/** Spellings of whether something can be had, without blanks, dashes and case; also the last part of a schema.org address. */
const AVAILABILITY: Record<string, string> = {
  instock: 'in_stock',
  available: 'in_stock',
  availablefororder: 'in_stock',
  limitedavailability: 'in_stock',
  limitedstock: 'in_stock',
  onlineonly: 'in_stock',
  instoreonly: 'in_stock',
  madetoorder: 'in_stock',
  outofstock: 'out_of_stock',
  soldout: 'out_of_stock',
  reserved: 'out_of_stock',
  unavailable: 'out_of_stock',
  notavailable: 'out_of_stock',
  preorder: 'preorder',
  presale: 'preorder',
  backorder: 'preorder',
  onbackorder: 'preorder',
  discontinued: 'discontinued',
};

/** Availability as the contract spells it. What nobody knows stays as it is written, so that its row is refused with a word rather than sold out without one. */
export const availabilityOf = (text: string): string | undefined => {
  if (text === '') return undefined;
  const key = text
    .replace(/^(https?:\/\/schema\.org\/|schema:)/i, '')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  return AVAILABILITY[key] ?? text;
};

/** Whether a reduced price holds at this moment: between two times, each of which may be left out or be no time at all. */
export const isNow = (from: string, to: string, now = Date.now()): boolean => {
  const begins = Date.parse(from);
  // A day without an hour is over when the day is.
  const ends = Date.parse(/^\d{4}-\d\d-\d\d$/.test(to) ? `${to}T23:59:59Z` : to);
  return !(begins > now) && !(ends < now);
};

/** A list in one cell. */
export const listOf = (text: string, separator: string | RegExp = ','): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Addresses in one cell: a comma inside of one parts nothing. */
export const addressesIn = (text: string): string[] => listOf(text, /,\s*(?=https?:|\/\/)|\s+(?=https?:)|\|/i);

/** An object without what is not there: undefined, '' and empty lists and objects. */
export const given = <T extends Record<string, unknown>>(fields: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined &&
        value !== null &&
        value !== '' &&
        !(typeof value === 'object' && Object.keys(value).length === 0),
    ),
  ) as Partial<T>;
