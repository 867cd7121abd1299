import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Kysely, sql } from 'kysely';
import { extract } from 'tar';
import { type ImageStore, openImageStore } from '../catalog/catalog.api.js';
import { type Database, migrate, openDatabase, Problem, type Settings, type Tables } from '../platform/platform.api.js';
import { BACKUP_FORMAT, type BackupManifest, quoted, tablesOf } from './backup-tables.js';
import { type KnownErasures, readErasures, removeErased } from './erased-since.js';

/** What a restore brought back. */
export interface RestoreReport {
  at: string;
  version: string;
  rows: Record<string, number>;
  pictures: number;
  /** People in the backup who were erased after it was made: left out. */
  erasedPeople: number;
  /** Where the database that was there before lies now; null when there was none or it is on a server. */
  former: string | null;
}

export interface RestoreOptions {
  /** Without it a database that holds anything is left alone. */
  replace: boolean;
  /** Further lists of receipts (NDJSON), beside those in the data folder and the database that is replaced. */
  erasures?: string;
}

/** Most bytes of one insert. */
const MOST_BYTES = 2 * 1024 * 1024;
const MOST_ROWS = 500;

const refuse = (code: string, detail: string, cause?: unknown): Problem =>
  new Problem({ code, status: 409, fault: 'shop', title: 'Not restored', detail, cause });

/**
 * Brings an installation back to a backup, on either database, whichever it was made on. Whoever was erased since is left out. All or
 * nothing: a server is filled in one transaction; the embedded database is built beside the former one, which is then set aside.
 * Nothing may run on the installation meanwhile.
 *
 * @throws Problem `VIT_RESTORE_FILE` (no backup, or damaged), `VIT_RESTORE_NEWER` (of a later release), `VIT_RESTORE_NOT_EMPTY`.
 */
export const restoreBackup = async (
  file: string,
  settings: Settings,
  options: RestoreOptions,
): Promise<RestoreReport> => {
  if (!existsSync(file)) throw refuse('VIT_RESTORE_FILE', `There is no file ${file}.`);
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(settings.dataDir, '.restore-'));
  try {
    const manifest = await unpack(file, draft);
    const images = openImageStore(settings);
    return settings.databaseUrl === undefined
      ? await intoFolder(draft, manifest, settings, options, images)
      : await intoServer(draft, manifest, settings, options, images);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
};

const unpack = async (file: string, folder: string): Promise<BackupManifest> => {
  let manifest: BackupManifest;
  try {
    // Nothing but what we wrote ourselves: plain files at the places known.
    await extract({
      file,
      cwd: folder,
      strict: true,
      filter: (path, entry) =>
        /^(\.\/)?(manifest\.json|tables(\/[a-z_]+\.ndjson)?|pictures(\/[0-9a-f]{64})?)\/?$/.test(path) &&
        'type' in entry &&
        (entry.type === 'File' || entry.type === 'Directory'),
    });
    manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as BackupManifest;
  } catch (error) {
    throw refuse(
      'VIT_RESTORE_FILE',
      `${file} is no backup of Vitrine, or it is damaged: ${(error as Error).message}.`,
      error,
    );
  }
  if (manifest.format !== BACKUP_FORMAT)
    throw refuse(
      'VIT_RESTORE_NEWER',
      `The backup has the form ${manifest.format}; this release reads ${BACKUP_FORMAT}.`,
    );
  return manifest;
};

const requireKnown = async (database: Database, manifest: BackupManifest): Promise<void> => {
  const { rows } = await database.run('select name from migrations');
  const known = new Set(rows.map((row) => String(row.name)));
  const unknown = manifest.migrations.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw refuse(
      'VIT_RESTORE_NEWER',
      `The backup was made by Vitrine ${manifest.version}, a later release (it knows ${unknown.join(', ')}). Restore it with that release.`,
    );
};

const holdsSomething = async (database: Database): Promise<boolean> => {
  const { rows } = await database.run(
    'select exists (select 1 from items) or exists (select 1 from events) or exists (select 1 from consents) as something',
  );
  return rows[0]?.something === true;
};

const notEmpty = (place: string): Problem =>
  refuse('VIT_RESTORE_NOT_EMPTY', `${place} holds a shop already. Restore into an empty one, or say --replace.`);

const intoServer = async (
  draft: string,
  manifest: BackupManifest,
  settings: Settings,
  options: RestoreOptions,
  images: ImageStore,
): Promise<RestoreReport> => {
  const database = await openDatabase(settings);
  try {
    await migrate(database);
    await requireKnown(database, manifest);
    if (!options.replace && (await holdsSomething(database))) throw notEmpty('The database');
    const erasures = await readErasures([database], settings.dataDir, options.erasures);
    const filled = await fill(database, draft, manifest, erasures, settings);
    const pictures = await putPictures(draft, manifest, database, images);
    await database.run('analyze');
    return { at: manifest.at, version: manifest.version, ...filled, pictures, former: null };
  } finally {
    await database.close();
  }
};

