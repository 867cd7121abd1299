import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { type Random, seededRandom } from '../../src/maths/random.js';
import { type Database, migrate, openDatabase, type Settings } from '../../src/platform/platform.api.js';

/** A shop made up for measuring: as many items as wanted, with vectors as catalogues have them, and visitors with a past. */
export interface MadeShop {
  items: number;
  visitors: number;
  eventsAVisitor: number;
  dimension: number;
  /** Version of the fusion model and id of the encoder that the vectors are said to come from. */
  fusion: string;
  encoder: string;
}

const AT_ONCE = 1_000;
/** Brands, categories and prices are spread so that filters of known selectivity can be written. */
export const BRANDS = 1_000;
export const CATEGORIES = 10;

/** An item's id by its number, from 0. */
export const itemId = (number: number): string => `item-${number}`;
export const visitorId = (number: number): string => `visitor-${number}`;

/** Filters by the share of items they pass. */
export const filters: Record<string, Record<string, unknown>> = {
  '90 %': { price: { lt: 90 } },
  '50 %': { price: { lt: 50 } },
  '10 %': { category: { under: 'Top 3' } },
  '1 %': { price: { lt: 10 }, category: { under: 'Top 4' } },
  '.1 %': { brand: 'brand 7' },
};

const vectorText = (random: Random, centre: Float32Array | null, dimension: number): string => {
  const vector = new Float32Array(dimension);
  let squares = 0;
  for (let i = 0; i < dimension; i++) {
    const value = (centre ? centre[i]! * 1.6 : 0) + random.normal();
    vector[i] = value;
    squares += value * value;
  }
  const factor = 1 / Math.sqrt(squares);
  let text = '[';
  for (let i = 0; i < dimension; i++) text += `${i ? ',' : ''}${(vector[i]! * factor).toFixed(4)}`;
  return `${text}]`;
};

/** Fills an empty, migrated database. Each item has vectors of a picture and of its words (the same), and a fused one near them. Gives seconds taken. */
export const fillShop = async (settings: Settings, shop: MadeShop): Promise<number> => {
  const began = performance.now();
  const database = await openDatabase(settings);
  try {
    await migrate(database);
    const random = seededRandom(17);
    const centres = Array.from({ length: Math.max(20, Math.round(shop.items / 200)) }, () =>
      Float32Array.from({ length: shop.dimension }, () => random.normal()),
    );
    for (let from = 0; from < shop.items; from += AT_ONCE)
      await database.transaction((trx) =>
        storeItems(trx, shop, from, Math.min(AT_ONCE, shop.items - from), random, centres),
      );
    // The keys were given, so the sequence does not know of them yet.
    await sql`select setval(pg_get_serial_sequence('items', 'key'), ${shop.items + 1}, false)`.execute(database.query);
    await storeEvents(database, shop, random);
    await database.run('analyze');
  } finally {
    await database.close();
  }
  return (performance.now() - began) / 1_000;
};

const storeItems = async (
  trx: Kysely<never> | Database['query'],
  shop: MadeShop,
  from: number,
  count: number,
  random: Random,
  centres: readonly Float32Array[],
): Promise<void> => {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  const keys = numbers.map((number) => number + 1);
  await sql`insert into items (key, id, title, categories, brand, price_amount, price_currency, url, content_hash, revision, embedded_revision, tags, attributes)
    overriding system value
    select k, 'item-' || (k - 1), 'A product of the shop with a title of usual length, number ' || k, array['Top ' || (k % ${CATEGORIES}) || ' > Middle ' || (k % 70)],
      'brand ' || (k % ${BRANDS}), p, 'EUR', 'https://shop.example/products/' || k, 'x', 1, 1, array['tag ' || (k % 40)], '{}'
    from unnest(${keys}::int[], ${keys.map(() => Math.round(random.next() * 10_000) / 100)}::float8[]) as given (k, p)`.execute(
    trx as Database['query'],
  );
  await sql`insert into item_images (item_key, ordinal, source, content_hash, state)
    select k, 1, '{"file": "made"}', lpad(to_hex(k), 64, '0'), 'ready' from unnest(${keys}::int[]) as given (k)`.execute(
    trx as Database['query'],
  );
  const drawn = keys.map(() => centres[random.below(centres.length)]!);
  const pictures = drawn.map((centre) => vectorText(random, centre, shop.dimension));
  await sql`insert into modality_vectors (item_key, modality, ordinal, encoder, content_hash, vector)
    select k, part.modality, part.ordinal, ${shop.encoder}, 'x', v::vector from unnest(${keys}::int[], ${pictures}::text[]) as given (k, v)
      cross join (values ('image', 1), ('text', 0)) as part (modality, ordinal)`.execute(trx as Database['query']);
  const fused = drawn.map((centre) => vectorText(random, centre, shop.dimension));
  await sql`insert into item_vectors (item_key, fusion, gates, vector)
    select k, ${shop.fusion}, '{"image": 1}', v::vector from unnest(${keys}::int[], ${fused}::text[]) as given (k, v)`.execute(
    trx as Database['query'],
  );
};

/** Each visitor looks at things of a few kinds over two weeks and buys now and then. */
const storeEvents = async (database: Database, shop: MadeShop, random: Random): Promise<void> => {
  const total = shop.visitors * shop.eventsAVisitor;
  const now = Date.now();
  for (let from = 0; from < total; from += 2_000) {
    const numbers = Array.from({ length: Math.min(2_000, total - from) }, (_, i) => from + i);
    await sql`insert into events (id, type, visitor_id, session_id, item_ids, at)
      select id, type, visitor, visitor || 's', array[item], at::timestamptz
      from unnest(${numbers.map((n) => `made-${n}`)}::text[], ${numbers.map((n) => (n % 20 === 19 ? 'purchase' : n % 7 === 6 ? 'add_to_cart' : 'view'))}::text[],
        ${numbers.map((n) => visitorId(Math.floor(n / shop.eventsAVisitor)))}::text[], ${numbers.map(() => itemId(random.below(shop.items)))}::text[],
        ${numbers.map(() => new Date(now - random.next() * 14 * 86_400_000).toISOString())}::text[]) as given (id, type, visitor, item, at)`.execute(
      database.query,
    );
  }
};
