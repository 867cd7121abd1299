import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { graphFault } from './graph-file.js';
import type { HnswParameters, SnapshotHeader } from './hnsw-messages.js';

/** Snapshots lie in folders of their own; a folder without the `.part` ending is complete, for it was renamed when everything in it was on disk. */
const partEnding = '.part';
/** Graphs grow to gigabytes: they are read through a window, never whole. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Writes one file and waits until it is on disk. */
export const writeDurably = (path: string, bytes: Uint8Array): { bytes: number; crc32: number } => {
  const file = openSync(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return { bytes: bytes.length, crc32: crc32(bytes) };
};

/** Size and checksum of a file of any size. */
const sumOf = (path: string): { bytes: number; crc32: number } => {
  const file = openSync(path, 'r');
  try {
    const window = Buffer.alloc(WINDOW_BYTES);
    let bytes = 0;
    let sum = 0;
    for (;;) {
      const read = readSync(file, window, 0, WINDOW_BYTES, bytes);
      if (read === 0) return { bytes, crc32: sum };
      sum = crc32(window.subarray(0, read), sum);
      bytes += read;
    }
  } finally {
    closeSync(file);
  }
};

const syncFile = (path: string): void => {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/**
 * Publishes a snapshot atomically: `writeGraph` writes the graph into the path it is given; header and keys follow; then the folder gets its name.
 * A kill at any moment leaves either the whole snapshot or a `.part` folder that nobody reads; a graph that was not written whole is refused, and
 * the snapshots before stay.
 */
export const publishSnapshot = async (
  folder: string,
  header: Omit<SnapshotHeader, 'graph' | 'keys' | 'format' | 'space'>,
  keys: Int32Array,
  writeGraph: (path: string) => Promise<unknown>,
): Promise<number> => {
  const part = `${folder}${partEnding}`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true, mode: 0o700 });
  try {
    const graphFile = join(part, 'graph.bin');
    await writeGraph(graphFile);
    syncFile(graphFile);
    const fault = graphFault(graphFile, header.labels);
    if (fault) throw new Error(`the graph was not written whole (is the disk full?): ${fault}`);
    const graph = sumOf(graphFile);
    const whole: SnapshotHeader = {
      format: 1,
      space: 'ip',
      ...header,
      graph,
      keys: writeDurably(join(part, 'keys.bin'), new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength)),
    };
    writeDurably(join(part, 'header.json'), Buffer.from(JSON.stringify(whole)));
    renameSync(part, folder);
    syncFile(dirname(folder));
    return graph.bytes;
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
};

/** The header of a snapshot whose files are all that it says; throws one sentence otherwise. */
export const readSnapshot = (
  folder: string,
  expected: HnswParameters & { fusion?: string },
): { header: SnapshotHeader; keys: Int32Array } => {
  const header = JSON.parse(readFileSync(join(folder, 'header.json'), 'utf8')) as SnapshotHeader;
  if (header.format !== 1 || header.space !== 'ip') throw new Error(`snapshot ${basename(folder)} has another format`);
  for (const name of ['dimension', 'm', 'efConstruction', 'fusion'] as const)
    if (expected[name] !== undefined && header[name] !== expected[name])
      throw new Error(`snapshot ${basename(folder)} has ${name} ${header[name]}, wanted is ${expected[name]}`);
  for (const [name, said] of [
    ['graph.bin', header.graph],
    ['keys.bin', header.keys],
  ] as const) {
    const found = sumOf(join(folder, name));
    if (found.bytes !== said.bytes || found.crc32 !== said.crc32)
      throw new Error(`snapshot ${basename(folder)} is damaged: ${name} is not what its header says`);
  }
  const raw = readFileSync(join(folder, 'keys.bin'));
  const keys = new Int32Array(raw.length / 4);
  new Uint8Array(keys.buffer).set(raw);
  if (keys.length !== header.items * 3)
    throw new Error(
      `snapshot ${basename(folder)} is damaged: it lists ${keys.length / 3} items instead of ${header.items}`,
    );
  return { header, keys };
};

/** Complete snapshots of a model below `root`, newest first. Reads headers only. */
export const listSnapshots = (root: string, fusion: string): { folder: string; header: SnapshotHeader }[] => {
  if (!existsSync(root)) return [];
  const found: { folder: string; header: SnapshotHeader }[] = [];
  for (const name of readdirSync(root)) {
    if (name.endsWith(partEnding)) continue;
    const folder = join(root, name);
    try {
      const header = JSON.parse(readFileSync(join(folder, 'header.json'), 'utf8')) as SnapshotHeader;
      if (header.fusion === fusion) found.push({ folder, header });
    } catch {
      // Not a snapshot, or one that another process is just removing.
    }
  }
  return found.sort((a, b) => (a.header.createdAt < b.header.createdAt ? 1 : -1));
};

/** Removes all snapshots below `root` but the newest `keep` of this model, and what a killed process left half-written over an hour ago. */
export const pruneSnapshots = (root: string, fusion: string, keep: number, isOld: (name: string) => boolean): void => {
  const kept = new Set(
    listSnapshots(root, fusion)
      .slice(0, keep)
      .map(({ folder }) => basename(folder)),
  );
  if (!existsSync(root)) return;
  for (const name of readdirSync(root))
    if (!kept.has(name) && (!name.endsWith(partEnding) || isOld(name)))
      rmSync(join(root, name), { recursive: true, force: true });
};
