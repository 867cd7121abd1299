import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KEY = 'bench-key-of-the-training-bench-0123456789';
const DAY_MS = 86_400_000;

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

/**
 * Whether training slows serving: one built Vitrine, requests for a home page at a steady pace, first with nothing else to do, then while it trains, then again without. Needs
 * `npm run build`. Options: `items` (600), `people` (500), `rate` (20 requests a second), `seconds` (20 for each quiet part).
 */
export const run = async (options: Record<string, string>): Promise<{ rows: Record<string, unknown>[] }> => {
  const number = (name: string, otherwise: number): number => Number(options[name] ?? otherwise);
  const [items, people, rate, seconds] = [
    number('items', 600),
    number('people', 500),
    number('rate', 20),
    number('seconds', 20),
  ];
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-training-'));
  const { child, url } = await start(folder);
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': typeof body === 'string' ? 'application/x-ndjson' : 'application/json',
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  /** Requests start at a steady pace, however long answers take; ends when `until` says so. */
  const measure = async (until: () => boolean): Promise<Record<string, unknown>> => {
    const took: number[] = [];
    const open: Promise<void>[] = [];
    let failed = 0;
    const began = performance.now();
    for (let n = 0; !until(); n++) {
      const due = began + (n * 1000) / rate;
      await new Promise((wake) => setTimeout(wake, Math.max(0, due - performance.now())));
      const sent = performance.now();
      open.push(
        call('POST', '/v1/recommendations', { placement: 'home', userId: `u${n % people}`, limit: 12 })
          .then(() => void took.push(performance.now() - sent))
          .catch(() => void failed++),
      );
    }
    await Promise.all(open);
    took.sort((a, b) => a - b);
    const ms = (share: number): number => Math.round(percentile(took, share) * 10) / 10;
    return { requests: took.length, failed, p50: ms(0.5), p95: ms(0.95), p99: ms(0.99) };
  };
  const quiet = (): Promise<Record<string, unknown>> => {
    const end = performance.now() + seconds * 1000;
    return measure(() => performance.now() >= end);
  };
  try {
    await call(
      'POST',
      '/v1/items/batch',
      Array.from({ length: items }, (_, i) =>
        JSON.stringify({ id: `i${i}`, title: `Thing ${i} of kind ${i % 8}` }),
      ).join('\n'),
    );
    const lines: string[] = [];
    for (let step = 0; step < 20; step++)
      for (let person = 0; person < people; person++)
        lines.push(
          JSON.stringify({
            id: `e${step}-${person}`,
            type: step % 5 === 4 ? 'purchase' : 'view',
            userId: `u${person}`,
            itemId: `i${8 * ((step * 31 + person * 17) % Math.floor(items / 8)) + (person % 8)}`,
            at: new Date(Date.now() - (165 - 8 * step) * DAY_MS + person * 60_000).toISOString(),
          }),
        );
    await call('POST', '/v1/events/batch', lines.join('\n'));
    for (;;) {
      const { status } = await call<{ status: { modalities: { text: string } } }>('GET', `/v1/items/i${items - 1}`);
      if (status.modalities.text === 'ready') break;
      await new Promise((wake) => setTimeout(wake, 500));
    }
    await quiet();
    const before = await quiet();
    let done = false;
    let state = 'queued';
    const started = performance.now();
    const { id } = await call<{ id: string }>('POST', '/v1/admin/training', {});
    const watching = (async () => {
      while (state === 'queued' || state === 'running') {
        await new Promise((wake) => setTimeout(wake, 500));
        state = (await call<{ state: string }>('GET', `/v1/admin/training/${id}`)).state;
      }
      done = true;
    })();
    const during = await measure(() => done);
    await watching;
    const trained = Math.round((performance.now() - started) / 100) / 10;
    const after = await quiet();
    return {
      rows: [
        { what: 'before', ...before },
        { what: `while it trains (${state}, ${trained} s)`, ...during },
        { what: 'after', ...after },
      ],
    };
  } finally {
    child.kill('SIGTERM');
    await new Promise((ended) => child.on('exit', ended));
    rmSync(folder, { recursive: true, force: true });
  }
};

const start = async (folder: string): Promise<{ child: ChildProcess; url: string }> => {
  const child = spawn(process.execPath, [join(process.cwd(), 'dist', 'main.js'), 'start'], {
    env: {
      ...process.env,
      PORT: '0',
      VITRINE_DEMO: 'off',
      VITRINE_DATA_DIR: folder,
      VITRINE_ADMIN_KEY: KEY,
      VITRINE_CONSENT: 'implied',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      said += String(chunk);
      const ready = /^vitrine ready (http:\/\/\S+)$/m.exec(said);
      if (ready) resolve(ready[1]!);
    });
    child.on('exit', () => reject(new Error(`Vitrine ended before it was ready: ${said}`)));
  });
  return { child, url };
};
