import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listeningProblem } from '../http/listening-problem.js';
import { loadSettings, unknownSettings } from './load-settings.js';

describe('settings', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const load = (env: Record<string, string>) => loadSettings({ env, envFolder: null });

  it.each([
    [{ PORT: '70000' }, 'PORT: found "70000"'],
    [{ HOST: 'not a host' }, 'HOST: found "not a host" (environment), expected an address of this machine'],
    [{ DATABASE_URL: 'mysql://bob:secret@h/d' }, 'found "mysql://bob:***@h/d"'],
    [{ DATABASE_READ_URL: 'postgresql://h/d' }, 'DATABASE_URL must say what it is a replica of'],
    [{ VITRINE_INDEX: 'weaviate' }, 'WEAVIATE_URL must say where it is'],
  ])('refuses %o and says what is right', (env, sentence) => {
    expect(() => load(env as unknown as Record<string, string>)).toThrow(sentence);
  });

  it('takes a flag before the environment, that before the file, and an empty text for nothing', () => {
    writeFileSync(join(folder, '.env'), 'PORT=1111\nLOG_LEVEL=debug\n');
    const { settings } = loadSettings({ env: { PORT: '2222', HOST: '' }, envFolder: folder, flags: { PORT: '3333' } });
    expect(settings).toMatchObject({ port: 3333, logLevel: 'debug', host: '127.0.0.1' });
  });

  it('names what looks like a setting and is none, and leaves alone what platforms and tests set', () => {
    writeFileSync(join(folder, '.env'), 'VITRINE_ORIGIN=https://shop.example\nOTHER=1\n');
    const env = {
      VITRINE_DEMOO: 'off',
      VITRINE_DEMO: 'off',
      VITRINE_SERVICE_HOST: '10.0.0.1',
      VITRINE_PORT: 'tcp://10.0.0.1:3000',
      VITRINE_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
      VITRINE_TEST_SUITE: 'all',
    };
    expect(unknownSettings({ env, envFolder: folder })).toEqual([
      { variable: 'VITRINE_DEMOO', source: 'environment' },
      { variable: 'VITRINE_ORIGIN', source: '.env' },
    ]);
  });
});

describe('where HTTP cannot be listened for', () => {
  const errorOf = (host: string, port: number) =>
    new Promise<unknown>((heard, reject) => {
      const server = createServer().once('error', heard);
      server.listen(port, host, () => server.close(() => reject(new Error('it listens'))));
    });

  it('says what to set, for a port that is taken and for an address that is not this machine', async () => {
    const holder = createServer();
    await new Promise<void>((listening) => holder.listen(0, '127.0.0.1', listening));
    const { port } = holder.address() as AddressInfo;
    const taken = listeningProblem(await errorOf('127.0.0.1', port), { host: '127.0.0.1', port });
    await new Promise((closed) => holder.close(closed));
    expect(taken).toMatchObject({ code: 'VIT_LISTEN', fault: 'shop' });
    expect(taken.detail).toBe(`port ${port} of 127.0.0.1 is taken by another programme: stop it, or set PORT`);
    const elsewhere = listeningProblem(await errorOf('192.0.2.1', 0), { host: '192.0.2.1', port: 0 });
    expect(elsewhere.detail).toContain('192.0.2.1 is no address of this machine');
  });
});
