import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The file a `new Worker(…)` starts: `name` (such as `./pglite.worker.js`) beside the calling module.
 *
 * In the build that is the compiled file itself. When the caller still is TypeScript (tests run from `src/`), the worker is bundled to
 * plain JavaScript in the cache first, packages left outside: a thread of Node 20 reads no TypeScript. About 50 ms.
 *
 * @param callerUrl `import.meta.url` of the calling module
 */
export const workerFile = (callerUrl: string, name: string): URL => {
  if (!callerUrl.endsWith('.ts')) return new URL(name, callerUrl);
  const source = fileURLToPath(new URL(name.replace(/\.js$/, '.ts'), callerUrl));
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const folder = join(root, 'node_modules', '.cache', 'vitrine', 'workers');
  mkdirSync(folder, { recursive: true });
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const key = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const outfile = join(folder, `${key}-${process.pid}.mjs`);
  buildSync({
    entryPoints: [source],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    // Modules that look for files beside themselves must still find them.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(source).href), 'import.meta.dirname': JSON.stringify(fileURLToPath(new URL('.', pathToFileURL(source)))) },
    logLevel: 'error',
  });
  return pathToFileURL(outfile);
};
