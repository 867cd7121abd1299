import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.factory.js';
import { ENCODER, type Encoder } from '../../src/embedding/embedding.api.js';
import { ActiveFusion } from '../../src/fusion/fusion.api.js';
import { loadSettings } from '../../src/platform/platform.api.js';
import { fillShop } from './made-shop.js';

export const serverKey = 'bench-server-key-0123456789';

/** An installation of its own, on the embedded database or a PostgreSQL that is started for it. */
export interface MadeInstall {
  env: Record<string, string>;
  encoder: string;
  fusion: string;
  dimension: number;
  fillSeconds: number;
  remove(): Promise<void>;
}

interface Postgres {
  url: string;
  stop(): Promise<void>;
}

/** The checkout: benchmarks run compiled, from a cache inside it. */
export const checkout = process.cwd();

interface Size {
  items: number;
  visitors: number;
  eventsAVisitor: number;
}

/** What a kept folder says of itself. */
interface Kept extends Size {
  encoder: string;
  fusion: string;
  dimension: number;
  fillSeconds: number;
}

const KEPT = 'bench-install.json';

/**
 * Makes an installation and fills it. The product itself starts once before, so that models are registered as it does it.
 *
 * @param postgresSettings `name=value` for a PostgreSQL, after those that tests are run with
 * @param keep a folder for the embedded database that outlives the run: filled by the first, taken as it is by the next of the same size
 */
export const makeInstall = async (
  database: 'embedded' | 'postgresql',
  size: Size,
  more: Record<string, string> = {},
  keep?: string,
  postgresSettings: readonly string[] = [],
): Promise<MadeInstall> => {
  const kept = database === 'embedded' && keep ? keep : null;
  if (kept) mkdirSync(kept, { recursive: true });
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
  let postgres: Postgres | null = null;
  if (database === 'postgresql') {
    const { startPostgres } = (await import(join(checkout, 'scripts', 'lib', 'postgres.mjs'))) as {
      startPostgres(options: { settings: readonly string[] }): Promise<Postgres>;
    };
    postgres = await startPostgres({ settings: postgresSettings });
  }
  const env: Record<string, string> = {
    PORT: '0',
    VITRINE_DEMO: 'off',
    VITRINE_DATA_DIR: folder,
    VITRINE_CONSENT: 'implied',
    VITRINE_SERVER_KEY: serverKey,
    CLIP_MODEL: join(checkout, 'models', 'vitrine-clip'),
    LOG_LEVEL: 'warn',
    ...(postgres ? { DATABASE_URL: postgres.url } : {}),
    ...more,
  };
  const remove = async (): Promise<void> => {
    await postgres?.stop();
    if (!kept) rmSync(folder, { recursive: true, force: true });
  };
  const note = join(folder, KEPT);
  if (kept && existsSync(note)) {
    const { items, visitors, eventsAVisitor, ...known } = JSON.parse(readFileSync(note, 'utf8')) as Kept;
    if (items !== size.items || visitors !== size.visitors || eventsAVisitor !== size.eventsAVisitor)
      throw new Error(`${kept} holds a shop of another size: ${items} items, ${visitors} visitors`);
    return { env, ...known, remove };
  }
  try {
    const settings = loadSettings({ env, envFolder: null }).settings;
    const app = await createApp(settings, 'all', { makeKeys: false });
    const encoder = app.app.get<Encoder>(ENCODER);
    const known = {
      encoder: encoder.id,
      dimension: encoder.dimension,
      fusion: app.app.get(ActiveFusion).current().version,
    };
    await app.close();
    const fillSeconds = await fillShop(settings, { ...size, ...known });
    if (kept) writeFileSync(note, JSON.stringify({ ...size, ...known, fillSeconds } satisfies Kept));
    return { env, ...known, fillSeconds, remove };
  } catch (error) {
    await remove();
    throw error;
  }
};

/** A process of the built product. */
export interface Started {
  url: string;
  readySeconds: number;
  /** Resident memory now, in bytes (Linux). */
  memory(): number;
  /** Seconds of processor time taken so far by all its threads (Linux; ticks of 10 ms). */
  processorSeconds(): number;
  /** Waits until the index holds everything. */
  indexed(): Promise<number>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** @param dist another build than the checkout's, to measure one against the other */
export const startProduct = async (
  env: Record<string, string>,
  flags: string[] = [],
  dist = join(checkout, 'dist'),
): Promise<Started> => {
  const began = performance.now();
  const { servingFlags } = (await import(join(checkout, 'scripts', 'lib', 'node-flags.mjs'))) as {
    servingFlags: string[];
  };
  const child: ChildProcess = spawn(process.execPath, [...servingFlags, ...flags, join(dist, 'main.js'), 'start'], {
    cwd: checkout,
    env: { ...process.env, ...env, VITRINE_ADMIN_KEY: 'bench-admin-key-0123456789' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const url = await new Promise<string>((ready, fail) => {
    let output = '';
    child.stdout!.on('data', (chunk) => {
      output += chunk;
      const found = /^vitrine ready (http:\/\/\S+)$/m.exec(output);
      if (found) ready(found[1]!);
    });
    child.once('exit', (code) => fail(new Error(`the product ended with ${code} before it was ready: ${output}`)));
  });
  const readySeconds = (performance.now() - began) / 1_000;
  return {
    url,
    readySeconds,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    processorSeconds() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    async indexed() {
      for (;;) {
        const response = await fetch(`${url}/v1/admin/indexes`, {
          headers: { authorization: 'Bearer bench-admin-key-0123456789' },
        });
        const { pending } = (await response.json()) as { pending: number };
        if (pending === 0) return (performance.now() - began) / 1_000;
        await new Promise((wake) => setTimeout(wake, 200));
      }
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await ended;
    },
  };
};
