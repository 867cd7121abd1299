import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageStoreConformance } from '../../src/catalog/image-store.conformance.js';
import { S3ImageStore } from '../../src/catalog/s3-image-store.js';

// The server is 350 MB of Python: `npm run test:connect` installs it, `npm test` leaves it out.
const wanted = process.env.VITRINE_TEST_SUITE === 'connect';

describe.skipIf(!wanted)('an S3-compatible store', () => {
  let server: { url: string; stop(): Promise<void> };
  let client: S3Client;
  const before = { ...process.env };

  beforeAll(async () => {
    const { startObjectStore } = (await import('../../scripts/lib/object-store.mjs' as string)) as {
      startObjectStore(): Promise<typeof server>;
    };
    server = await startObjectStore();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: server.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    client = new S3Client({ region: 'us-east-1', forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'shop' }));
  });

  afterAll(async () => {
    for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await server?.stop();
  });

  imageStoreConformance(async () => ({ store: S3ImageStore.at('s3://shop/pictures/of/mine'), close: async () => {} }));

  it('keeps to its prefix, and leaves nothing of a removed picture behind', async () => {
    const store = S3ImageStore.at('s3://shop/alone');
    const bytes = await sharp({ create: { width: 400, height: 400, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    const { hash } = await store.put(bytes);
    await store.derived(hash, 160);
    const keys = async () =>
      (await client.send(new ListObjectsV2Command({ Bucket: 'shop', Prefix: 'alone/' }))).Contents?.map(
        ({ Key }) => Key,
      ) ?? [];
    const place = `alone/${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
    expect(await keys()).toEqual([place, `${place}.160.webp`]);
    await store.remove(hash);
    expect(await keys()).toEqual([]);
  });

  it('says which bucket is missing and what to check', async () => {
    await expect(S3ImageStore.at('s3://nowhere').put(Buffer.from('picture'))).rejects.toMatchObject({
      code: 'VIT_IMAGE_STORE_UNAVAILABLE',
      status: 503,
      message: expect.stringMatching(/s3:\/\/nowhere.*bucket does not exist.*AWS_ENDPOINT_URL_S3/s),
    });
  });
});
