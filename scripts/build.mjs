// Builds everything that runs from dist/: the kernels, the server, the pages.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { run } from './lib/process.mjs';

const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
if (!existsSync(nest)) {
  console.error('Dependencies are missing: run `npm ci` (or `npm start`, which does all of it) first.');
  process.exit(2);
}
await run(process.execPath, [nest, 'build'], { cwd: root });
for (const step of ['build-kernel.mjs', 'build-pages.mjs']) {
  const script = join(root, 'scripts', step);
  if (existsSync(script)) await run(process.execPath, [script], { cwd: root });
}
