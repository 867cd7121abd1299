import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPublicAddress, SafeDownloader } from './safe-downloader.js';

describe('a download that strangers asked for', () => {
  let server: Server;
  let port: number;
  const open = new SafeDownloader({ allowPrivateUrls: true });
  const closed = new SafeDownloader({ allowPrivateUrls: false });
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '/';
      if (path === '/ok') return response.end('bytes');
      if (path === '/hop') return response.writeHead(302, { location: '/ok' }).end();
      if (path === '/loop') return response.writeHead(302, { location: '/loop' }).end();
      if (path === '/away') return response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      if (path === '/big') return response.end(Buffer.alloc(5_000));
      if (path === '/endless') {
        response.writeHead(200);
        const timer = setInterval(() => response.write(Buffer.alloc(500)), 5);
        return response.on('close', () => clearInterval(timer));
      }
      if (path === '/silent') return undefined;
      return response.writeHead(path === '/busy' ? 503 : 404).end('no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    await open.onApplicationShutdown();
    await closed.onApplicationShutdown();
    server.closeAllConnections();
    server.close();
  });

  it('follows redirects and gives the bytes', async () => {
    for (const path of ['/ok', '/hop'])
      expect(String(await open.fetch(`http://127.0.0.1:${port}${path}`, { maxBytes: 100 }))).toBe('bytes');
  });

  it('never connects to an address that is not public, however it is written', async () => {
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
      '2130706433',
      '0x7f.1',
      '10.0.0.1',
      '169.254.169.254',
      '[fd00::1]',
      '[64:ff9b::7f00:1]',
      '192.168.1.1',
      '100.64.0.1',
    ];
    for (const host of hosts) {
      await expect(
        closed.fetch(`http://${host}:${port}/ok`, { maxBytes: 100, timeoutMs: 3_000 }),
        host,
      ).rejects.toMatchObject({ code: 'VIT_DOWNLOAD_PRIVATE', temporary: false });
    }
    expect(['8.8.8.8', '2606:4700:4700::1111'].map(isPublicAddress)).toEqual([true, true]);
  });

  it('says what was wrong, and whether trying again may help', async () => {
    const cases: [string, string, boolean][] = [
      ['/none', 'VIT_DOWNLOAD_STATUS', false],
      ['/busy', 'VIT_DOWNLOAD_STATUS', true],
      ['/loop', 'VIT_DOWNLOAD_REDIRECTS', false],
      ['/away', 'VIT_DOWNLOAD_ADDRESS', false],
      ['/big', 'VIT_DOWNLOAD_BYTES', false],
      ['/endless', 'VIT_DOWNLOAD_BYTES', false],
      ['/silent', 'VIT_DOWNLOAD_TIMEOUT', true],
    ];
    for (const [path, code, temporary] of cases) {
      await expect(
        open.fetch(`http://127.0.0.1:${port}${path}`, { maxBytes: 2_000, timeoutMs: 700 }),
        path,
      ).rejects.toMatchObject({ code, temporary });
    }
    for (const address of [
      'not an address',
      'ftp://a.example/x',
      `http://user:secret@127.0.0.1:${port}/ok`,
      '/relative',
    ]) {
      await expect(open.fetch(address, { maxBytes: 100 }), address).rejects.toMatchObject({
        code: 'VIT_DOWNLOAD_ADDRESS',
      });
    }
    await expect(open.fetch('http://127.0.0.1:1/', { maxBytes: 100 })).rejects.toMatchObject({
      code: 'VIT_DOWNLOAD_UNREACHABLE',
      temporary: true,
    });
  });
});
