import { Document } from '@langchain/core/documents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenShop, openShop, pictureOf } from '../../../test/recommendation/open-shop.js';
import { testDatabases } from '../../../test/support/databases.js';
import { testKeys } from '../../../test/support/running-vitrine.js';
import { VitrineEmbeddings, VitrineRefusal, VitrineRetriever, VitrineStore } from './index.js';

describe('Vitrine in LangChain', () => {
  let shop: OpenShop;
  let options: { url: string; key: string };
  let store: VitrineStore;
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 200 && !(await holds()); tries++) await new Promise((wake) => setTimeout(wake, 100));
    expect(await holds()).toBe(true);
  };
  beforeAll(async () => {
    shop = await openShop(testDatabases()[0]!);
    options = { url: `${shop.running.url}/`, key: testKeys.server };
    store = await VitrineStore.fromDocuments(
      [
        new Document({
          id: 'tent/1',
          pageContent: 'A tent for two that stays dry in heavy rain.',
          metadata: { title: 'Two-person tent', price: { amount: 120, currency: 'EUR' }, tags: ['outdoor'] },
        }),
        new Document({ id: 'mug', pageContent: 'A stoneware mug for coffee.', metadata: { title: 'Coffee mug' } }),
        new Document({
          id: 'red',
          pageContent: '',
          metadata: { title: 'Sign A', images: [{ data: await pictureOf('circle', '#d01020') }] },
        }),
        new Document({
          id: 'blue',
          pageContent: '',
          metadata: { title: 'Sign B', images: [{ data: await pictureOf('bars', '#1030d0') }] },
        }),
      ],
      options,
    );
    const byContent = async (id: string): Promise<boolean> => {
      const { body } = await shop.call('GET', `/v1/items/${encodeURIComponent(id)}/similar?limit=10`);
      return body.items.some(({ reasons }) => reasons.some(({ source }) => source === 'context.item'));
    };
    await until(async () => (await Promise.all(['tent/1', 'mug', 'red', 'blue'].map(byContent))).every(Boolean));
  });
  afterAll(() => shop?.close());

  it('finds documents by a sentence, best first, with the item as metadata', async () => {
    const found = await store.similaritySearchWithScore('camping in the rain', 4);
    const [[first]] = found as [[Document, number]];
    expect(first).toMatchObject({
      id: 'tent/1',
      pageContent: 'A tent for two that stays dry in heavy rain.',
      metadata: { title: 'Two-person tent', price: { amount: 120, currency: 'EUR' }, tags: ['outdoor'] },
    });
    const scores = found.map(([, score]) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('finds documents by a picture, without a word', async () => {
    const [found] = await store.similaritySearch('', 1, {
      images: [{ data: await pictureOf('circle', '#d01020', 2) }],
    });
    expect(found?.id).toBe('red');
  });

  it('is a retriever by LangChain’s own call, and recommends with reasons', async () => {
    expect((await store.asRetriever(1).invoke('a mug for coffee')).map(({ id }) => id)).toEqual(['mug']);
    const retriever = new VitrineRetriever({
      ...options,
      k: 2,
      images: [{ data: await pictureOf('bars', '#1030d0', 2) }],
    });
    const [next] = await retriever.invoke('');
    expect(next?.id).toBe('blue');
    const reasons = next?.metadata.reasons as { source: string; share: number }[];
    expect(reasons.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(reasons[0]?.source).toBe('context.image');
  });

  it('embeds sentences as unit vectors by the shop’s encoder', async () => {
    const [a, b] = await new VitrineEmbeddings(options).embedDocuments(['a red chair', 'a green plant']);
    expect(a).toHaveLength(b!.length);
    expect(a!.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 3);
  });

  it('writes again under the same id, deletes, and says what is refused', async () => {
    expect(
      await store.addDocuments([new Document({ pageContent: 'Filter papers for coffee.' })], { ids: ['papers'] }),
    ).toEqual(['papers']);
    expect((await shop.call<{ title: string }>('GET', '/v1/items/papers')).body.title).toBe(
      'Filter papers for coffee.',
    );
    await store.delete({ ids: ['papers', 'never there'] });
    expect((await shop.call('GET', '/v1/items/papers')).status).toBe(404);
    await expect(
      store.addDocuments([
        new Document({ id: 'x', pageContent: 'x', metadata: { price: { amount: -1, currency: 'EUR' } } }),
      ]),
    ).rejects.toThrow(/x: .*price/);
    await expect(store.similaritySearchVectorWithScore()).rejects.toThrow(/makes its vectors itself/);
    const stranger = new VitrineStore({ ...options, key: 'sk_wrong' });
    await expect(stranger.similaritySearch('mug')).rejects.toBeInstanceOf(VitrineRefusal);
  });
});
