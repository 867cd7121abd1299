import { existsSync, mkdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openImageStore } from '../catalog/catalog.api.js';
import { type Database, type FolderOwner, Problem, type Settings } from '../platform/platform.api.js';
import type { BackupRecord } from './backup.service.js';
import { restoreBackup } from './restore-backup.js';
import { sizeOf, writeBackup } from './write-backup.js';

/** What the commands need of the `vitrine` program. */
export interface BackupSurroundings {
  settings(): Settings;
  running(): FolderOwner | null;
  withDatabase<T>(work: (database: Database, settings: Settings) => Promise<T>): Promise<T>;
  withFolder<T>(work: () => Promise<T>): Promise<T>;
  withApi<T>(
    work: (api: { call<R>(method: string, path: string, body?: unknown): Promise<R> }) => Promise<T>,
  ): Promise<T>;
  print(text: string): void;
  printJson(value: unknown): void;
}

const inMegabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
const people = (rows: Record<string, number>): string =>
  `${rows.items ?? 0} items, ${rows.reviews ?? 0} reviews, ${rows.events ?? 0} events`;

/** `vitrine backup` and `vitrine restore`. */
export const registerBackup = (program: Command, context: BackupSurroundings): void => {
  program
    .command('backup [file]')
    .description('write everything into one .tar.gz file, also while Vitrine serves')
    .option('--json', 'print one JSON document alone')
    .action(async (given: string | undefined, flags: { json?: boolean }) => {
      const settings = context.settings();
      const name = `vitrine-${new Date().toISOString().replace(/[:.]/g, '-')}.tar.gz`;
      const file = resolve(given ?? join(settings.dataDir, 'backups', name));
      if (existsSync(file))
        throw new Problem({
          code: 'VIT_BACKUP_EXISTS',
          status: 409,
          fault: 'shop',
          title: 'The file is there already',
          detail: `${file} exists; a backup never replaces another file. Name a new one.`,
        });
      const made = context.running() ? await overApi(context, given, file) : await directly(context, file);
      if (flags.json) return context.printJson(made);
      context.print(`${made.file}\n${people(made.rows)}, ${made.pictures} pictures; ${inMegabytes(made.bytes)}`);
    });
  program
    .command('restore <file>')
    .description('bring an empty installation to the state of a backup; nothing may run on it meanwhile')
    .option('--replace', 'also when there is a shop already: the embedded database that was there is set aside')
    .option('--erasures <file>', 'a further list of erasures (erasures.ndjson of another data folder)')
    .option('--json', 'print one JSON document alone')
    .action(async (file: string, flags: { replace?: boolean; erasures?: string; json?: boolean }) => {
      const report = await context.withFolder(() =>
        restoreBackup(resolve(file), context.settings(), {
          replace: flags.replace === true,
          ...(flags.erasures === undefined ? {} : { erasures: resolve(flags.erasures) }),
        }),
      );
      if (flags.json) return context.printJson(report);
      context.print(`Restored to ${report.at}: ${people(report.rows)}, ${report.pictures} pictures.`);
      if (report.erasedPeople > 0) context.print(`${report.erasedPeople} people were erased since and are left out.`);
      if (report.former !== null)
        context.print(`What was there before lies in ${report.former}; remove it when all is well.`);
    });
};

/** The Vitrine that owns the folder makes it; its file is copied to where it was wanted. */
const overApi = async (context: BackupSurroundings, given: string | undefined, file: string): Promise<BackupRecord> =>
  context.withApi(async (api) => {
    const made = await api.call<BackupRecord>('POST', '/v1/admin/backups', {});
    if (given === undefined) return made;
    mkdirSync(dirname(file), { recursive: true });
    await copyFile(made.file, file);
    await api.call('DELETE', `/v1/admin/backups/${encodeURIComponent(made.id)}`);
    return { ...made, file };
  });

const directly = (context: BackupSurroundings, file: string): Promise<BackupRecord> =>
  context.withDatabase(async (database, settings) => {
    const manifest = await writeBackup({ database, images: openImageStore(settings) }, file);
    return {
      id: file,
      at: manifest.at,
      version: manifest.version,
      file,
      bytes: await sizeOf(file),
      rows: Object.fromEntries(Object.entries(manifest.tables).map(([name, { rows }]) => [name, rows])),
      pictures: manifest.pictures,
      missing: manifest.missing,
    };
  });
