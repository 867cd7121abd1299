import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/app.factory.js';
import { runCli } from '../../src/cli/cli.js';
import { DATABASE, type Database, loadSettings } from '../../src/platform/platform.api.js';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { testEnvironment, testKeys } from '../support/running-vitrine.js';
import { picture } from './shop.js';

interface Report {
  format: string;
  read: number;
  accepted: number;
  unchanged: number;
  rejected: { line: number; id?: string; errors: { path: string }[] }[];
  items: number;
  variants: number;
  reviews: number;
  events: number;
  images: { ok: number; failed: number; pending: number };
}

describe.each(testDatabases())('vitrine import on the $name', (database) => {
  let installation: TestInstallation;
  let folder: string;
  beforeEach(async () => {
    installation = await database.install();
    folder = join(installation.env.VITRINE_DATA_DIR!, 'feed');
    await mkdir(join(folder, 'images'), { recursive: true });
    for (const [name, value] of Object.entries(testEnvironment({ ...installation.env, LOG_LEVEL: 'error' })))
      vi.stubEnv(name, value);
    process.exitCode = undefined;
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
    await installation.remove();
  });

  const vitrine = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    let stdout = '';
    let stderr = '';
    const out = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      stdout += String(chunk);
      return true;
    });
    const err = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
      stderr += String(chunk);
      return true;
    });
    try {
      return { code: await runCli(args), stdout, stderr };
    } finally {
      out.mockRestore();
      err.mockRestore();
      process.exitCode = undefined;
    }
  };
  const importJson = async (...args: string[]): Promise<Report & { code: number }> => {
    const { code, stdout, stderr } = await vitrine('import', ...args, '--json');
    if (!stdout.startsWith('{')) throw new Error(`exit ${code}: ${stdout}${stderr}`);
    return { ...(JSON.parse(stdout) as Report), code };
  };
  const write = async (name: string, rows: readonly unknown[], gzip = false): Promise<string> => {
    const path = join(folder, name);
    const text = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
    await writeFile(path, gzip ? gzipSync(text) : text);
    return path;
  };
  const catalogue = async () => {
    await writeFile(join(folder, 'images', 'red.jpg'), await picture('red'));
    return [
      { id: 's', groupId: 'shirt', title: 'Shirt S', images: [{ file: 'images/red.jpg' }] },
      {
        id: 'm',
        groupId: 'shirt',
        title: 'Shirt M',
        images: [{ file: 'images/red.jpg' }, { file: 'images/none.jpg' }],
      },
      '{broken',
      { id: 'bag', title: 'Bag', images: [{ url: 'http://127.0.0.1:1/a.jpg' }] },
      { id: 'r1', itemId: 's', text: 'Fits well' },
      { id: 'r2', itemId: 'nobody', text: 'Lost' },
      { id: 'e1', type: 'view', visitorId: 'v', itemId: 's', consent: { personalization: true } },
      '{broken again',
    ];
  };
  const expected = {
    format: 'ndjson',
    read: 8,
    accepted: 5,
    unchanged: 0,
    items: 2,
    variants: 3,
    reviews: 1,
    events: 1,
    images: { ok: 2, failed: 1, pending: 1 },
    code: 0,
    rejected: [{ line: 3 }, { line: 6, id: 'r2', errors: [{ path: 'itemId' }] }, { line: 8 }],
  };

  it('fills an empty folder by itself, names what it rejected, and changes nothing the second time', async () => {
    const file = await write('shop.ndjson.gz', await catalogue(), true);
    expect(await importJson(file, '--images', folder, '--dry-run')).toMatchObject({
      accepted: 5,
      images: { ok: 0, failed: 0, pending: 4 },
    });
    expect(await importJson(file, '--images', folder)).toMatchObject(expected);
    expect(await importJson(file, '--images', folder)).toMatchObject({ ...expected, accepted: 0, unchanged: 5 });
  });

  it('goes over the running shop when there is one, with the same answer', async () => {
    const running = await createApp(
      loadSettings({ env: testEnvironment({ ...installation.env, LOG_LEVEL: 'error' }), envFolder: null }).settings,
      'all',
    );
    try {
      const file = await write('shop.ndjson', await catalogue());
      const report = await importJson(file, '--images', folder, '--wait');
      expect(report).toMatchObject({ ...expected, images: { ok: 2 } });
      expect(report.images.failed + report.images.pending).toBe(2);
    } finally {
      await running.close();
    }
  });

  it('leaves a record for the people who run the shop: files, batches, and every refused row', async () => {
    const before = await write('before.ndjson', [{ id: 'a', title: 'Chair' }, { id: 'b' }]);
    await importJson(before);
    const running = await createApp(
      loadSettings({ env: testEnvironment({ ...installation.env, LOG_LEVEL: 'error' }), envFolder: null }).settings,
      'all',
    );
    try {
      const ask = async (path: string, body?: string, key: string = testKeys.admin) => {
        const response = await fetch(running.url + path, {
          method: body === undefined ? 'GET' : 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            ...(body === undefined ? {} : { 'content-type': 'application/x-ndjson' }),
          },
          body,
        });
        return { status: response.status, text: await response.text() };
      };
      await importJson(await write('beside.ndjson', [{ id: 'a', title: 'Chair' }, '[']));
      await importJson(await write('dry.ndjson', [{ id: 'c', title: 'Never' }]), '--dry-run');
      await ask('/v1/items/batch', '{"id":"d","title":"Desk"}\n{"id":"e\\ud800\\u0000"}\n', testKeys.server);
      expect((await importJson(join(folder, 'beside.ndjson'))).unchanged).toBe(1);
      const { imports } = JSON.parse((await ask('/v1/admin/imports')).text) as {
        imports: {
          id: string;
          source: string;
          state: string;
          accepted: number;
          rejected: number;
          finishedAt: string;
        }[];
      };
      expect(
        imports.map(({ source, state, accepted, rejected }) => [source.split('/').at(-1), state, accepted, rejected]),
      ).toEqual([
        ['beside.ndjson', 'done', 0, 1],
        ['batch', 'done', 1, 1],
        ['beside.ndjson', 'done', 0, 1],
        ['before.ndjson', 'done', 1, 1],
      ]);
      expect(Date.parse(imports[0]!.finishedAt)).toBeGreaterThan(Date.now() - 60_000);
      const rejected = (await ask(`/v1/admin/imports/${imports[3]!.id}/rejected`)).text.trim().split('\n');
      expect(rejected.map((line) => JSON.parse(line))).toMatchObject([
        { line: 2, id: 'b', errors: [{ path: 'title' }] },
      ]);
      const database = running.app.get<Database>(DATABASE);
      await sql`update imports set state = 'running', updated_at = now() - interval '11 minutes'`.execute(
        database.query,
      );
      expect(JSON.parse((await ask(`/v1/admin/imports/${imports[0]!.id}`)).text)).toMatchObject({
        state: 'failed',
        message: expect.stringContaining('broken off'),
      });
      expect((await ask('/v1/admin/imports/nothing')).status).toBe(404);
      expect((await ask('/v1/admin/imports', undefined, testKeys.server)).status).toBe(403);
    } finally {
      await running.close();
    }
  });

  it('reads a folder, an address and a CSV by its own column names, and writes the refused rows to a file', async () => {
    const feeds = join(folder, 'feeds');
    await mkdir(feeds);
    await writeFile(join(feeds, 'a-reviews.ndjson'), '{"id":"r1","itemId":"c1","text":"Sits well."}\n');
    await writeFile(join(feeds, 'items.ndjson.gz'), gzipSync('{"id":"c1","title":"Chair"}\n{"id":"c2"}\n'));
    await writeFile(join(feeds, 'notes.md'), 'not a feed');
    const rejected = join(folder, 'rejected.ndjson');
    const whole = await importJson(feeds, '--rejected', rejected);
    expect(whole).toMatchObject({ read: 3, accepted: 2, items: 1, reviews: 1 });
    const rows = (await readFile(rejected, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([{ line: 2, id: 'c2', errors: [{ path: 'title' }] }]);

    const host = createServer((request, response) => {
      if (request.url === '/moved.csv') response.writeHead(302, { location: '/feed.csv' }).end();
      else if (request.url === '/feed.csv') response.end('Nummer,Name\nd1,Desk\nd2,Lamp\n');
      else response.writeHead(404).end();
    });
    await new Promise<void>((listening) => host.listen(0, '127.0.0.1', listening));
    const address = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const mapping = await write('mapping.json', ['{ "id": "Nummer", "title": "Name" }']);
    try {
      const closed = await vitrine('import', `${address}/moved.csv`, '--mapping', mapping);
      expect([closed.code, closed.stderr.includes('VITRINE_ALLOW_PRIVATE_URLS')]).toEqual([1, true]);
      vi.stubEnv('VITRINE_ALLOW_PRIVATE_URLS', 'true');
      expect(await importJson(`${address}/moved.csv`, '--mapping', mapping)).toMatchObject({
        code: 0,
        read: 2,
        items: 2,
      });
      const gone = await vitrine('import', `${address}/gone.csv`);
      expect([gone.code, gone.stderr.includes('404')]).toEqual([1, true]);
    } finally {
      host.close();
    }
    await mkdir(join(folder, 'bare'));
    const bare = await vitrine('import', join(folder, 'bare'));
    expect([bare.code, bare.stderr.includes('without feeds')]).toEqual([2, true]);
  });

  it('waits until everything is embedded', async () => {
    const file = await write('shop.ndjson', [
      { id: 'a', title: 'Chair', images: [{ data: (await picture('blue')).toString('base64') }] },
    ]);
    const started = await vitrine('import', file, '--wait');
    expect(started).toMatchObject({ code: 0 });
    expect(started.stdout).toContain('1 rows read (ndjson): 1 accepted');
    const again = await importJson(file);
    expect(again).toMatchObject({ unchanged: 1, images: { ok: 1 } });
  });

  it('ends with 1 when every row is rejected, with 2 for wrong usage', async () => {
    expect((await importJson(await write('bad.ndjson', [{ id: 'x' }, '[']))).code).toBe(1);
    expect((await vitrine('import', join(folder, 'none.ndjson'))).code).toBe(2);
    expect((await vitrine('import', await write('ok.ndjson', []), '--type', 'things')).code).toBe(2);
    expect((await vitrine('import')).code).toBe(2);
  });

  it('exports what an import reads back unchanged', async () => {
    await importJson(await write('shop.ndjson', await catalogue()), '--images', folder);
    const out = join(folder, 'out.ndjson');
    const pictures = join(folder, 'out-images');
    expect((await vitrine('export', '--out', out, '--images', pictures)).code).toBe(0);
    const rows = (await readFile(out, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(rows.map(({ id }) => id)).toEqual(['bag', 'm', 's', 'r1', 'e1']);
    const back = await importJson(out, '--images', pictures);
    // "m" had a picture that could not be read: there is nothing to read it back from.
    expect(back).toMatchObject({ read: 5, accepted: 1, unchanged: 4, rejected: [] });
  });
});
