// `npm run check`: types, lint and formatting, import rules, and the texts of the demo shop.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { run } from './lib/process.mjs';
import { ensureDependencies, requireNode } from './lib/setup.mjs';

requireNode();
await ensureDependencies();
const bin = (name) => join(root, 'node_modules', '.bin', name);
const checks = [
  ['types', bin('tsc'), ['-p', 'tsconfig.check.json']],
  ['types of the widgets', bin('tsc'), ['-p', 'packages/widgets']],
  ['types of the shop', bin('tsc'), ['-p', 'packages/shop']],
  ['types of the admin page', bin('tsc'), ['-p', 'packages/admin']],
  ['lint and formatting', bin('biome'), ['ci', '--error-on-warnings', '.']],
  ['import rules', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src']],
];
for (const script of ['check-seeds.mjs', 'check-words.mjs', 'check-licences.mjs'])
  if (existsSync(join(root, 'scripts', script)))
    checks.push([script.replace('.mjs', ''), process.execPath, [join('scripts', script)]]);

let failed = 0;
for (const [name, command, args] of checks) {
  const began = Date.now();
  try {
    await run(command, args, { cwd: root });
    console.log(`check: ${name} – in order (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch {
    failed++;
    console.error(`check: ${name} – FAILED`);
  }
}
process.exit(failed ? 1 : 0);
