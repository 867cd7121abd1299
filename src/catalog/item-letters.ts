import { type Kysely, sql } from 'kysely';
import type { Tables } from '../platform/database/tables.js';

/** Text as letters are compared: compatibility forms folded, lower case, single blanks. */
export const fold = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

/** Text-search configurations that PostgreSQL brings along, by language. */
const CONFIGURATIONS: Record<string, string> = {
  ar: 'arabic',
  hy: 'armenian',
  eu: 'basque',
  ca: 'catalan',
  da: 'danish',
  nl: 'dutch',
  en: 'english',
  fi: 'finnish',
  fr: 'french',
  de: 'german',
  el: 'greek',
  hi: 'hindi',
  hu: 'hungarian',
  id: 'indonesian',
  ga: 'irish',
  it: 'italian',
  lt: 'lithuanian',
  ne: 'nepali',
  nb: 'norwegian',
  nn: 'norwegian',
  no: 'norwegian',
  pt: 'portuguese',
  ro: 'romanian',
  ru: 'russian',
  sr: 'serbian',
  es: 'spanish',
  sv: 'swedish',
  ta: 'tamil',
  tr: 'turkish',
  yi: 'yiddish',
};

/** The text-search configuration for a language tag; `english` where none is named, `simple` for a language PostgreSQL doesn't stem. */
export const configurationOf = (language: string | null | undefined): string => {
  if (!language) return 'english';
  return CONFIGURATIONS[language.split('-')[0]!.toLowerCase()] ?? 'simple';
};

/** Characters of one field that letters are taken from; a tsvector holds a megabyte at most. */
const MOST = { title: 2_000, description: 50_000, reviews: 100_000 } as const;

/**
 * Writes the letters of these items anew, inside the transaction that changed them. `names` (title, brand, SKU, id) is for typing errors;
 * `words` weighs title, brand and SKU as A, categories and tags as B, the description as C, reviews as D.
 */
export const refreshLetters = async (trx: Kysely<Tables>, keys: readonly number[]): Promise<void> => {
  if (keys.length === 0) return;
  const { rows } = await sql<{
    key: number;
    id: string;
    sku: string | null;
    title: string;
    brand: string | null;
    categories: string[];
    tags: string[];
    description: string | null;
    language: string | null;
    reviews: string | null;
  }>`
    select key, id, sku, title, brand, categories, tags, description, language, (
      select left(string_agg(concat_ws(' ', left(r.title, 2000), left(r.text, 5000)), ' '), ${MOST.reviews}::int)
      from (select title, text from reviews where item_key = items.key order by stored_at desc, id limit 200) r) as reviews
    from items where key = any(${[...keys]}::int[])`.execute(trx);
  const letters = rows.map((row) => ({
    item_key: row.key,
    id: fold(row.id),
    sku: row.sku === null ? null : fold(row.sku),
    title: fold(row.title),
    names: fold([row.title, row.brand, row.sku, row.id].filter(Boolean).join(' ')),
    a: fold([row.title, row.brand, row.sku].filter(Boolean).join(' ')).slice(0, MOST.title * 2),
    b: fold([...row.categories, ...row.tags].join(' ')).slice(0, MOST.description),
    c: fold(row.description ?? '').slice(0, MOST.description),
    d: fold(row.reviews ?? ''),
    configuration: configurationOf(row.language),
  }));
  await sql`
    insert into item_letters (item_key, id, sku, title, names, words)
    select item_key, id, sku, title, names,
      setweight(to_tsvector(configuration::regconfig, a) || to_tsvector('simple', a), 'A') ||
      setweight(to_tsvector(configuration::regconfig, b) || to_tsvector('simple', b), 'B') ||
      setweight(to_tsvector(configuration::regconfig, c) || to_tsvector('simple', c), 'C') ||
      setweight(to_tsvector(configuration::regconfig, d) || to_tsvector('simple', d), 'D')
    from json_to_recordset(${JSON.stringify(letters)}::text::json) as given (item_key int, id text, sku text, title text, names text, a text, b text,
      c text, d text, configuration text)
    on conflict (item_key) do update set id = excluded.id, sku = excluded.sku, title = excluded.title, names = excluded.names, words = excluded.words`.execute(
    trx,
  );
};
