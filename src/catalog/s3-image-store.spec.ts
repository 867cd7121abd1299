import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { S3ImageStore } from './s3-image-store.js';

describe('pictures in S3-compatible storage', () => {
  let server: Server;
  /** What the storage says to whoever wants to write. */
  let refusal = { status: 507, code: 'XMinioStorageFull' };
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.method === 'HEAD') return void response.writeHead(404).end();
        response
          .writeHead(refusal.status, { 'content-type': 'application/xml' })
          .end(`<?xml version="1.0"?><Error><Code>${refusal.code}</Code><Message>no more</Message></Error>`);
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await new Promise((closed) => server.close(closed));
  });

  it.each([
    [507, 'XMinioStorageFull', 'VIT_DISK_FULL'],
    [403, 'QuotaExceeded', 'VIT_DISK_FULL'],
    [403, 'AccessDenied', 'VIT_IMAGE_STORE_UNAVAILABLE'],
  ])('that answers %i %s is told as %s, to be tried again', async (status, code, told) => {
    refusal = { status, code };
    const store = S3ImageStore.at('s3://pictures/shop');
    await expect(store.put(Buffer.from('a picture'))).rejects.toMatchObject({ code: told, status: 503 });
  });
});
