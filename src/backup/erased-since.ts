import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { createPictureVault } from '../catalog/catalog.api.js';
import { personalDataHolders, subjectOf } from '../interactions/interactions.api.js';
import { createLogger } from '../platform/logging/logger.js';
import { DatabaseOutbox } from '../platform/outbox/database-outbox.js';
import { type Database, type Person, type Settings, SystemClock, type Tables } from '../platform/platform.api.js';
import {
  ConsentService,
  ERASURE_LIST,
  hashOfSubject,
  type Receipt,
  readErasureList,
  SUBJECT_SECRET,
} from '../privacy/privacy.api.js';

/** An erasure with its place in the chain of receipts. */
type KnownErasure = Receipt & { hash: string };

/** Erasures known outside a backup, and the secret that they were made with where it is known. */
export interface KnownErasures {
  list: KnownErasure[];
  secret: string | null;
}

/** All erasures that are known outside the backup: in the databases that it replaces, the data folder, and a list that was given. */
export const readErasures = async (
  databases: readonly Database[],
  dataDir: string,
  given?: string,
): Promise<KnownErasures> => {
  let secret: string | null = null;
  const byId = new Map<string, KnownErasure>();
  for (const file of [join(dataDir, ERASURE_LIST), ...(given === undefined ? [] : [given])])
    for (const erasure of await readErasureList(file)) byId.set(erasure.receiptId, erasure);
  for (const database of databases) {
    const kept = await database.query
      .selectFrom('secrets')
      .select('value')
      .where('name', '=', SUBJECT_SECRET)
      .execute();
    secret = kept[0]?.value ?? secret;
    const rows = await database.query.selectFrom('erasures').selectAll().execute();
    for (const row of rows)
      byId.set(row.receipt_id, {
        receiptId: row.receipt_id,
        kind: row.kind as Person['kind'],
        subjectHash: row.subject_hash,
        counts: row.counts,
        at: row.at.toISOString(),
        previousHash: row.previous_hash,
        hash: row.hash,
      });
  }
  return { list: [...byId.values()].sort((a, b) => (a.at < b.at ? -1 : 1)), secret };
};

/**
 * Takes out of restored tables whoever was erased after `madeAt`, and puts the receipts that the backup does not know into the chain.
 * Whoever came back after an erasure that the backup knows keeps what is theirs. Returns how many people were taken out. Cost: one keyed
 * hash for every person in the backup.
 */
export const removeErased = async (
  trx: Kysely<Tables>,
  { list: erasures, secret: former }: KnownErasures,
  madeAt: string,
  settings: Settings,
): Promise<number> => {
  for (const erasure of erasures)
    await trx
      .insertInto('erasures')
      .values({
        receipt_id: erasure.receiptId,
        kind: erasure.kind,
        subject_hash: erasure.subjectHash,
        counts: JSON.stringify(erasure.counts),
        previous_hash: erasure.previousHash,
        hash: erasure.hash,
        at: erasure.at,
      })
      .onConflict((conflict) => conflict.column('receipt_id').doNothing())
      .execute();
  const later = new Set(erasures.filter(({ at }) => at > madeAt).map(({ subjectHash }) => subjectHash));
  if (former !== null)
    await trx
      .insertInto('secrets')
      .values({ name: SUBJECT_SECRET, value: former })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
  const secret = await trx.selectFrom('secrets').select('value').where('name', '=', SUBJECT_SECRET).executeTakeFirst();
  if (later.size === 0 || !secret) return 0;
  const { rows } = await sql<Person>`
    select 'user' as kind, user_id as id from events where user_id is not null
    union select 'visitor', visitor_id from events where visitor_id is not null
    union select 'user', user_id from impressions where user_id is not null
    union select 'visitor', visitor_id from impressions where visitor_id is not null
    union select 'visitor', visitor_id from uploads where visitor_id is not null
    union select 'visitor', id from visitors
    union select 'user', user_id from visitors where user_id is not null
    union select kind, id from consents`.execute(trx);
  const named = rows.filter((person) => later.has(hashOfSubject(secret.value, subjectOf(person))));
  if (named.length === 0) return 0;
  const users = named.filter(({ kind }) => kind === 'user').map(({ id }) => id);
  // A user's erasure took the browsers they signed in on along.
  const browsers = await sql<{ id: string }>`select id from visitors where user_id = any(${users}::text[])`.execute(
    trx,
  );
  const people = [...named, ...browsers.rows.map(({ id }): Person => ({ kind: 'visitor', id }))];
  await eraseFrom(trx, people, settings);
  return named.length;
};

/** The holders' own ways of erasing, on the transaction alone. */
const eraseFrom = async (trx: Kysely<Tables>, people: readonly Person[], settings: Settings): Promise<void> => {
  const nowhere = { kind: 'server', query: trx } as Database;
  const outbox = new DatabaseOutbox(nowhere, createLogger('silent'));
  const holders = [
    ...personalDataHolders(nowhere, outbox, createPictureVault(settings, nowhere)),
    new ConsentService(nowhere, outbox, new SystemClock(), settings),
  ];
  let gone = 0;
  for (const holder of holders) gone += await holder.erase(people, trx);
  await sql`delete from images where content_hash not in (
    select content_hash from item_images where content_hash is not null union select content_hash from uploads)`.execute(
    trx,
  );
  if (gone > 0)
    await trx
      .updateTable('models')
      .set({ stale: true })
      .where('state', '=', 'live')
      .where('kind', '!=', 'encoder')
      .execute();
};
