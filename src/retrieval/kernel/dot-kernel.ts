import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Inner products of one query with rows in a memory; addresses and layout as `dot.as` says. */
export interface DotKernel {
  dotF32(query: number, base: number, stride: number, rows: number, n: number, out: number, dims: number): void;
  dotI8(
    query: number,
    scale: number,
    base: number,
    stride: number,
    rows: number,
    n: number,
    out: number,
    dims: number,
  ): void;
  dotI8x4(
    queries: number,
    base: number,
    stride: number,
    rows: number,
    n: number,
    out: number,
    step: number,
    dims: number,
  ): void;
}

/** Makes kernels over memories. `module` can be handed to a thread. */
export interface KernelSource {
  readonly kind: 'wasm-simd' | 'javascript';
  readonly module: WebAssembly.Module | null;
  over(memory: WebAssembly.Memory): DotKernel;
}

/** The kernel in plain JavaScript: the reference, and what runs where SIMD is missing. About seven times slower. */
export const javascriptKernel: KernelSource = {
  kind: 'javascript',
  module: null,
  over: (memory) => ({
    dotF32(query, base, stride, rows, n, out, dims) {
      const floats = new Float32Array(memory.buffer);
      const slots = new Int32Array(memory.buffer, rows, n);
      const q = query >>> 2;
      for (let i = 0; i < n; i++) {
        const row = (base + slots[i]! * stride) / 4;
        let a = 0;
        let b = 0;
        let c = 0;
        let d = 0;
        for (let at = 0; at < dims; at += 4) {
          a += floats[q + at]! * floats[row + at]!;
          b += floats[q + at + 1]! * floats[row + at + 1]!;
          c += floats[q + at + 2]! * floats[row + at + 2]!;
          d += floats[q + at + 3]! * floats[row + at + 3]!;
        }
        floats[(out >>> 2) + i] = a + b + c + d;
      }
    },
    dotI8(query, scale, base, stride, rows, n, out, dims) {
      const floats = new Float32Array(memory.buffer);
      const bytes = new Int8Array(memory.buffer);
      const q = new Int16Array(memory.buffer, query, dims);
      const slots = new Int32Array(memory.buffer, rows, n);
      for (let i = 0; i < n; i++) {
        const row = base + slots[i]! * stride;
        let sum = 0;
        for (let at = 0; at < dims; at++) sum += q[at]! * bytes[row + 16 + at]!;
        floats[(out >>> 2) + i] = sum * scale * floats[row / 4]!;
      }
    },
    dotI8x4(queries, base, stride, rows, n, out, step, dims) {
      for (let at = 0; at < 4; at++)
        this.dotI8(queries + at * 2 * dims, 1, base, stride, rows, n, out + at * step, dims);
    },
  }),
};

/** The SIMD kernel from a compiled module. */
export const wasmKernel = (module: WebAssembly.Module): KernelSource => ({
  kind: 'wasm-simd',
  module,
  over: (memory) => new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as DotKernel,
});

const compiledFile = async (): Promise<string> => {
  const here = fileURLToPath(new URL('.', import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return join(here, 'dot.wasm');
  // Running from the sources (tests): compiled once into the cache.
  const source = join(here, 'dot.as');
  const key = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const root = join(here, '..', '..', '..');
  const target = join(root, 'node_modules', '.cache', 'vitrine', `dot-${key}.wasm`);
  if (!existsSync(target)) {
    const build = (await import(join(root, 'scripts', 'build-kernel.mjs'))) as {
      compileKernel(source: string, target: string): Promise<void>;
    };
    await build.compileKernel(source, target);
  }
  return target;
};

/** The fastest kernel this machine runs; `onFallback` hears why it is not the SIMD one. */
export const loadKernel = async (onFallback: (reason: string) => void = () => undefined): Promise<KernelSource> => {
  try {
    return wasmKernel(await WebAssembly.compile(readFileSync(await compiledFile())));
  } catch (error) {
    onFallback(error instanceof Error ? error.message : String(error));
    return javascriptKernel;
  }
};
