import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { IMAGE_STORE, type ImageStore } from '../catalog/catalog.api.js';
import {
  DATABASE,
  type Database,
  MEMORY,
  notFound,
  Problem,
  SETTINGS,
  type Settings,
} from '../platform/platform.api.js';
import { sizeOf, writeBackup } from './write-backup.js';

/** One backup in the data folder. */
export const BackupRecord = z
  .object({
    id: z.string(),
    at: z.string().describe('The moment whose state it holds'),
    version: z.string().describe('Release that made it'),
    file: z.string().describe('Where it lies on the machine that made it'),
    bytes: z.int(),
    rows: z.record(z.string(), z.int()),
    pictures: z.int(),
    missing: z.int().describe('Pictures that the store did not have'),
  })
  .meta({ id: 'Backup' });
export type BackupRecord = z.infer<typeof BackupRecord>;

const NAME = /^vitrine-[0-9TZ-]+\.tar\.gz$/;

/** Backups made while serving, kept in `backups/` of the data folder; one at a time. */
@Injectable()
export class BackupService {
  private working = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(IMAGE_STORE) private readonly images: ImageStore,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'dataDir'>,
  ) {}

  /** Makes one now. @throws Problem 409 while another is being made. */
  async make(): Promise<BackupRecord> {
    if (this.working)
      throw new Problem({
        code: 'VIT_BACKUP_RUNNING',
        status: 409,
        title: 'One at a time',
        detail: 'A backup is being made at this moment; wait for it.',
      });
    this.working = true;
    try {
      const id = `vitrine-${new Date().toISOString().replace(/[:.]/g, '-')}`;
      const file = join(this.folder(), `${id}.tar.gz`);
      const manifest = await writeBackup({ database: this.database, images: this.images }, file);
      const record: BackupRecord = {
        id,
        at: manifest.at,
        version: manifest.version,
        file,
        bytes: await sizeOf(file),
        rows: Object.fromEntries(Object.entries(manifest.tables).map(([name, { rows }]) => [name, rows])),
        pictures: manifest.pictures,
        missing: manifest.missing,
      };
      await writeFile(`${file}.json`, JSON.stringify(record), { mode: 0o600 });
      return record;
    } finally {
      this.working = false;
    }
  }

  /** Those of this machine, newest first. */
  async list(): Promise<BackupRecord[]> {
    await mkdir(this.folder(), { recursive: true, mode: 0o700 });
    const names = (await readdir(this.folder()))
      .filter((name) => NAME.test(name))
      .sort()
      .reverse();
    const records: BackupRecord[] = [];
    for (const name of names) {
      const note = join(this.folder(), `${name}.json`);
      if (existsSync(note)) records.push(JSON.parse(await readFile(note, 'utf8')) as BackupRecord);
    }
    return records;
  }

  /** Removes one. @throws Problem 404. */
  async remove(id: string): Promise<void> {
    const found = (await this.list()).find((record) => record.id === id);
    if (!found) throw notFound('backup', id);
    await rm(join(this.folder(), `${found.id}.tar.gz`), { force: true });
    await rm(join(this.folder(), `${found.id}.tar.gz.json`), { force: true });
  }

  private folder(): string {
    const { dataDir } = this.settings;
    return dataDir === MEMORY ? join(tmpdir(), `vitrine-backups-${process.pid}`) : join(dataDir, 'backups');
  }
}
