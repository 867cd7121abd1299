import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { openImageStore } from '../catalog/catalog.api.js';
import { FolderLock } from '../platform/lifecycle/folder-lock.js';
import { migrate, openDatabase, Problem, type Settings } from '../platform/platform.api.js';
import { exportRows, type PictureExport, picturesAsData } from './export-rows.js';
import type { RowKind } from './feed-reader.port.js';
import type { CommandSurroundings } from './import.command.js';

const KINDS: readonly RowKind[] = ['items', 'reviews', 'events'];

/** `vitrine export`: items, reviews and events as NDJSON that `vitrine import` reads back. */
export const registerExport = (program: Command, context: CommandSurroundings): void => {
  program
    .command('export')
    .description('items, reviews and events as NDJSON that import reads back')
    .option('--out <file>', 'file to write; standard output when left out')
    .option('--type <items|reviews|events>', 'one kind only')
    .option('--images <dir>', 'write pictures there and name them, instead of sending them inside the rows')
    .action(async (flags: { out?: string; type?: string; images?: string }) => {
      const kinds = KINDS.filter((kind) => flags.type === undefined || flags.type === kind);
      if (kinds.length === 0)
        throw new Problem({
          code: 'VIT_USAGE',
          status: 400,
          fault: 'shop',
          title: 'Wrong usage',
          detail: `--type ${flags.type}: one of ${KINDS.join(', ')} is wanted.`,
        });
      const settings = context.settings();
      const source = await openExport(settings, context, kinds, flags.images);
      try {
        await pipeline(source.lines, flags.out === undefined ? process.stdout : createWriteStream(flags.out), {
          end: flags.out !== undefined,
        });
      } finally {
        await source.close();
      }
    });
};

interface Source {
  lines: Readable;
  close(): Promise<void>;
}

const openExport = async (
  settings: Settings,
  context: CommandSurroundings,
  kinds: readonly RowKind[],
  imagesDir: string | undefined,
): Promise<Source> => {
  const owner = context.running();
  if (owner?.url) {
    if (imagesDir !== undefined)
      throw new Problem({
        code: 'VIT_USAGE',
        status: 400,
        fault: 'shop',
        title: 'Wrong usage',
        detail:
          '--images works while no Vitrine is running on this data folder; leave it out to have pictures inside the rows.',
      });
    const response = await fetch(`${owner.url}/v1/admin/export${kinds.length === 1 ? `?type=${kinds[0]}` : ''}`, {
      headers: { authorization: `Bearer ${owner.token}` },
    });
    if (!response.ok || !response.body)
      throw new Problem({
        code: 'VIT_EXPORT_REFUSED',
        status: response.status,
        fault: 'vitrine',
        title: 'The export failed',
        detail: `The running Vitrine answered ${response.status}.`,
      });
    return { lines: Readable.fromWeb(response.body as never), close: async () => undefined };
  }
  const lock = settings.databaseUrl === undefined ? FolderLock.take(settings.dataDir) : null;
  const database = await openDatabase(settings);
  await migrate(database);
  const store = openImageStore(settings);
  const asFiles: PictureExport = async (hash, mediaType) => {
    const file = `${hash}.${mediaType.split('/')[1]}`;
    await mkdir(imagesDir!, { recursive: true });
    await writeFile(join(imagesDir!, file), await store.read(hash));
    return { file };
  };
  const lines = async function* () {
    for await (const row of exportRows(database, kinds, imagesDir === undefined ? picturesAsData(store) : asFiles))
      yield `${JSON.stringify(row)}\n`;
  };
  return {
    lines: Readable.from(lines()),
    close: async () => {
      await database.close();
      lock?.release();
    },
  };
};
