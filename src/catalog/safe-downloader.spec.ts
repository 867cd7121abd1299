import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isPublicAddress, type Network, SafeDownloader } from './safe-downloader.js';

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
      if (path === '/drip') {
        response.writeHead(200);
        const timer = setInterval(() => response.write('.'), 50);
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
      ['/drip', 'VIT_DOWNLOAD_TIMEOUT', true],
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

  describe('on a network whose names change their minds', () => {
    // 127.0.0.2 stands for the world outside, every other address for the shop's own network.
    const outside = '127.0.0.2';
    const inside = '127.0.0.1';
    const heard: string[] = [];
    let world: Server;
    let own: Server;
    let worldPort: number;
    const answers = new Map<string, string[]>();
    const asked: string[] = [];
    const network: Network = {
      isPublic: (address) => address === outside,
      resolve: (host, _options, done) => {
        asked.push(host);
        const left = answers.get(host)!;
        // The last answer stays.
        const addresses = (left.length > 1 ? left.shift()! : left[0]!).split(' ');
        done(
          null,
          addresses.map((address) => ({ address, family: 4 })),
        );
      },
    };
    const serve = async (where: string, port: number) => {
      const made = createServer((request, response) => {
        heard.push(`${where}${request.url}`);
        const to = new URL(request.url!, 'http://x').searchParams.get('to');
        if (to !== null) return response.writeHead(302, { location: to, connection: 'close' }).end();
        return response.writeHead(200, { connection: 'close' }).end(`from ${where}`);
      });
      await new Promise<void>((resolve) => made.listen(port, where, resolve));
      return made;
    };
    beforeAll(async () => {
      world = await serve(outside, 0);
      worldPort = (world.address() as AddressInfo).port;
      own = await serve(inside, worldPort);
    });
    afterAll(() => {
      world.close();
      own.close();
    });
    beforeEach(() => {
      heard.length = 0;
      asked.length = 0;
    });
    const fetchBy = async (path: string) => {
      const downloader = new SafeDownloader({ allowPrivateUrls: false }, network);
      try {
        return String(await downloader.fetch(`http://shop.test:${worldPort}${path}`, { maxBytes: 100 }));
      } finally {
        await downloader.onApplicationShutdown();
      }
    };

    it('connects to the address that was judged, and asks for it once', async () => {
      answers.set('shop.test', [outside, inside]);
      expect(await fetchBy('/a.jpg')).toBe(`from ${outside}`);
      expect(asked).toEqual(['shop.test']);
      expect(heard).toEqual([`${outside}/a.jpg`]);
    });

    it('judges a name anew at each connection, and all of its addresses', async () => {
      answers.set('shop.test', [outside, inside]);
      await fetchBy('/a.jpg');
      await expect(fetchBy('/a.jpg')).rejects.toMatchObject({ code: 'VIT_DOWNLOAD_PRIVATE', temporary: false });
      answers.set('shop.test', [`${outside} ${inside}`]);
      await expect(fetchBy('/a.jpg')).rejects.toMatchObject({ code: 'VIT_DOWNLOAD_PRIVATE' });
      expect(heard.filter((where) => where.startsWith(inside))).toEqual([]);
    });

    it('follows no redirect inwards, by address, by name, or by a name that changed meanwhile', async () => {
      answers.set('inner.test', [inside]);
      const inwards = [
        `http://${inside}:${worldPort}/secret`,
        `http://[::ffff:7f00:1]:${worldPort}/secret`,
        `http://inner.test:${worldPort}/secret`,
        `http://shop.test:${worldPort}/secret`,
        '//inner.test/secret',
        'file:///etc/passwd',
      ];
      for (const to of inwards) {
        answers.set('shop.test', [outside, inside]);
        await expect(fetchBy(`/hop?to=${encodeURIComponent(to)}`), to).rejects.toMatchObject({
          code: expect.stringMatching(/^VIT_DOWNLOAD_(PRIVATE|ADDRESS)$/),
          temporary: false,
        });
      }
      expect(heard.filter((where) => where.startsWith(inside))).toEqual([]);
      expect(heard).toHaveLength(inwards.length);
    });
  });
});
