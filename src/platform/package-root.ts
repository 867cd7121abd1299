import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const findRoot = (from: string): string => {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'vitrine') {
      return folder;
    }
    if (dirname(folder) === folder) throw new Error(`No package.json of Vitrine above ${from}.`);
  }
};

/** The folder that holds package.json, migrations/, models/ and seeds/: the same under `dist/`, under `src/` and when installed. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

/** This release's version, from package.json. */
export const packageVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;

/** A folder for what can be made again (templates, compiled threads); it lies in `node_modules`, so `npm ci` empties it. */
export const cacheFolder: string = join(packageRoot, 'node_modules', '.cache', 'vitrine');
