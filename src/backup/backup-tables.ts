import type { Database } from '../platform/platform.api.js';

/** Form of the archive; grows when it changes so that older releases could not read it. */
export const BACKUP_FORMAT = 1;

/** What an archive says about itself, in `manifest.json`. */
export interface BackupManifest {
  format: number;
  /** Release of Vitrine that made it. */
  version: string;
  /** The moment whose state it holds. */
  at: string;
  database: 'embedded' | 'server';
  /** Migrations that its tables had seen. */
  migrations: string[];
  tables: Record<string, { columns: string[]; rows: number }>;
  pictures: number;
  /** Pictures that the catalogue knows and the store did not have. */
  missing: number;
}

/** Tables that an installation makes for itself, and sign-ins, which end with the process they were made for. */
const LEFT_OUT = new Set(['outbox', 'admin_sessions', 'migrations', 'migrations_lock', 'migration_checksums']);

/** Every table with its columns, each after those that it refers to. */
export const tablesOf = async (database: Pick<Database, 'run'>): Promise<{ name: string; columns: string[] }[]> => {
  const { rows } = await database.run(
    `select table_name as name, array_agg(column_name::text order by ordinal_position) as columns from information_schema.columns
     where table_schema = current_schema() and is_generated = 'NEVER'
       and table_name in (select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE')
     group by table_name order by table_name`,
  );
  const { rows: references } = await database.run(
    `select distinct conrelid::regclass::text as from_table, confrelid::regclass::text as to_table from pg_constraint
     where contype = 'f' and connamespace = current_schema()::regnamespace and conrelid <> confrelid`,
  );
  const waiting = new Map(
    rows
      .map((row) => ({ name: String(row.name), columns: row.columns as string[] }))
      .filter(({ name }) => !LEFT_OUT.has(name))
      .map((table) => [table.name, table]),
  );
  const ordered: { name: string; columns: string[] }[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(
      ({ name }) => !references.some((each) => each.from_table === name && waiting.has(String(each.to_table))),
    );
    for (const table of free) {
      ordered.push(table);
      waiting.delete(table.name);
    }
    // Two tables that refer to each other have no order; migrations make none.
    if (free.length === 0) throw new Error(`tables refer to each other in a circle: ${[...waiting.keys()].join(', ')}`);
  }
  return ordered;
};

/** A name as it may stand in a statement. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
