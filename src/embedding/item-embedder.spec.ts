import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../../test/support/databases.js';
import { type EmbeddingContext, openEmbedding } from '../../test/support/embedding-context.js';
import { TINY_DIMENSION, writeTinyClip } from '../../test/support/tiny-clip.js';
import { CatalogReader, CatalogService, ReviewsService } from '../catalog/catalog.api.js';
import type { Caller } from '../platform/platform.api.js';
import { EmbeddingController } from './embedding.controller.js';
import { EmbeddingService } from './embedding.service.js';
import { EmbeddingJobs } from './embedding-jobs.js';
import { testPicture } from './encoder.conformance.js';
import { ModalityVectors } from './modality-vectors.js';

const caller: Caller = { role: 'server', keyId: 'test', address: '127.0.0.1' };
const text = (n: number) =>
  `The heel of pair ${n} came off in the second week, though the leather itself stayed soft and dry all winter long.`;

describe.each(testDatabases())('the vectors of items on the $name', (database) => {
  let folder: string;
  let installation: TestInstallation;
  let context: EmbeddingContext;
  let shop: Server;
  let address: string;
  const answers = new Map<string, { status: number; body: Buffer }>();
  const get = <T>(type: abstract new (...args: never[]) => T): T => context.app.get(type as never) as T;
  const data = async (n: number) => (await testPicture(n)).toString('base64');
  const vectorsOf = async (id: string) => {
    const key = (await get(CatalogReader).keysOf([id])).get(id)!;
    const list = (await get(ModalityVectors).read([key])).get(key) ?? [];
    return { key, list, of: (modality: string) => list.filter((part) => part.modality === modality) };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-embed-'));
    shop = createServer((request, response) => {
      const answer = answers.get(request.url ?? '') ?? { status: 404, body: Buffer.alloc(0) };
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((listening) => shop.listen(0, '127.0.0.1', listening));
    address = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
    installation = await database.install();
    context = await openEmbedding({ ...installation.env, CLIP_MODEL: await writeTinyClip(join(folder, 'clip')) });
  });
  afterAll(async () => {
    await context?.close();
    await installation?.remove();
    shop.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('appear for pictures, words and reviews, pooled and singly, and listeners hear of it first', async () => {
    const heard: number[] = [];
    get(EmbeddingService).onStored(async (keys) => {
      heard.push(...keys);
    });
    await get(CatalogService).putItem({
      id: 'boots',
      title: 'Boots',
      description: 'Brown leather boots.',
      images: [{ data: await data(1) }, { data: await data(2) }],
    });
    await get(ReviewsService).put({ id: 'r1', itemId: 'boots', text: text(1), createdAt: '2026-01-01T00:00:00Z' });
    await get(ReviewsService).put({
      id: 'r2',
      itemId: 'boots',
      text: 'Bought at www.cheap.example, go there',
      createdAt: '2026-02-01T00:00:00Z',
    });
    await context.settled();
    const { key, list, of } = await vectorsOf('boots');
    expect(of('image').map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
    expect(of('text').map(({ ordinal }) => ordinal)).toEqual([0]);
    expect(of('review').map(({ ordinal }) => ordinal)).toEqual([0, 1]);
    for (const { vector } of list) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(heard).toContain(key);
    await expect(get(CatalogService).getItem('boots')).resolves.toMatchObject({
      status: { modalities: { image: 'ready', text: 'ready', review: 'ready' }, problems: [] },
    });
    await get(ReviewsService).delete('boots', 'r1');
    await get(ReviewsService).delete('boots', 'r2');
    await context.settled();
    expect((await vectorsOf('boots')).of('review')).toEqual([]);
  });

  it('of an item with a bad picture come from its good ones, and the problem says why', async () => {
    answers.set('/good.jpg', { status: 200, body: await testPicture(4) });
    answers.set('/text.jpg', { status: 200, body: Buffer.from('no picture at all') });
    const images = [{ url: `${address}/text.jpg` }, { url: `${address}/good.jpg` }, { url: `${address}/gone.jpg` }];
    await get(CatalogService).putItem({ id: 'lamp', title: 'Lamp', images });
    await context.settled();
    expect((await vectorsOf('lamp')).of('image').map(({ ordinal }) => ordinal)).toEqual([0, 2]);
    const { status } = await get(CatalogService).getItem('lamp');
    expect(status.modalities.image).toBe('ready');
    expect(status.problems.map(({ code }) => code)).toEqual(['VIT_IMAGE_UNREADABLE', 'VIT_DOWNLOAD_STATUS']);
  });

  it('stay on the rest while an address fails for a time, and a job comes back for it', async () => {
    answers.set('/later.jpg', { status: 503, body: Buffer.alloc(0) });
    await get(CatalogService).putItem({ id: 'vase', title: 'Vase', images: [{ url: `${address}/later.jpg` }] });
    await context.settled();
    expect((await vectorsOf('vase')).of('text')).toHaveLength(1);
    expect((await get(CatalogService).getItem('vase')).status.modalities.image).toBe('pending');
    const { key } = await vectorsOf('vase');
    const { rows } = await context.database.run(
      "select singleton_key from pgboss.job where name = 'embedding.item' and state = 'created'",
    );
    expect(rows.map((row) => row.singleton_key)).toContain(`${key} pictures`);
  });

  it('are embedded once for the same content, and again only when the content changes', async () => {
    const stored = async () => (await context.database.run('select count(*)::int as n from vector_cache')).rows[0]!.n;
    await get(CatalogService).putItem({ id: 'twin-1', title: 'Twin', images: [{ data: await data(7) }] });
    await context.settled();
    const before = await stored();
    await get(CatalogService).putItem({ id: 'twin-2', title: 'Twin', images: [{ data: await data(7) }] });
    await context.settled();
    expect(await stored()).toBe(before);
    const [one, two] = [await vectorsOf('twin-1'), await vectorsOf('twin-2')];
    expect(two.of('image')[0]!.vector).toEqual(one.of('image')[0]!.vector);
    await get(CatalogService).putItem({ id: 'twin-2', title: 'No twin any more', images: [{ data: await data(7) }] });
    await context.settled();
    expect((await vectorsOf('twin-2')).of('text')[0]!.vector).not.toEqual(one.of('text')[0]!.vector);
    expect(await stored()).toBe((before as number) + 1);
  });

  it('that are lost come back when everything is embedded anew', async () => {
    const before = await vectorsOf('boots');
    const controller = get(EmbeddingController);
    await controller.backfill({ all: true });
    const jobs = get(EmbeddingJobs);
    for (let coverage = await jobs.coverage(); coverage.embedded < coverage.items; coverage = await jobs.coverage()) {
      await new Promise((wake) => setTimeout(wake, 50));
    }
    expect((await vectorsOf('boots')).of('image')).toEqual(before.of('image'));
  });

  it("may be the shop's own, of one dimension, with a direction", async () => {
    const controller = get(EmbeddingController);
    await expect(controller.putVector('boots', 'audio', { vector: [3, 4] })).resolves.toEqual({
      itemId: 'boots',
      modality: 'audio',
      dimension: 2,
    });
    expect((await vectorsOf('boots')).of('audio')[0]!.vector[0]).toBeCloseTo(0.6);
    await expect(controller.putVector('lamp', 'audio', { vector: [1, 2, 3] })).rejects.toMatchObject({
      status: 400,
      code: 'VIT_VECTOR_DIMENSION',
    });
    await expect(controller.putVector('lamp', 'audio', { vector: [0, 0] })).rejects.toMatchObject({
      status: 400,
      code: 'VIT_VECTOR_ZERO',
    });
    await expect(controller.putVector('nothing', 'audio', { vector: [1, 2] })).rejects.toMatchObject({ status: 404 });
    await expect(controller.putVector('lamp', 'image', { vector: [1, 2] })).rejects.toMatchObject({
      code: 'VIT_VECTOR_DIMENSION',
    });
    expect(await get(ModalityVectors).modalities()).toContainEqual({ modality: 'audio', dimension: 2, items: 1 });
    await controller.deleteVector('boots', 'audio');
    expect((await vectorsOf('boots')).of('audio')).toEqual([]);
  });

  it("can be asked for, and captions be judged with the model's own temperature", async () => {
    const controller = get(EmbeddingController);
    const answer = await controller.classify(
      { image: { data: await data(1) }, texts: ['a boot', 'a lamp', 'a vase'] },
      caller,
    );
    expect(answer.temperature).toBeCloseTo(0.01);
    expect(answer.results.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
    const [first, second] = answer.results;
    expect(Math.log(first!.probability / second!.probability)).toBeCloseTo(
      (first!.score - second!.score) / answer.temperature,
      3,
    );
    const given = await controller.embeddings(
      { images: [{ itemId: 'boots', index: 1 }, { data: await data(2) }], texts: ['boots'] },
      caller,
    );
    expect(given.dimension).toBe(TINY_DIMENSION);
    expect(given.images[0]).toHaveLength(TINY_DIMENSION);
    given.images[0]!.forEach((part, d) => {
      expect(part).toBeCloseTo(given.images[1]![d]!, 4);
    });
    expect(given.texts).toHaveLength(1);
  });

  it("of a picture that can't be read are refused with the name of its field", async () => {
    const controller = get(EmbeddingController);
    const wrong = (images: Parameters<EmbeddingController['embeddings']>[0]['images']) =>
      controller.embeddings({ images }, caller).then(
        () => null,
        (error: { status: number; code: string; errors: { path: string }[] }) => [
          error.status,
          error.code,
          error.errors[0]!.path,
        ],
      );
    expect(await wrong([{ data: await data(1) }, { data: Buffer.from('a text file').toString('base64') }])).toEqual([
      400,
      'VIT_IMAGE_UNREADABLE',
      'images.1.data',
    ]);
    expect(await wrong([{ data: '§§' }])).toEqual([400, 'VIT_IMAGE_BASE64', 'images.0.data']);
    expect(await wrong([{ url: `${address}/gone.jpg` }])).toEqual([400, 'VIT_DOWNLOAD_STATUS', 'images.0.url']);
    expect(await wrong([{ imageId: 'unknown' }])).toEqual([400, 'VIT_IMAGE_UNKNOWN', 'images.0.imageId']);
    expect(await wrong([{ itemId: 'unknown' }])).toEqual([400, 'VIT_ITEM_UNKNOWN', 'images.0.itemId']);
    expect(await wrong([{ itemId: 'boots', index: 9 }])).toEqual([400, 'VIT_IMAGE_UNKNOWN', 'images.0.index']);
  });
});
