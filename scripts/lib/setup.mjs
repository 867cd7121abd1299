import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, root } from './paths.mjs';
import { run } from './process.mjs';

const digest = (paths) => {
  const hash = createHash('sha256');
  const visit = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort())
        if (name !== 'node_modules' && name !== 'dist') visit(join(path, name));
    } else hash.update(path).update('\0').update(readFileSync(full));
  };
  for (const path of paths) visit(path);
  return hash.digest('hex');
};

const stampFile = (name) => join(cacheDir, `${name}.stamp`);
const isFresh = (name, value) => existsSync(stampFile(name)) && readFileSync(stampFile(name), 'utf8') === value;
const stamp = (name, value) => {
  mkdirSync(cacheDir, { recursive: true });
  writeFileSync(stampFile(name), value);
};

/** Stops with one sentence when this Node is too old to run anything here. */
export const requireNode = () => {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(
      `Vitrine needs Node.js 20.19 or newer; this is ${process.versions.node}. Get it from https://nodejs.org`,
    );
    process.exit(2);
  }
};

/** Installs the locked dependencies when they are missing or the lockfile has changed since. */
export const ensureDependencies = async () => {
  const want = digest(['package-lock.json']);
  if (existsSync(join(root, 'node_modules', '.package-lock.json')) && isFresh('dependencies', want)) return;
  console.log('vitrine: installing dependencies (once, a minute or so) …');
  // onnxruntime-node would download CUDA libraries from outside the npm registry; inference on a processor needs none of them.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
  });
  stamp('dependencies', want);
};

/** Builds `dist/` when sources have changed since the last build. */
export const ensureBuilt = async () => {
  const want = digest([
    'src',
    'packages',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'nest-cli.json',
    '.swcrc',
    'scripts',
  ]);
  if (existsSync(join(root, 'dist', 'main.js')) && isFresh('build', want)) return;
  console.log('vitrine: building …');
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root });
  stamp('build', want);
};
