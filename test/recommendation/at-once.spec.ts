import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../support/databases.js';
import { type OpenShop, openShop, pictureOf } from './open-shop.js';

interface Sections {
  sections: { impressions: unknown[] };
}

describe.each(testDatabases())('what was only just done, on the $name', (database) => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(database, { VITRINE_ALLOW_PRIVATE_URLS: 'true' });
    expect((await shop.call('PUT', '/v1/items/lamp', { title: 'Lamp' })).status).toBe(201);
  });
  afterAll(() => shop?.close());

  it('a list served a moment ago is in the export, and gone for good after the erasure', async () => {
    const request = { placement: 'home', visitorId: 'brief', consent: { personalization: true } };
    const exported = async () =>
      (await shop.call<Sections>('GET', '/v1/visitors/brief/export')).body.sections.impressions.length;
    await shop.recommend(request);
    expect(await exported()).toBe(1);
    await shop.recommend(request);
    const receipt = await shop.call<{ counts: { impressions: number } }>('DELETE', '/v1/visitors/brief');
    expect(receipt.body.counts.impressions).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await exported()).toBe(0);
  });

  it('a picture that does not answer does not hold back the others', async () => {
    const images = [{ data: await pictureOf('circle', 'teal') }, { url: 'http://127.0.0.1:1/gone.png' }];
    await shop.call('PUT', '/v1/items/half', { title: 'Half', images });
    const status = async () =>
      (
        await shop.call<{ status: { modalities: { image: string }; problems: { code: string }[] } }>(
          'GET',
          '/v1/items/half',
        )
      ).body.status;
    await expect.poll(async () => (await status()).modalities.image, { timeout: 20_000, interval: 200 }).toBe('ready');
    expect((await status()).problems).toMatchObject([{ code: expect.stringMatching(/^VIT_/) }]);
  });
});
