import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { configurationOf, fold } from './item-letters.js';

/** An item found by its letters. `score` in (0, 1]; `exact`: the words are its id, SKU or whole title. */
export interface LettersHit {
  key: number;
  score: number;
  exact: boolean;
}

/** Characters and words of a query that are looked at; people type less, machines may send anything. */
const MOST_CHARACTERS = 300;
const MOST_WORDS = 12;
/** Share of a word's trigrams that a name must have: "canera" still finds "camera", "cap" doesn't. */
const ALIKE = 0.45;
/** Candidates of each way of looking that are weighed against each other. */
const POOL = 400;

/** The part of a score that whole words give, the rest comes from likeness of letters. */
const WORDS_SHARE = 0.6;

/** Finds items by what is written on them, as people type it. */
@Injectable()
export class LettersSearch {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * At most `limit` items, exact ones first, then by falling score (equal ones by key). Whole words count by where they stand (title, brand
   * and SKU most, reviews least), in the languages given (default English) and unstemmed; misspelt ones by their
   * trigrams among the names. Availability is the caller's matter.
   */
  async find(text: string, limit: number, languages: readonly string[] = []): Promise<LettersHit[]> {
    const query = fold(text.slice(0, MOST_CHARACTERS));
    const words = [...new Set(query.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1))].slice(0, MOST_WORDS);
    if (query === '') return [];
    const configurations = [
      ...new Set(['simple', ...(languages.length > 0 ? languages : ['en']).map(configurationOf)]),
    ];
    return this.database.transaction(async (trx) => {
      // The threshold is what lets the trigram index answer; it holds for this transaction only.
      await sql`select set_config('pg_trgm.word_similarity_threshold', ${String(ALIKE)}, true)`.execute(trx);
      const { rows } = await sql<LettersHit>`
        with terms as (
          select string_agg(replace(nullif(plainto_tsquery(c::regconfig, ${words.join(' ')})::text, ''), ' & ', ' | '), ' | ')::tsquery as any_word
          from unnest(${configurations}::text[]) as c),
        exact as (
          select item_key from item_letters where id = ${query} union select item_key from item_letters where sku = ${query}
          union select item_key from item_letters where title = ${query}),
        worded as (
          select item_key from item_letters, terms where words @@ any_word order by ts_rank(words, any_word) desc, item_key limit ${POOL}),
        alike as (
          select l.item_key from unnest(${words}::text[]) as w (word) cross join lateral (
            select item_key from item_letters where w.word <% names order by word_similarity(w.word, names) desc, item_key limit ${POOL}) l),
        found as (select item_key from exact union select item_key from worded union select item_key from alike)
        select l.item_key as key, (l.item_key in (select item_key from exact)) as exact,
          case when l.item_key in (select item_key from exact) then 1 else least(0.99, greatest(0.001,
            ${WORDS_SHARE}::float8 * coalesce(ts_rank('{0.1, 0.3, 0.5, 1}', l.words, (select any_word from terms), 32) / 0.5, 0)
            + ${1 - WORDS_SHARE}::float8 * coalesce((select avg(word_similarity(w.word, l.names)) from unnest(${words}::text[]) as w (word)), 0))) end::float8 as score
        from item_letters l join found using (item_key)
        order by exact desc, score desc, key limit ${limit}`.execute(trx);
      return rows;
    });
  }
}
