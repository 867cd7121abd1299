import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MADE_FEEDS, type MadeFeed, madeFeed } from '../support/made-feeds.js';

const root = join(import.meta.dirname, '..', '..');
/** More than ten times the heap that reads them. */
const ROWS = 60_000;
const HEAP_MB = 40;

/** Everything of `vitrine import` but the database: what it takes is counted and forgotten. */
const PROGRAM = `
import { feedReaders } from ${JSON.stringify(join(root, 'dist', 'connect', 'feed-readers.js'))};
import { importFiles } from ${JSON.stringify(join(root, 'dist', 'connect', 'import-files.js'))};
let most = 0;
const take = async (kind, rows) => {
  most = Math.max(most, process.memoryUsage.rss());
  return { accepted: rows.length, unchanged: 0, ignored: 0, rejected: [] };
};
const target = { take, pictures: async () => ({ ok: 0, failed: 0, pending: 0 }), due: async () => 0, report: async () => undefined };
const { report } = await importFiles([process.argv[2]], target, { readers: feedReaders({ currency: 'EUR', mapping: {} }) });
console.log(JSON.stringify({ ...report, most }));
`;

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-memory-'));
  program = join(folder, 'program.mjs');
  await writeFile(program, PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const imported = async (format: MadeFeed, rows: number, isPacked: boolean) => {
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, program, '-'], { stdio: 'pipe' });
  let out = '';
  let bytes = 0;
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (out += chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const counted = function* (): Generator<Buffer> {
    for (const chunk of madeFeed(format, rows)) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  // A child that died reads no longer: how it ended says why.
  await pipeline([
    Readable.from(counted()),
    ...(isPacked ? [createGzip({ level: 1 })] : []),
    child.stdin,
  ] as never).catch(() => undefined);
  expect([await ended, out.slice(0, 2_000)]).toEqual([0, expect.stringMatching(/^\{/)]);
  return { ...(JSON.parse(out) as { read: number; variants: number; most: number }), bytes };
};

it
  .runIf(process.env.VITRINE_TEST_SUITE === 'connect')
  .each(MADE_FEEDS.map((format, at) => [format, at % 2 === 1] as const))(
  `a feed (%s; packed: %s) ten times as large as the heap that reads it`,
  { timeout: 120_000 },
  async (format, isPacked) => {
    const { read, variants, bytes } = await imported(format, ROWS, isPacked);
    expect(bytes).toBeGreaterThan(ROWS * 450);
    // WooCommerce's parents stand for their variations, except the last hundred, whose variations would come later.
    expect(read).toBe(format === 'woocommerce csv' ? (ROWS * 3) / 4 + 100 : ROWS);
    expect(variants).toBe(read);
  },
);
