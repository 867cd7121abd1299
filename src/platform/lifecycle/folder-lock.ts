import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../http/problem.js';

const NAME = 'vitrine.lock';

/** What the lock file of a data folder says about its owner. */
export interface FolderOwner {
  /** Where its HTTP listens; null while it starts. */
  url: string | null;
  pid: number;
  /** The process's start as its system counts it, so that a pid used again is not mistaken. */
  startedAt: string;
  /** Admin for commands on this machine. */
  token: string;
}

/** Start of a process as the kernel tells it (clock ticks since boot); null when it is not running or cannot be known. */
const processStart = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    try {
      process.kill(pid, 0);
      return 'running';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'running' : null;
    }
  }
};

/** The living owner of a data folder, or null. */
export const ownerOf = (folder: string): FolderOwner | null => {
  let owner: FolderOwner;
  try {
    owner = JSON.parse(readFileSync(join(folder, NAME), 'utf8')) as FolderOwner;
  } catch {
    return null;
  }
  const start = processStart(owner.pid);
  return start !== null && (start === owner.startedAt || start === 'running') ? owner : null;
};

/** Exactly one process owns a data folder; the embedded database has no lock of its own and would lose what a second one writes. */
export class FolderLock {
  private constructor(
    private readonly file: string,
    readonly owner: FolderOwner,
  ) {}

  /** @throws Problem `VIT_FOLDER_OWNED` when a living process owns the folder. */
  static take(folder: string): FolderLock {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, NAME);
    const owner: FolderOwner = { url: null, pid: process.pid, startedAt: processStart(process.pid) ?? 'running', token: randomBytes(32).toString('base64url') };
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const descriptor = openSync(file, 'wx', 0o600);
        writeSync(descriptor, JSON.stringify(owner));
        closeSync(descriptor);
        return new FolderLock(file, owner);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const other = ownerOf(folder);
        if (other && other.pid !== process.pid)
          throw new Problem({
            code: 'VIT_FOLDER_OWNED',
            status: 409,
            fault: 'shop',
            title: 'The data folder is in use',
            detail: `Another Vitrine (pid ${other.pid}${other.url ? `, ${other.url}` : ''}) owns ${folder}; stop it first, or give this one a folder of its own with VITRINE_DATA_DIR.`,
          });
        rmSync(file, { force: true });
      }
    }
    throw new Error(`the lock ${file} could not be taken`);
  }

  /** Tells commands where to call. */
  announce(url: string): void {
    this.owner.url = url;
    const next = `${this.file}.${process.pid}`;
    writeFileSync(next, JSON.stringify(this.owner), { mode: 0o600 });
    renameSync(next, this.file);
  }

  release(): void {
    rmSync(this.file, { force: true });
  }
}
