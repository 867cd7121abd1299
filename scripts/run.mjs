// Runs a developer's command with the build in place: `npm run bench -- NAME`, `npm run eval:encoder -- …`, `npm run screenshots`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { run } from './lib/process.mjs';
import { ensureBuilt, ensureDependencies, requireNode } from './lib/setup.mjs';

const scripts = {
  bench: 'bench/run.mjs',
  'eval:encoder': 'bench/eval-encoder/run.mjs',
  screenshots: 'scripts/screenshots.mjs',
};
const [name, ...rest] = process.argv.slice(2);
const script = scripts[name];
if (!script || !existsSync(join(root, script))) {
  console.error(`unknown command "${name}": one of ${Object.keys(scripts).join(', ')}`);
  process.exit(2);
}
requireNode();
await ensureDependencies();
await ensureBuilt();
await run(process.execPath, [join(root, script), ...rest], { cwd: root }).catch(() => process.exit(1));
