import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../http/problem.js';

/** Who owns a data folder, as its lock file says. */
export interface FolderOwner {
  pid: number;
  /** When the process started, as the system counts; tells a pid from an earlier process of the same number. */
  startedAt: string | null;
  /** Where it answers; null until it listens. */
  url: string | null;
  /** With this token commands on the same machine act as admin, for as long as this process lives. */
  token: string;
}

/** Start time of a process in the system's own units; null when there is no such process or it can't be told. */
const startOf = (pid: number): string | null => {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the name in brackets and may hold anything; the start time is the 20th after it.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    }
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || null
    );
  } catch {
    return null;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const lives = ({ pid, startedAt }: FolderOwner): boolean => {
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return startedAt === null || now === null || now === startedAt;
};

const fileOf = (folder: string): string => join(folder, 'vitrine.lock');

const read = (file: string): FolderOwner | null => {
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as FolderOwner;
    return typeof owner.pid === 'number' && typeof owner.token === 'string' ? owner : null;
  } catch {
    return null;
  }
};

/** The living process that owns the folder, or null. */
export const ownerOf = (folder: string): FolderOwner | null => {
  const owner = read(fileOf(folder));
  return owner !== null && lives(owner) ? owner : null;
};

/** Ownership of a data folder, from `take` until `release` or the end of the process. */
export class FolderLock {
  private constructor(
    private readonly file: string,
    readonly owner: FolderOwner,
  ) {}

  /**
   * Takes the folder for this process: makes `<folder>/vitrine.lock` (mode 0600) if there is none, or takes over the one of a process that is gone.
   *
   * @throws Problem `VIT_FOLDER_OWNED` when another living process owns the folder.
   */
  static take(folder: string): FolderLock {
    mkdirSync(folder, { recursive: true });
    const file = fileOf(folder);
    const owner: FolderOwner = {
      pid: process.pid,
      startedAt: startOf(process.pid),
      url: null,
      token: randomBytes(32).toString('base64url'),
    };
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        const handle = openSync(file, 'wx', 0o600);
        writeSync(handle, JSON.stringify(owner));
        closeSync(handle);
        return new FolderLock(file, owner);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = read(file);
      if (other !== null && lives(other)) {
        throw new Problem({
          code: 'VIT_FOLDER_OWNED',
          status: 409,
          fault: 'shop',
          title: 'The data folder is in use',
          detail: `Another Vitrine (process ${other.pid}${other.url ? `, ${other.url}` : ''}) already uses the data folder ${folder}; stop it first, or give this one a folder of its own with VITRINE_DATA_DIR.`,
        });
      }
      // Moved aside before it is removed: of two processes that find the same stale file, only one can move it.
      const aside = `${file}.${process.pid}.stale`;
      try {
        renameSync(file, aside);
        const moved = read(aside);
        if (moved !== null && lives(moved)) renameSync(aside, file);
        else rmSync(aside, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    throw new Problem({
      code: 'VIT_FOLDER_OWNED',
      status: 409,
      fault: 'shop',
      title: 'The data folder is in use',
      detail: `The lock ${file} is being fought over; try again.`,
    });
  }

  /** Writes down where this process answers. */
  announce(url: string): void {
    this.owner.url = url;
    const draft = `${this.file}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(this.owner), { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, this.file);
  }

  release(): void {
    if (read(this.file)?.token === this.owner.token) rmSync(this.file, { force: true });
  }
}
