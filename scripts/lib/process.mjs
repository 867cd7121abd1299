import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Runs a program, its output passed through (or kept with `quiet`); rejects with the last lines when it fails. */
export const run = (command, args, { quiet = false, ...options } = {}) =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit', ...options });
    let kept = '';
    child.stdout?.on('data', (chunk) => (kept += chunk));
    child.stderr?.on('data', (chunk) => (kept += chunk));
    child.on('error', fail);
    child.on('close', (code, signal) =>
      code === 0
        ? done(kept)
        : fail(
            new Error(
              `${command} ${args.join(' ')} ended with ${signal ?? `exit code ${code}`}\n${kept.split('\n').slice(-25).join('\n')}`,
            ),
          ),
    );
  });

/** Full path of the first of these programs that is on PATH, or null. */
export const which = (...names) => {
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not in this folder
      }
    }
  return null;
};

let listsUpdated = false;
/** Installs a Debian package when this is root on a machine with apt; answers whether it did. */
export const aptInstall = async (name) => {
  if (process.getuid?.() !== 0 || !which('apt-get')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    if (!listsUpdated) await run('apt-get', ['update', '-qq'], { quiet: true, env });
    listsUpdated = true;
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { quiet: true, env });
    return true;
  } catch (error) {
    console.error(`could not install ${name}: ${error.message}`);
    return false;
  }
};

/** A loopback port that nobody listens on now. */
export const freePort = () =>
  new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
