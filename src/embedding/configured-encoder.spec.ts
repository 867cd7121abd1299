import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TINY_DIMENSION, writeTinyClip } from '../../test/support/tiny-clip.js';
import { loadSettings } from '../platform/config/load-settings.js';
import { configuredEncoder } from './configured-encoder.js';

let root: string;
let mirror: Server;
const asked: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-mirror-'));
  const folder = await writeTinyClip(join(root, 'tiny-clip'));
  // A mirror below a path of its own, as package proxies have it; it redirects, as the hub does.
  mirror = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    const file = url.split('/resolve/main/')[1] ?? 'none';
    if (url.startsWith('/hub/')) {
      response.writeHead(302, { location: `/files/resolve/main/${file}` }).end();
      return;
    }
    readFile(join(folder, normalize(file))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((listening) => mirror.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  await new Promise((closed) => mirror.close(closed));
  await rm(root, { recursive: true, force: true });
});

describe('the configured encoder', () => {
  it('comes from the mirror of the hub that HF_ENDPOINT names', async () => {
    const endpoint = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}/hub/`;
    const { settings } = loadSettings({
      env: { CLIP_MODEL: 'shop/tiny-clip', HF_ENDPOINT: endpoint, VITRINE_DEVICE: 'cpu' },
      envFolder: null,
    });
    const fetched: string[] = [];
    const encoder = await configuredEncoder(settings, {
      cacheDir: join(root, 'cache'),
      first: 'urgent',
      onFetch: (file) => fetched.push(file),
    });
    expect(encoder.dimension).toBe(TINY_DIMENSION);
    await encoder.close();
    expect(asked).toContain('/hub/shop/tiny-clip/resolve/main/onnx/text_model.onnx');
    expect(fetched).toContain('config.json');
  });

  it('is looked for on the hub itself where no mirror is named', () => {
    expect(loadSettings({ env: {}, envFolder: null }).settings.hubEndpoint).toBe('https://huggingface.co');
    expect(() => loadSettings({ env: { HF_ENDPOINT: 'hf-mirror' }, envFolder: null })).toThrow(
      /HF_ENDPOINT: found "hf-mirror".+http or https address/,
    );
  });
});
