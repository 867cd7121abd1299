import { openImageStore } from '../catalog/catalog.api.js';
import { type Database, migrationGap, type Settings } from '../platform/platform.api.js';
import type { Examined } from './examined.js';

/** A difference of clocks that no network explains. */
const CLOCKS_APART_MS = 5_000;
const PICTURES_LOOKED_AT = 20;

const one = async (database: Database, text: string): Promise<Record<string, unknown>> =>
  (await database.run(text)).rows[0] ?? {};

/** Looks into a database without changing it. */
export const examineDatabase = async (database: Database, settings: Settings): Promise<Examined[]> => {
  const { version, vector } = await one(
    database,
    "select version() as version, (select default_version from pg_available_extensions where name = 'vector') as vector",
  );
  const found: Examined[] = [];
  const add = (name: string, state: Examined['state'], says: string) => found.push({ name, state, says });
  const called = String(version).split(' ').slice(0, 2).join(' ');
  if (vector === null || vector === undefined)
    add('database', 'bad', `${called} without pgvector: install pgvector 0.8 or newer on it`);
  else add('database', 'good', `${called}, pgvector ${vector}`);

  const { pending, unknown } = await migrationGap(database);
  if (unknown.length > 0)
    add('schema', 'bad', `it belongs to a later release (${unknown.join(', ')}): start that release, or a newer one`);
  else if (pending.length > 0)
    add(
      'schema',
      'remark',
      `${pending.length} migrations wait (${pending[0]} …); the next start, or \`vitrine migrate\`, runs them`,
    );
  else add('schema', 'good', 'of this release');
  if (database.kind === 'server') await server(database, settings, add);
  if (pending.length === 0 && unknown.length === 0) await contents(database, settings, add);
  return found;
};

type Add = (name: string, state: Examined['state'], says: string) => void;

const server = async (database: Database, settings: Settings, add: Add): Promise<void> => {
  const { rows } = await database.run(
    "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off' order by name",
  );
  const off = rows.map(({ name }) => String(name));
  if (off.length > 0)
    add('power', 'bad', `${off.join(', ')} of the server off: what was acknowledged may be gone after a loss of power`);
  else add('power', 'good', 'the server waits for its disk before it acknowledges');
  const { now } = await one(database, 'select extract(epoch from clock_timestamp())::float8 * 1000 as now');
  const apart = Math.abs(Number(now) - Date.now());
  if (apart > CLOCKS_APART_MS)
    add('clock', 'bad', `this machine and the database are ${Math.round(apart / 1000)} s apart: set both by NTP`);
  else add('clock', 'good', 'this machine and the database agree');
  if (settings.databaseReadUrl === undefined) return;
  try {
    await database.lagging.run('select 1');
    const { replica } = (await database.lagging.run('select pg_is_in_recovery() as replica')).rows[0] ?? {};
    add(
      'replica',
      replica ? 'good' : 'remark',
      replica ? 'answers' : 'DATABASE_READ_URL answers, but is no replica (or is away, and the primary answered)',
    );
  } catch (error) {
    add('replica', 'bad', error instanceof Error ? error.message : String(error));
  }
};

const contents = async (database: Database, settings: Settings, add: Add): Promise<void> => {
  const { jobs } = await one(database, "select to_regclass('pgboss.job') is not null as jobs");
  if (jobs) {
    const { failed } = await one(database, "select count(*)::int as failed from pgboss.job where state = 'failed'");
    if (Number(failed) > 0) add('jobs', 'remark', `${failed} failed for good: see Health on the admin page`);
    else add('jobs', 'good', 'none failed');
  }
  const { items, set_aside } = await one(
    database,
    'select (select count(*)::int from items) as items, (select count(distinct item_key)::int from quarantine) as set_aside',
  );
  add(
    'catalogue',
    'good',
    `${items} items${Number(set_aside) > 0 ? `, ${set_aside} of them with a picture or clip that can not be used (Findings on the admin page)` : ''}`,
  );
  const { rows } = await database.run(
    `select distinct content_hash as hash from item_images where state = 'ready' and content_hash is not null limit ${PICTURES_LOOKED_AT}`,
  );
  const store = openImageStore(settings);
  const gone: string[] = [];
  for (const { hash } of rows) await store.read(String(hash)).catch(() => gone.push(String(hash)));
  if (gone.length > 0)
    add(
      'pictures',
      'bad',
      `${gone.length} of ${rows.length} pictures looked at are not in the store: is VITRINE_IMAGE_STORE the one they were put into?`,
    );
};
