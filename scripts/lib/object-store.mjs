// A server that speaks S3, for tests: moto (Apache-2.0) from the Python package index, in the cache.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from './paths.mjs';
import { freePort, run, which } from './process.mjs';

const PACKAGE = 'moto[server]==5.2.5';

/** Path of the server's program; installs it when needed (a minute, 350 MB). */
export const ensureObjectStore = async () => {
  const venv = join(cacheDir, 'object-store');
  const program = join(venv, 'bin', 'moto_server');
  if (existsSync(program)) return program;
  const python = which('python3.11', 'python3');
  if (!python) throw new Error('no python3 on this machine to install an S3 server for tests with');
  console.log('tests: installing a server that speaks S3 into the cache …');
  mkdirSync(cacheDir, { recursive: true });
  await run(python, ['-m', 'venv', venv], { quiet: true });
  await run(join(venv, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE], {
    quiet: true,
  });
  return program;
};

/** Starts it on a free loopback port; `stop` ends exactly this process. */
export const startObjectStore = async () => {
  const program = await ensureObjectStore();
  const port = await freePort();
  const server = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`${url}/moto-api/`);
      break;
    } catch (error) {
      if (tries > 150 || server.exitCode !== null) {
        server.kill('SIGKILL');
        throw new Error(`the S3 server for tests did not start: ${error.message}`);
      }
      await new Promise((done) => setTimeout(done, 200));
    }
  }
  const stop = () =>
    new Promise((done) => {
      server.once('exit', () => done());
      server.kill('SIGTERM');
    });
  return { url, stop };
};
