import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheDir, root } from './paths.mjs';

/**
 * Compiles `src` and the given folder side by side into the cache, so that a developer's TypeScript (benchmarks, measurements) runs on
 * plain Node with the same decorator metadata as the build. Returns the URL of `entry` (a path from the root) as compiled.
 */
export const compiled = async (folder, entry) => {
  const { transformFile } = await import('@swc/core');
  const out = join(cacheDir, `run-${folder}-${process.pid}`);
  process.on('exit', () => rmSync(out, { recursive: true, force: true }));
  const visit = async (path) => {
    for (const name of readdirSync(path)) {
      const full = join(path, name);
      if (statSync(full).isDirectory()) await visit(full);
      else if (
        name.endsWith('.ts') &&
        !name.endsWith('.d.ts') &&
        !name.endsWith('.spec.ts') &&
        !name.endsWith('.conformance.ts')
      ) {
        const target = join(out, relative(root, full)).replace(/\.ts$/, '.js');
        mkdirSync(dirname(target), { recursive: true });
        const { code } = await transformFile(full, { configFile: join(root, '.swcrc'), sourceMaps: 'inline' });
        writeFileSync(target, code);
      }
    }
  };
  await visit(join(root, 'src'));
  await visit(join(root, folder));
  writeFileSync(
    join(out, 'package.json'),
    JSON.stringify({ ...JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')), scripts: {} }),
  );
  for (const shared of ['migrations', 'models', 'seeds'])
    if (existsSync(join(root, shared))) {
      const { symlinkSync } = await import('node:fs');
      symlinkSync(join(root, shared), join(out, shared), 'dir');
    }
  // What the build makes besides JavaScript (WebAssembly kernels, pages) lies beside the compiled files.
  if (existsSync(join(root, 'dist')))
    cpSync(join(root, 'dist'), join(out, 'src'), {
      recursive: true,
      filter: (path) =>
        statSync(path).isDirectory() || !/\.(js|map)$/.test(path) || path.includes(`${join('dist', 'pages')}`),
    });
  return pathToFileURL(join(out, entry).replace(/\.ts$/, '.js')).href;
};
