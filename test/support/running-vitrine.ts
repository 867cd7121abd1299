import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Keys that every spawned Vitrine of the tests knows. */
export const testKeys = {
  admin: 'test-admin-key-0123456789abcdef',
  server: 'test-server-key-0123456789abcdef',
  publishable: 'test-publishable-key-0123456789',
} as const;

export interface RunningVitrine {
  url: string;
  pid: number;
  /** Everything it printed so far. */
  output(): string;
  /** Sends the signal and resolves with how the process ended. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** A JSON call with the server key, unless another is given. */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    key?: string | null,
  ): Promise<{ status: number; body: T; headers: Headers }>;
}

/** Environment of a Vitrine for tests: no demo, free port, known keys, quiet. */
export const testEnvironment = (extra: Record<string, string>): Record<string, string> => ({
  PORT: '0',
  VITRINE_DEMO: 'off',
  VITRINE_ADMIN_KEY: testKeys.admin,
  VITRINE_SERVER_KEY: testKeys.server,
  VITRINE_PUBLISHABLE_KEY: testKeys.publishable,
  LOG_LEVEL: 'warn',
  ...extra,
});

/** Runs the built `vitrine` command to its end. */
export const runVitrine = (
  args: readonly string[],
  env: Record<string, string>,
  input?: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(root, 'dist', 'main.js'), ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
    child.stdin.end(input ?? '');
  });

/** Starts the built product and waits for nothing. */
export const spawnVitrine = (env: Record<string, string>): Pick<RunningVitrine, 'pid' | 'end'> => {
  const child = spawn(process.execPath, [join(root, 'dist', 'main.js'), 'start'], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.on('exit', (code, signal) => done({ code, signal })),
  );
  return {
    pid: child.pid!,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
};

/** Starts the built product as a real process of its own and waits for its ready line. */
export const startVitrine = async (
  env: Record<string, string>,
  args: readonly string[] = ['start'],
  timeoutMs = 120_000,
): Promise<RunningVitrine> => {
  const main = join(root, 'dist', 'main.js');
  if (!existsSync(main)) throw new Error('dist/ is missing: run `npm run build` (npm test does it by itself)');
  const child: ChildProcess = spawn(process.execPath, [main, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.on('exit', (code, signal) => done({ code, signal })),
  );
  const url = await new Promise<string>((ready, fail) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`not ready within ${timeoutMs} ms:\n${output.slice(-4000)}`));
    }, timeoutMs);
    const heard = (chunk: Buffer) => {
      output += chunk;
      const found = /^vitrine ready (http:\/\/\S+)$/m.exec(output);
      if (found) {
        clearTimeout(timer);
        ready(found[1]!);
      }
    };
    child.stdout!.on('data', heard);
    child.stderr!.on('data', heard);
    void ended.then(({ code, signal }) => {
      clearTimeout(timer);
      fail(new Error(`ended before it was ready (${signal ?? code}):\n${output.slice(-4000)}`));
    });
  });
  return {
    url,
    pid: child.pid!,
    output: () => output,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
    async call<T>(method: string, path: string, body?: unknown, key: string | null = testKeys.server) {
      const lines = typeof body === 'string';
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(key ? { authorization: `Bearer ${key}` } : {}),
          ...(body === undefined ? {} : { 'content-type': lines ? 'application/x-ndjson' : 'application/json' }),
        },
        body: body === undefined ? undefined : lines ? (body as string) : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, body: (text ? JSON.parse(text) : null) as T, headers: response.headers };
    },
  };
};
