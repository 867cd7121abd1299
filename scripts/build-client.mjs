// `npm run build:client`: writes the types of @vitrine/client from the OpenAPI document of the Vitrine that was built.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { typesFile, typesOf } from './lib/client-types.mjs';
import { root } from './lib/paths.mjs';

const data = mkdtempSync(join(tmpdir(), 'vitrine-client-'));
const vitrine = spawn(process.execPath, [join(root, 'bin', 'vitrine.mjs'), 'start'], {
  cwd: root,
  env: { ...process.env, PORT: '0', VITRINE_DATA_DIR: data, VITRINE_DEMO: 'off', LOG_LEVEL: 'error' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const url = await new Promise((ready, fail) => {
    let output = '';
    vitrine.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /^vitrine ready (\S+)$/m.exec(output);
      if (found) ready(found[1]);
    });
    vitrine.on('exit', (code) => fail(new Error(`it ended with ${code} before it was ready`)));
  });
  writeFileSync(typesFile, await typesOf(await (await fetch(`${url}/openapi.json`)).json()));
  console.log('packages/client/src/schema.d.ts');
} finally {
  vitrine.removeAllListeners('exit');
  const ended = new Promise((done) => vitrine.once('exit', done));
  if (vitrine.exitCode === null) {
    vitrine.kill('SIGTERM');
    await ended;
  }
  rmSync(data, { recursive: true, force: true });
}
