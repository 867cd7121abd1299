import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheFolder } from '../package-root.js';

type Bundler = typeof import('esbuild');

/**
 * The file to give to `new Worker(…)` for a thread whose source is a TypeScript file beside the caller.
 *
 * In a build it is the URL itself. Run from source (tests), the thread and what it imports of ours are bundled into one
 * cached file first, since Node reads no TypeScript there; packages stay outside the bundle. A thread must therefore find files
 * by `workerData` or `packageRoot`, not by its own `import.meta.url`.
 *
 * @example new Worker(workerFile(new URL('./pglite-worker.js', import.meta.url)), { workerData })
 */
export const workerFile = (url: URL): URL => {
  const built = fileURLToPath(url);
  if (existsSync(built)) return url;
  const source = built.replace(/\.js$/, '.ts');
  if (!existsSync(source)) throw new Error(`No thread at ${built}, and no source at ${source}.`);
  const esbuild = createRequire(import.meta.url)('esbuild') as Bundler;
  const result = esbuild.buildSync({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  });
  const text = result.outputFiles[0]?.text ?? '';
  const folder = join(cacheFolder, 'threads');
  const name = `${basename(source, '.ts')}-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.mjs`;
  const target = join(folder, name);
  if (!existsSync(target)) {
    mkdirSync(folder, { recursive: true });
    const draft = `${target}.${process.pid}`;
    writeFileSync(draft, text);
    renameSync(draft, target);
  }
  return pathToFileURL(target);
};
