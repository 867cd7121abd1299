// Compiles the WebAssembly kernels: src/retrieval/kernel/*.as → dist/retrieval/kernel/*.wasm.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(root, 'src', 'retrieval', 'kernel');

/** Compiles one AssemblyScript file to `target`, published by rename so that nobody reads half a file. */
export const compileKernel = async (source, target) => {
  const { default: asc } = await import('assemblyscript/asc');
  const files = new Map();
  const flags = [
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--enable',
    'threads',
    '--importMemory',
    '--sharedMemory',
    '--maximumMemory',
    '65536',
  ];
  const { error, stderr } = await asc.main(['kernel.ts', '--outFile', 'kernel.wasm', ...flags], {
    // The source is not called .ts: it is another language, and TypeScript would try to check it.
    readFile: (name) => (basename(name) === 'kernel.ts' ? readFileSync(source, 'utf8') : null),
    writeFile: (name, contents) => files.set(basename(name), contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`${source} does not compile: ${error.message}\n${stderr.toString()}`);
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  writeFileSync(temporary, files.get('kernel.wasm'));
  renameSync(temporary, target);
};

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const target = process.argv[2] ?? join(root, 'dist', 'retrieval', 'kernel');
  for (const name of readdirSync(sources).filter((name) => name.endsWith('.as')))
    await compileKernel(join(sources, name), join(target, name.replace(/\.as$/, '.wasm')));
}
