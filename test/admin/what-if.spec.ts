import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type OpenShop, openShop, pictureOf } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

const admin = { authorization: `Bearer ${testKeys.admin}` };
const COLOURS = ['red', 'green', 'blue'] as const;
const SHAPES = ['circle', 'square', 'bars'] as const;
const ids = (answer: Answer) => answer.items.map(({ id }) => id);

describe.each(testDatabases().slice(0, 1))('what if: models, rules and the map, on $name', (database) => {
  let shop: OpenShop;
  beforeAll(async () => {
    shop = await openShop(database);
    const items = [];
    for (const shape of SHAPES)
      for (const colour of COLOURS)
        items.push({
          id: `${colour}-${shape}`,
          title: `A ${colour} ${shape}`,
          description: `Something ${colour} in the form of a ${shape}, for the wall.`,
          brand: colour,
          categories: [`Forms > ${shape}`],
          price: { amount: 10, currency: 'EUR' },
          images: [{ data: await pictureOf(shape, colour) }],
        });
    await shop.fill(items);
  });
  afterAll(() => shop?.close());

  const request = { placement: 'product', context: { itemIds: ['red-circle'] }, limit: 8, diversity: 0, debug: true };
  const ask = async (body: Record<string, unknown>) => {
    const { status, body: answer } = await shop.call<Answer>('POST', '/v1/admin/try-out', { request, ...body }, admin);
    return { status, answer };
  };
  const impressions = async () =>
    (
      await shop.call<{ days: { impressions: number }[] }>('GET', '/v1/admin/metrics', undefined, admin)
    ).body.days.reduce((sum, day) => sum + day.impressions, 0);

  it('with nothing changed it answers what shoppers get, and leaves no impression', async () => {
    const live = await shop.recommend(request);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const before = await impressions();
    const { answer } = await ask({});
    expect(ids(answer)).toEqual(ids(live));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await impressions()).toBe(before);
  });

  it('a draft rule holds in that answer alone', async () => {
    const plain = ids((await ask({})).answer);
    const last = plain.at(-1)!;
    const pinned = await ask({ rule: { kind: 'pin', itemIds: [last] } });
    expect(ids(pinned.answer)[0]).toBe(last);
    expect(pinned.answer.items[0]!.placedBy).toBe('rule');
    const excluded = await ask({ rule: { kind: 'exclude', filter: { brand: 'blue' } } });
    expect(ids(excluded.answer).some((id) => id.startsWith('blue'))).toBe(false);
    expect((await ask({ rule: { kind: 'pin', placement: 'home', itemIds: [last] } })).answer.items[0]!.id).not.toBe(
      last,
    );
    expect(ids((await ask({})).answer)).toEqual(plain);
    expect(ids(await shop.recommend(request))).toEqual(plain);
    const wrong = await ask({ rule: { kind: 'bury', filter: { colour: 'red' } } });
    expect(wrong.status).toBe(400);
    expect(wrong.answer.errors?.[0]?.path).toContain('rule.filter');
  });

  it('a stored rule can be left out', async () => {
    const { body: rule } = await shop.call<{ id: string }>(
      'POST',
      '/v1/admin/rules',
      { kind: 'exclude', filter: { brand: 'green' } },
      admin,
    );
    expect(ids((await ask({})).answer).some((id) => id.startsWith('green'))).toBe(false);
    expect(ids((await ask({ withoutRules: [rule.id] })).answer).some((id) => id.startsWith('green'))).toBe(true);
    await shop.call('DELETE', `/v1/admin/rules/${rule.id}`, undefined, admin);
  });

  it('other models answer under their own names, from their own vectors', async () => {
    const { body } = await shop.call<{ models: { kind: string; version: string; state: string }[] }>(
      'GET',
      '/v1/admin/models?kind=fusion',
      undefined,
      admin,
    );
    const retired = body.models.find(({ state }) => state === 'retired');
    const live = body.models.find(({ state }) => state === 'live')!;
    for (const version of [live.version, ...(retired ? [retired.version] : [])]) {
      const { status, answer } = await ask({ models: { fusion: version } });
      expect(status).toBe(200);
      expect(answer.model.fusion).toBe(version);
      expect(answer.items).toHaveLength(8);
      expect(answer.items.every(({ reasons }) => reasons.length > 0)).toBe(true);
    }
    expect((await ask({ models: { blend: 'default-blend-1' } })).answer.model.blend).toBe('default-blend-1');
    expect((await ask({ models: { fusion: 'fusion-of-nobody' } })).status).toBe(404);
    expect((await ask({ models: { blend: 'blend-of-nobody' } })).status).toBe(404);
  });

  it('draws a map on which every product has a place', async () => {
    type Map = { state: string; reason: string | null; points: { id: string; x: number; y: number }[] };
    let map: Map;
    do {
      map = (await shop.call<Map>('GET', '/v1/admin/map', undefined, admin)).body;
      if (map.state === 'drawing') await new Promise((resolve) => setTimeout(resolve, 100));
    } while (map.state === 'drawing');
    expect(map.reason).toBeNull();
    expect(new Set(map.points.map(({ id }) => id)).size).toBe(9);
    for (const { x, y } of map.points) expect(Math.min(x, y) >= 0 && Math.max(x, y) <= 1).toBe(true);
  });

  it('counts calls and their times', async () => {
    const { body } = await shop.call<{ minutes: { requests: number; lists: number; p50: number; p95: number }[] }>(
      'GET',
      '/v1/admin/traffic',
      undefined,
      admin,
    );
    const busy = body.minutes.find(({ lists }) => lists > 0)!;
    expect(busy.requests).toBeGreaterThanOrEqual(busy.lists);
    expect(busy.p95).toBeGreaterThanOrEqual(busy.p50);
    expect(busy.p50).toBeGreaterThan(0);
  });
});
