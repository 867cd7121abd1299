import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CatalogReader,
  CatalogService,
  EmbeddingLedger,
  LettersSearch,
  ReviewsService,
} from '../../src/catalog/catalog.api.js';
import { testDatabases } from '../support/databases.js';
import { lines, openShop, picture, type Shop } from './shop.js';

describe.each(testDatabases())('the catalogue on the $name', (given) => {
  let shop: Shop;
  let catalog: CatalogService;
  let reviews: ReviewsService;
  beforeAll(async () => {
    shop = await openShop(given);
    catalog = shop.module.get(CatalogService);
    reviews = shop.module.get(ReviewsService);
  });
  afterAll(() => shop?.close());

  it('keeps an item as it was given, whatever its id looks like', async () => {
    for (const id of ['a/b?c=d&e', 'ключ 鍵 🗝️', 'x'.repeat(128), '🗝'.repeat(128), "'; drop table items; --"]) {
      const { outcome, item } = await catalog.putItem({
        id,
        title: ' A chair ',
        categories: ['Home>Chairs', 'Home > Chairs'],
        price: { amount: 49.9, currency: 'EUR' },
        attributes: { colour: 'red', seats: 1, folds: false, woods: ['oak', 'ash'] },
        tags: ['a', 'a'],
        publishedAt: '9999-12-31T23:59:59Z',
        language: 'de-AT',
      });
      expect(outcome).toBe('created');
      expect(item).toMatchObject({
        id,
        title: 'A chair',
        categories: ['Home > Chairs'],
        price: { amount: 49.9, currency: 'EUR' },
        availability: 'in_stock',
        attributes: { colour: 'red', seats: 1, folds: false, woods: ['oak', 'ash'] },
        tags: ['a'],
        publishedAt: '9999-12-31T23:59:59.000Z',
        language: 'de-AT',
      });
      expect(item.status.modalities).toMatchObject({
        text: 'pending',
        image: 'absent',
        review: 'absent',
        video: 'absent',
      });
    }
  });

  it('changes nothing when the same item comes again, and says so', async () => {
    const item = {
      id: 'same',
      title: 'Same',
      images: [{ data: (await picture('red')).toString('base64') }, { url: 'https://shop.example/a.jpg' }],
    };
    expect((await catalog.putItem(item)).outcome).toBe('created');
    expect((await catalog.putItem(item)).outcome).toBe('unchanged');
    expect((await catalog.putItem({ ...item, availability: 'out_of_stock' })).outcome).toBe('changed');
  });

  it('asks for embedding again when words or pictures change, not when the price does', async () => {
    const ledger = shop.module.get(EmbeddingLedger);
    const { key } = await stored('same');
    await ledger.settle(key, (await ledger.revision(key))!);
    const image = { data: (await picture('red')).toString('base64') };
    const base = { id: 'same', title: 'Same', images: [image, { url: 'https://shop.example/a.jpg' }] };
    await catalog.putItem({ ...base, price: { amount: 3, currency: 'EUR' } });
    expect(await isDue('same')).toBe(false);
    await catalog.putItem({ ...base, title: 'Other' });
    expect(await isDue('same')).toBe(true);
    await ledger.settle(key, (await ledger.revision(key))!);
    await catalog.putItem({ ...base, title: 'Other', images: [image] });
    expect(await isDue('same')).toBe(true);
  });

  it('accepts an item whose pictures cannot be read and says what is wrong with each', async () => {
    const good = await picture('blue');
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    );
    const { item } = await catalog.putItem({
      id: 'bad-pictures',
      title: 'Bad pictures',
      images: [
        { data: good.toString('base64'), alt: 'fine' },
        { data: 'this is not base64!' },
        { data: Buffer.from('plain text').toString('base64') },
        { data: (await picture('green', 800, 600)).subarray(0, 1500).toString('base64') },
        { data: svg.toString('base64') },
        { imageId: 'nobody-uploaded-this' },
      ],
    });
    expect(item.images.map(({ state }) => state)).toEqual(['ready', 'failed', 'failed', 'failed', 'failed', 'failed']);
    expect(item.images[0]).toMatchObject({ alt: 'fine', src: expect.stringMatching(/^\/v1\/pictures\/[0-9a-f]{64}$/) });
    expect(item.status.problems.map(({ code }) => code)).toEqual([
      'VIT_IMAGE_BASE64',
      'VIT_IMAGE_UNREADABLE',
      'VIT_IMAGE_TRUNCATED',
      'VIT_IMAGE_FORMAT',
      'VIT_IMAGE_UNKNOWN',
    ]);
    expect(item.status.problems[1]!.detail).toMatch(/^Picture 3: /);
    const replaced = await catalog.patchItem('bad-pictures', { images: [{ data: good.toString('base64') }] });
    expect(replaced.item.status.problems).toEqual([]);
    expect(replaced.item.images).toHaveLength(1);
  });

  it('merges a patch, removes with null, and keeps the pictures when they are not named', async () => {
    await catalog.putItem({
      id: 'patched',
      title: 'Patched',
      brand: 'B',
      attributes: { a: 1, b: 2 },
      price: { amount: 5, currency: 'EUR' },
      images: [{ data: (await picture('pink')).toString('base64') }],
    });
    const { item, outcome } = await catalog.patchItem('patched', {
      brand: null,
      attributes: { a: null, c: 'x' },
      price: { amount: 6 },
    });
    expect(outcome).toBe('changed');
    expect(item).toMatchObject({ attributes: { b: 2, c: 'x' }, price: { amount: 6, currency: 'EUR' } });
    expect(item.attributes).not.toHaveProperty('a');
    expect(item.brand).toBeUndefined();
    expect(item.images).toHaveLength(1);
    await expect(catalog.patchItem('patched', { colour: 'red' })).rejects.toMatchObject({
      status: 400,
      errors: [expect.objectContaining({ path: 'colour' })],
    });
    await expect(catalog.patchItem('patched', { title: null })).rejects.toMatchObject({
      status: 400,
      errors: [expect.objectContaining({ path: 'title' })],
    });
    await expect(catalog.patchItem('nobody', { title: 'x' })).rejects.toMatchObject({ status: 404 });
    expect((await catalog.patchItem('patched', { brand: null })).outcome).toBe('unchanged');
  });

  it('keeps the good rows of a batch and names the bad ones by line', async () => {
    const answer = await catalog.importRows(
      lines([
        { id: 'row-1', title: 'One' },
        { id: 'row-2' },
        { id: 'row-3', title: 'Three', colour: 'red' },
        { id: 'row-1', title: 'One again' },
        { id: 'row-1', title: 'One again' },
        { id: 'row-6', title: 'Six', images: [{ file: 'a.jpg' }] },
        { id: 'row\u0000', title: 'x' },
        { id: 'row-8', title: 'nul \u0000' },
        'text',
        { id: 'row-10', title: 'Ten', price: { amount: -1, currency: 'EURO' } },
      ]),
    );
    expect(answer).toMatchObject({ accepted: 2, unchanged: 1, ignored: 0 });
    expect(answer.rejected.map(({ line, id, errors }) => [line, id, errors.map(({ path }) => path)])).toEqual([
      [2, 'row-2', ['title']],
      [3, 'row-3', ['colour']],
      [6, 'row-6', ['images.0.file', 'images.0']],
      [7, 'row\u0000', ['id']],
      [8, 'row-8', ['title']],
      [9, undefined, ['']],
      [10, 'row-10', ['price.amount', 'price.currency']],
    ]);
    expect((await catalog.getItem('row-1')).title).toBe('One again');
  });

  it('reads files of an import below its folder only', async () => {
    await writeFile(join(shop.folder, 'secret.jpg'), await picture('black'));
    const images = join(shop.folder, 'images');
    await mkdir(images, { recursive: true });
    await writeFile(join(images, 'ok.jpg'), await picture('white'));
    await symlink(join(shop.folder, 'secret.jpg'), join(images, 'link.jpg'));
    const row = {
      id: 'files',
      title: 'Files',
      images: ['ok.jpg', '../secret.jpg', join(shop.folder, 'secret.jpg'), 'link.jpg', 'missing.jpg'].map((file) => ({
        file,
      })),
    };
    expect(await catalog.importRows(lines([row]), { imagesDir: images })).toMatchObject({ accepted: 1, rejected: [] });
    const { status, images: shown } = await catalog.getItem('files');
    expect(shown.map(({ state }) => state)).toEqual(['ready', 'failed', 'failed', 'failed', 'failed']);
    expect(status.problems.map(({ code }) => code)).toEqual([
      'VIT_IMAGE_FILE_OUTSIDE',
      'VIT_IMAGE_FILE_OUTSIDE',
      'VIT_IMAGE_FILE_OUTSIDE',
      'VIT_IMAGE_FILE_MISSING',
    ]);
    expect(await catalog.importRows(lines([row]), { imagesDir: images })).toMatchObject({ accepted: 0, unchanged: 1 });
  });

  it('forgets a deleted item at once, with its reviews and pictures', async () => {
    await catalog.putItem({
      id: 'gone',
      title: 'Gone',
      images: [{ data: (await picture('gray')).toString('base64') }],
    });
    await reviews.put({ id: 'r1', itemId: 'gone', text: 'Fine' });
    expect(await catalog.deleteItem('gone')).toBe(true);
    expect(await catalog.deleteItem('gone')).toBe(false);
    await expect(catalog.getItem('gone')).rejects.toMatchObject({ status: 404 });
    await expect(reviews.put({ id: 'r1', itemId: 'gone', text: 'Fine' })).rejects.toMatchObject({ status: 404 });
  });

  it('lists items page by page, each once, in one order', async () => {
    const seen: string[] = [];
    for (let after = 0; ; ) {
      const { items, lastKey } = await catalog.listItems(after, 3);
      seen.push(...items.map(({ id }) => id));
      if (lastKey === null) break;
      after = lastKey;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain('patched');
  });

  it('keeps two writers of one item apart: the last word is whole', async () => {
    await catalog.putItem({ id: 'fought', title: 'start' });
    const pictures = await Promise.all(
      ['red', 'green', 'blue', 'black', 'white', 'pink'].map((colour) => picture(colour)),
    );
    await Promise.all(
      pictures.map((bytes, index) =>
        catalog.putItem({
          id: 'fought',
          title: `writer ${index}`,
          images: Array.from({ length: index }, () => ({ data: bytes.toString('base64') })),
        }),
      ),
    );
    const item = await catalog.getItem('fought');
    expect(item.images).toHaveLength(Number(item.title.split(' ')[1]));
  });

  it('stores reviews, newest first, and rejects those of unknown items in a batch', async () => {
    const answer = await reviews.importRows(
      lines([
        {
          id: 'a',
          itemId: 'patched',
          text: 'Sturdy and warm',
          rating: 4.5,
          createdAt: '2024-01-01T00:00:00Z',
          helpful: 3,
        },
        { id: 'b', itemId: 'patched', text: 'Too small', rating: 2, createdAt: '2025-01-01T00:00:00Z' },
        { id: 'a', itemId: 'nobody', text: 'Lost' },
        { id: 'c', itemId: 'patched', text: 'x', rating: 6 },
        { id: 'd', itemId: 'patched', text: 'x', createdAt: '9999-01-01T00:00:00Z' },
        {
          id: 'a',
          itemId: 'patched',
          text: 'Sturdy and warm',
          rating: 4.5,
          createdAt: '2024-01-01T00:00:00Z',
          helpful: 3,
        },
      ]),
    );
    expect(answer).toMatchObject({ accepted: 2, unchanged: 1 });
    expect(answer.rejected.map(({ line, errors }) => [line, errors[0]!.path])).toEqual([
      [3, 'itemId'],
      [4, 'rating'],
      [5, 'createdAt'],
    ]);
    const { reviews: page } = await reviews.list('patched', 0, 10);
    expect(page.map(({ id }) => id)).toEqual(['b', 'a']);
    expect((await catalog.getItem('patched')).status.modalities.review).toBe('pending');
  });

  it("finds items by letters: id, SKU and title exactly, words stemmed, names misspelt, reviewers' words last", async () => {
    const letters = shop.module.get(LettersSearch);
    await catalog.importRows(
      lines([
        {
          id: 'cam-1',
          title: 'Instant Camera',
          brand: 'Polaroid',
          sku: 'PX-600',
          description: 'Takes square pictures.',
        },
        { id: 'cam-2', title: 'Camera strap', description: 'Leather.' },
        { id: 'sofa-1', title: 'Chesterfield Sofa', categories: ['Furniture > Sofas'], language: 'en' },
        { id: 'top-1', title: 'Plain purple top', description: 'Strips easily of lint.' },
        { id: 'top-2', title: 'Shirt with purple stripes', description: 'Cotton.' },
        { id: 'schal-1', title: 'Warme Schals', language: 'de', description: 'Aus Österreich, ÜBERGROSS.' },
      ]),
    );
    await reviews.put({ id: 'x', itemId: 'cam-2', text: 'Squeaks when it rains' });
    const keys = await shop.module.get(CatalogReader).keysOf(['cam-1', 'cam-2', 'sofa-1', 'schal-1', 'top-1', 'top-2']);
    const found = async (text: string, ...languages: string[]) =>
      (await letters.find(text, 5, languages)).map(({ key, exact }) => [
        [...keys].find(([, own]) => own === key)?.[0],
        exact,
      ]);
    expect((await found('px-600'))[0]).toEqual(['cam-1', true]);
    expect((await found('CAMERA  Strap'))[0]).toEqual(['cam-2', true]);
    expect((await found('cam-1'))[0]).toEqual(['cam-1', true]);
    expect((await found('sofas'))[0]).toEqual(['sofa-1', false]);
    expect((await found('chestefield'))[0]).toEqual(['sofa-1', false]);
    expect((await found('polaroit'))[0]).toEqual(['cam-1', false]);
    expect((await found('purpel stipes'))[0]).toEqual(['top-2', false]);
    expect((await letters.find('stipes', 5))[0]!.score).toBeGreaterThan(0.5);
    expect((await found('schal', 'de'))[0]).toEqual(['schal-1', false]);
    expect((await found('übergross', 'de'))[0]).toEqual(['schal-1', false]);
    expect((await found('squeaking'))[0]).toEqual(['cam-2', false]);
    expect(await found('zzzzqqqq')).toEqual([]);
    expect(await found("' & | ! <-> :* (")).toEqual([]);
  });

  const stored = async (id: string) =>
    shop.database.query.selectFrom('items').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const isDue = async (id: string) => {
    const row = await stored(id);
    return row.embedded_revision < row.revision;
  };
});
