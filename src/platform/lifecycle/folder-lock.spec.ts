import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderLock, ownerOf } from './folder-lock.js';

describe('the lock of a data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = () => join(folder, 'vitrine.lock');

  it('is readable by its owner alone and says where and who', () => {
    const lock = FolderLock.take(folder);
    lock.announce('http://127.0.0.1:3000');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(ownerOf(folder)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:3000', token: lock.owner.token });
    lock.release();
    expect(ownerOf(folder)).toBeNull();
  });

  it('is refused while its owner lives', () => {
    FolderLock.take(folder);
    expect(() => FolderLock.take(folder)).toThrow(/already uses the data folder/);
  });

  it('is taken over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    writeFileSync(file(), JSON.stringify({ pid: child.pid, startedAt: '1', url: null, token: 'old' }));
    expect(FolderLock.take(folder).owner.token).not.toBe('old');
  });

  it('is taken over when its pid now belongs to a process that started at another time', () => {
    writeFileSync(file(), JSON.stringify({ pid: process.pid, startedAt: '1', url: null, token: 'old' }));
    FolderLock.take(folder);
    expect(JSON.parse(readFileSync(file(), 'utf8')).token).not.toBe('old');
  });

  it('is taken over when the file is only half written', () => {
    writeFileSync(file(), '{"pid":');
    FolderLock.take(folder);
    expect(ownerOf(folder)?.pid).toBe(process.pid);
  });
});
