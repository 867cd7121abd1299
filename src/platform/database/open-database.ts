import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { MEMORY } from '../config/load-settings.js';
import type { Settings } from '../config/settings.js';
import { cacheFolder, packageRoot } from '../package-root.js';
import type { Database } from './database.port.js';
import { PgDatabase } from './pg-database.js';
import { PgliteDatabase } from './pglite-database.js';

/** What decides which database is opened. */
export type DatabaseSettings = Pick<Settings, 'databaseUrl' | 'dataDir'> & Partial<Pick<Settings, 'databaseReadUrl'>>;

const pgliteVersion = (
  createRequire(import.meta.url)(join(packageRoot, 'package.json')) as { dependencies: Record<string, string> }
).dependencies['@electric-sql/pglite'];

/**
 * Opens the database that the settings name, without migrating it: a server when there is a `databaseUrl`, else PGlite in
 * `<dataDir>/database` (or in memory for a `dataDir` of `memory:`).
 *
 * A blank PGlite is kept as a template in the package's cache folder when Vitrine runs from a checkout, and the next new one starts from it.
 */
export const openDatabase = async (
  settings: DatabaseSettings,
  report: (error: Error) => void = () => undefined,
): Promise<Database> => {
  if (settings.databaseUrl !== undefined)
    return new PgDatabase({ url: settings.databaseUrl, readUrl: settings.databaseReadUrl, connections: 10, report });
  const template = join(cacheFolder, `pglite-${pgliteVersion}.tar`);
  const checkout = existsSync(join(packageRoot, 'src'));
  return PgliteDatabase.open({
    folder: settings.dataDir === MEMORY ? null : join(settings.dataDir, 'database'),
    template,
    saveTemplate: checkout ? template : null,
  });
};
