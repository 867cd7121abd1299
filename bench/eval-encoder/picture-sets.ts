import { existsSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A line of `pairs.ndjson`; sets have further fields of their own. */
export interface PictureRecord {
  id: string;
  split: 'train' | 'val' | 'test';
  title: string;
  file: string;
  shard?: string;
  [field: string]: unknown;
}

/** Lines of an NDJSON file, or null where there is no such file. */
export const readRecords = async <T = PictureRecord>(file: string): Promise<T[] | null> =>
  existsSync(file)
    ? (await readFile(file, 'utf8'))
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as T)
    : null;

interface Entry {
  offset: number;
  length: number;
}

/** Reads pictures of one set: loose files, or entries of zips without compression. Each zip's directory is read once. */
export class PictureReader {
  private readonly shards = new Map<string, Promise<{ handle: FileHandle; entries: Map<string, Entry> }>>();

  constructor(private readonly folder: string) {}

  async read(record: { file: string; shard?: string }): Promise<Buffer> {
    if (!record.shard) return readFile(join(this.folder, record.file));
    const { handle, entries } = await this.open(record.shard);
    const entry = entries.get(record.file);
    if (!entry) throw new Error(`${join(this.folder, record.shard)} holds no ${record.file}`);
    const head = Buffer.alloc(30);
    await handle.read(head, 0, 30, entry.offset);
    const bytes = Buffer.alloc(entry.length);
    await handle.read(bytes, 0, entry.length, entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28));
    return bytes;
  }

  async close(): Promise<void> {
    for (const shard of this.shards.values()) await (await shard).handle.close();
  }

  private open(shard: string) {
    const known = this.shards.get(shard);
    if (known) return known;
    const opened = this.readDirectory(join(this.folder, shard));
    this.shards.set(shard, opened);
    return opened;
  }

  private async readDirectory(path: string) {
    const handle = await open(path, 'r');
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, 65_557));
    await handle.read(tail, 0, tail.length, size - tail.length);
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
    if (end < 0) throw new Error(`${path} is not a zip: no directory at its end`);
    const directory = Buffer.alloc(tail.readUInt32LE(end + 12));
    await handle.read(directory, 0, directory.length, tail.readUInt32LE(end + 16));
    const entries = new Map<string, Entry>();
    for (let at = 0; at < directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
      const name = directory.toString('utf8', at + 46, at + 46 + directory.readUInt16LE(at + 28));
      if (directory.readUInt16LE(at + 10) !== 0)
        throw new Error(`${path}: ${name} is compressed; only stored entries are read`);
      entries.set(name, { offset: directory.readUInt32LE(at + 42), length: directory.readUInt32LE(at + 24) });
      at += 46 + directory.readUInt16LE(at + 28) + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    return { handle, entries };
  }
}
