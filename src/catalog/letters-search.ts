import { Inject, Injectable } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { editDistance } from '../maths/edit-distance.js';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import type { Tables } from '../platform/database/tables.js';
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

/** Shorter words are too near to others to be taken for misspelt ones. */
const SHORTEST_MISSPELT = 4;
/** Names that are read to find what a misspelt word was meant to be. */
const NAMES_READ = 20;

/** The part of a score that whole words give, the rest comes from likeness of letters. */
const WORDS_SHARE = 0.6;

/** Finds items by what is written on them, as people type it. */
@Injectable()
export class LettersSearch {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /**
   * At most `limit` items, exact ones first, then by falling score (equal ones by key). Whole words count by where they stand (title, brand
   * and SKU most, reviews least), in the languages given (default English) and unstemmed; misspelt ones by their
   * trigrams among the names, and as the name they are a slip of the finger away from where nothing in the shop is spelt as they are. Availability is
   * the caller's matter.
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
      const meant = await this.meant(trx, words, configurations);
      const { rows } = await sql<LettersHit>`
        with terms as (
          select string_agg(replace(nullif(plainto_tsquery(c::regconfig, ${meant.join(' ')})::text, ''), ' & ', ' | '), ' | ')::tsquery as any_word
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

  /** The words, where nothing in the shop has one: the nearest word of the names instead, if one is near enough to be a typing error. */
  private async meant(
    trx: Kysely<Tables>,
    words: readonly string[],
    configurations: readonly string[],
  ): Promise<readonly string[]> {
    const long = words.filter((word) => word.length >= SHORTEST_MISSPELT);
    if (long.length === 0) return words;
    const { rows } = await sql<{ word: string; names: string }>`
      select w.word, l.names from unnest(${long}::text[]) as w (word)
      cross join lateral (
        select names from item_letters where w.word <% names order by word_similarity(w.word, names) desc, item_key limit ${NAMES_READ}) l
      where not exists (
        select 1 from unnest(${configurations}::text[]) as c cross join lateral plainto_tsquery(c::regconfig, w.word) as asked
        where numnode(asked) = 0 or exists (select 1 from item_letters where words @@ asked))`.execute(trx);
    const corrected = new Map<string, { word: string; distance: number }>();
    for (const { word, names } of rows) {
      for (const name of names.split(/[^\p{L}\p{N}]+/u)) {
        const most = corrected.has(word) ? corrected.get(word)!.distance - 1 : word.length < 6 ? 1 : 2;
        const distance = editDistance(word, name, most);
        if (distance <= most) corrected.set(word, { word: name, distance });
      }
    }
    return words.map((word) => corrected.get(word)?.word ?? word);
  }
}