const intoFolder = async (
  draft: string,
  manifest: BackupManifest,
  settings: Settings,
  options: RestoreOptions,
  images: ImageStore,
): Promise<RestoreReport> => {
  const place = join(settings.dataDir, 'database');
  const former: Database[] = existsSync(place) ? [await openDatabase(settings)] : [];
  let erasures: KnownErasures;
  try {
    for (const database of former) {
      await migrate(database);
      if (!options.replace && (await holdsSomething(database))) throw notEmpty(settings.dataDir);
    }
    erasures = await readErasures(former, settings.dataDir, options.erasures);
  } finally {
    for (const database of former) await database.close();
  }
  const fresh = { ...settings, dataDir: join(draft, 'fresh') };
  const database = await openDatabase(fresh);
  let filled: Awaited<ReturnType<typeof fill>>;
  let pictures: number;
  try {
    await migrate(database);
    await requireKnown(database, manifest);
    filled = await fill(database, draft, manifest, erasures, settings);
    pictures = await putPictures(draft, manifest, database, images);
  } finally {
    await database.close();
  }
  const aside = former.length > 0 ? `${place}.before-restore-${Date.now()}` : null;
  if (aside !== null) await rename(place, aside);
  await rename(join(fresh.dataDir, 'database'), place);
  return { at: manifest.at, version: manifest.version, ...filled, pictures, former: aside };
};

const fill = (
  database: Database,
  draft: string,
  manifest: BackupManifest,
  erasures: KnownErasures,
  settings: Settings,
): Promise<{ rows: Record<string, number>; erasedPeople: number }> =>
  database.transaction(async (trx) => {
    const run = async (text: string) => ({
      rows: (await sql.raw<Record<string, unknown>>(text).execute(trx)).rows,
      rowCount: 0,
    });
    const tables = await tablesOf({ run });
    await sql.raw(`truncate ${tables.map(({ name }) => quoted(name)).join(', ')}, outbox cascade`).execute(trx);
    const rows: Record<string, number> = {};
    for (const { name, columns } of tables) {
      const given = manifest.tables[name];
      if (!given) continue;
      const kept = given.columns.filter((column) => columns.includes(column));
      rows[name] = await fillTable(trx, name, kept, join(draft, 'tables', `${name}.ndjson`));
      if (rows[name] !== given.rows)
        throw refuse('VIT_RESTORE_FILE', `The backup is damaged: ${name} has ${rows[name]} rows, not ${given.rows}.`);
    }
    const { rows: counters } = await run(
      "select table_name as name, column_name as field from information_schema.columns where table_schema = current_schema() and is_identity = 'YES'",
    );
    // The next key is one that no restored row has.
    for (const counter of counters) {
      const [name, field] = [String(counter.name), String(counter.field)];
      await sql`select setval(pg_get_serial_sequence(${name}, ${field}), coalesce((select max(${sql.ref(field)}) from ${sql.table(name)}), 0) + 1, false)`.execute(
        trx,
      );
    }
    const erasedPeople = await removeErased(trx, erasures, manifest.at, settings);
    return { rows, erasedPeople };
  });

const fillTable = async (trx: Kysely<Tables>, name: string, columns: string[], file: string): Promise<number> => {
  const list = columns.map(quoted).join(', ');
  let lines: string[] = [];
  let bytes = 0;
  let count = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    await sql`insert into ${sql.table(name)} (${sql.raw(list)}) overriding system value
      select ${sql.raw(list)} from json_populate_recordset(null::${sql.table(name)}, ${`[${lines.join(',')}]`}::text::json)`.execute(
      trx,
    );
    count += lines.length;
    lines = [];
    bytes = 0;
  };
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    lines.push(line);
    bytes += line.length;
    if (bytes > MOST_BYTES || lines.length >= MOST_ROWS) await flush();
  }
  await flush();
  return count;
};

/** Brings back the pictures that the restored tables still name; those of erased people are left in the archive. */
const putPictures = async (
  draft: string,
  manifest: BackupManifest,
  database: Database,
  images: ImageStore,
): Promise<number> => {
  if (manifest.pictures === 0) return 0;
  const { rows } = await database.run(
    'select content_hash as hash from item_images where content_hash is not null union select content_hash from uploads',
  );
  let count = 0;
  for (const { hash } of rows) {
    const file = join(draft, 'pictures', String(hash));
    if (!existsSync(file)) continue;
    const stored = await images.put(await readFile(file));
    if (stored.hash !== hash)
      throw refuse('VIT_RESTORE_FILE', `The backup is damaged: picture ${hash} has other bytes.`);
    count++;
  }
  return count;
};
