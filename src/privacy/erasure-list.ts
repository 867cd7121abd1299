import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MEMORY } from '../platform/platform.api.js';
import type { Receipt } from './receipt.js';

/** File in the data folder that names every erasure, outside the database: what a backup must not bring back is known even when the database is lost. */
export const ERASURE_LIST = 'erasures.ndjson';

/** Adds a receipt to the list. It names nobody: the person stands in it as a keyed hash. */
export const noteErasure = async (dataDir: string, receipt: Receipt & { hash: string }): Promise<void> => {
  if (dataDir === MEMORY) return;
  const { receiptId, kind, subjectHash, counts, at, previousHash, hash } = receipt;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const line = JSON.stringify({ receiptId, kind, subjectHash, counts, at, previousHash, hash });
  await appendFile(join(dataDir, ERASURE_LIST), `${line}\n`, { mode: 0o600 });
};

/** Receipts of such a list; none when there is no such file. A last line cut off by a crash is left out. */
export const readErasureList = async (file: string): Promise<(Receipt & { hash: string })[]> => {
  if (!existsSync(file)) return [];
  const found: (Receipt & { hash: string })[] = [];
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    try {
      if (line !== '') found.push(JSON.parse(line) as Receipt & { hash: string });
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return found;
};
