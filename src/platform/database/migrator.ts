import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Migration, type MigrationProvider, Migrator, sql } from 'kysely';
import { Problem } from '../http/problem.js';
import { packageRoot } from '../package-root.js';
import type { Database } from './database.port.js';

/** One file of `migrations/`. */
interface MigrationFile {
  name: string;
  text: string;
  checksum: string;
}

const readMigrations = (folder: string): MigrationFile[] =>
  readdirSync(folder)
    .filter((file) => /^\d{4}_[a-z0-9_-]+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
      return { name: file.slice(0, -4), text, checksum: createHash('sha256').update(text).digest('hex') };
    });

const failed = (name: string, cause: unknown): Problem =>
  new Problem({
    code: 'VIT_MIGRATION_FAILED',
    status: 500,
    title: 'A migration failed',
    detail: `Migration ${name} failed: ${(cause as Error)?.message ?? cause}. Nothing of it was kept.`,
    cause,
  });

/** pgvector 0.8 is what filtered index scans need; a server without it is told apart from every other failure. */
const requireVector = async (database: Database): Promise<void> => {
  if (database.kind === 'embedded') return;
  const { rows } = await database.run(
    "select default_version as version from pg_available_extensions where name = 'vector'",
  );
  const version = rows[0]?.version as string | undefined;
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (version !== undefined && (major > 0 || minor >= 8)) return;
  throw new Problem({
    code: 'VIT_DATABASE_PGVECTOR',
    status: 500,
    fault: 'shop',
    title: 'pgvector is missing',
    detail: `This PostgreSQL server offers ${version === undefined ? 'no pgvector' : `pgvector ${version}`}; Vitrine needs pgvector 0.8 or newer installed on the server.`,
  });
};

/**
 * Brings the database to this release: runs the files of `migrations/` that it has not seen, in order, all or none. Several
 * processes may call it at once; one works and the others wait. A file that was changed after it ran is refused.
 *
 * @returns names of the migrations that ran now.
 * @throws Problem `VIT_MIGRATION_FAILED`, `VIT_MIGRATION_CHANGED`, `VIT_MIGRATION_NEWER`, `VIT_DATABASE_PGVECTOR`.
 */
export const migrate = async (database: Database, folder = join(packageRoot, 'migrations')): Promise<string[]> => {
  await requireVector(database);
  const files = readMigrations(folder);
  const { pending, unknown } = await migrationGap(database, folder);
  // The migrator looks through the whole catalogue of the database: half a second that most starts can save.
  const ran = pending.length + unknown.length === 0 ? [] : await runMigrations(database, files);
  const { rows } = await database.run('select name, checksum from migration_checksums');
  const stored = new Map(rows.map((row) => [row.name as string, row.checksum as string]));
  for (const { name, checksum } of files) {
    if (stored.get(name) !== checksum) {
      throw new Problem({
        code: 'VIT_MIGRATION_CHANGED',
        status: 500,
        title: 'A migration was changed',
        detail: `migrations/${name}.sql is not the file that this database was migrated with. Migrations are never edited: add a new one.`,
      });
    }
  }
  return ran;
};

/** Runs what the database has not seen, all or none. */
const runMigrations = async (database: Database, files: readonly MigrationFile[]): Promise<string[]> => {
  const provider: MigrationProvider = {
    getMigrations: async () =>
      Object.fromEntries(
        files.map(({ name, text, checksum }): [string, Migration] => [
          name,
          {
            up: async (db) => {
              await sql.raw(text).execute(db);
              await sql`create table if not exists migration_checksums (name text primary key, checksum text not null)`.execute(
                db,
              );
              await sql`insert into migration_checksums (name, checksum) values (${name}, ${checksum})`.execute(db);
            },
          },
        ]),
      ),
  };
  const migrator = new Migrator({
    db: database.query,
    provider,
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
  const { error, results } = await migrator.migrateToLatest();
  const broken = results?.find(({ status }) => status === 'Error');
  if (broken) throw failed(broken.migrationName, error);
  if (error) {
    if (/corrupted migrations/.test(String((error as Error).message))) {
      throw new Problem({
        code: 'VIT_MIGRATION_NEWER',
        status: 500,
        fault: 'shop',
        title: 'The database belongs to another release',
        detail: `The database was migrated by another release of Vitrine (${(error as Error).message}). Start that release, or a newer one.`,
        cause: error,
      });
    }
    throw error;
  }
  return (results ?? []).map(({ migrationName }) => migrationName);
};

/** Names of the migrations of this release that the database has not seen, and of those it has seen that this release lacks. Changes nothing. */
export const migrationGap = async (
  database: Database,
  folder = join(packageRoot, 'migrations'),
): Promise<{ pending: string[]; unknown: string[] }> => {
  const { rows: found } = await database.run("select to_regclass('migrations') is not null as there");
  const done = found[0]?.there
    ? (await database.run('select name from migrations')).rows.map(({ name }) => String(name))
    : [];
  const here = readMigrations(folder).map(({ name }) => name);
  return {
    pending: here.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !here.includes(name)),
  };
};
