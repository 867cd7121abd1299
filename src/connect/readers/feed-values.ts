const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Text with the entities of HTML and XML that feeds really use decoded; anything unknown stays as it is. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return NAMED[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
  });

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

/** Money as feeds write it: `15.00 USD`, `EUR 1.234,50`, `29,95` (with a currency from elsewhere); undefined when there is no number or currency. */
export const moneyOf = (text: string, currency?: string): { amount: number; currency: string } | undefined => {
  const code = /[A-Z]{3}/.exec(text.toUpperCase())?.[0] ?? currency;
  const digits = /\d[\d.,' ]*/.exec(text)?.[0].replace(/[' ]/g, '').replace(/[.,]$/, '');
  if (code === undefined || digits === undefined) return undefined;
  const point = /[.,]\d{1,2}$/.exec(digits)?.index ?? digits.length;
  const amount = Number(`${digits.slice(0, point).replace(/[.,]/g, '')}.${digits.slice(point + 1) || '0'}`);
  return Number.isFinite(amount) ? { amount, currency: code } : undefined;
};

/** A list in one cell. */
export const listOf = (text: string, separator: string | RegExp = ','): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

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
