// `npm start`: sets up whatever is missing, then becomes `vitrine start`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { servingFlags } from './lib/node-flags.mjs';
import { root } from './lib/paths.mjs';
import { ensureBuilt, ensureDependencies, requireNode } from './lib/setup.mjs';

requireNode();
try {
  await ensureDependencies();
  await ensureBuilt();
} catch (error) {
  console.error(`vitrine: setting up failed.\n${error.message}`);
  process.exit(1);
}
const child = spawn(
  process.execPath,
  [...servingFlags, join(root, 'dist', 'main.js'), 'start', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
// npm sends the signal to this process: hand it on, and end as the server ends.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
