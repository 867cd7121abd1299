import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DATABASE, type Database } from '../../src/platform/platform.api.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';
import { type Answer, type OpenShop, openShop, pictureOf } from './open-shop.js';

const shapes = ['circle', 'square', 'bars'] as const;
const colours = ['red', 'blue', 'green', 'orange'] as const;
const consent = { personalization: true };
const ids = (answer: Answer) => answer.items.map(({ id }) => id);

describe.each(testDatabases())('recommendations on the $name', (database) => {
  let shop: OpenShop;

  const visitor = () => `v-${randomUUID()}`;
  const event = (visitorId: string, type: string, itemId: string, more: Record<string, unknown> = {}) =>
    shop.call('POST', '/v1/events', { type, visitorId, itemId, consent, ...more });

  beforeAll(async () => {
    shop = await openShop(database);
    const items: Record<string, unknown>[] = [];
    for (const shape of shapes) {
      for (const colour of colours) {
        items.push({
          id: `${shape}-${colour}`,
          title: `${colour} ${shape} poster`,
          description: `A poster with a ${colour} ${shape} on white paper.`,
          categories: [`Posters > ${shape}`],
          brand: shape === 'bars' ? 'Barlow' : 'Plain',
          price: { amount: 10 + items.length, currency: 'EUR' },
          images: [{ data: await pictureOf(shape, colour) }, { data: await pictureOf(shape, colour, 3) }],
        });
      }
    }
    items.push(
      {
        id: 'gone',
        title: 'discontinued purple poster',
        availability: 'discontinued',
        images: [{ data: await pictureOf('circle', 'purple') }],
      },
      {
        id: 'sold-out',
        title: 'sold out purple poster',
        availability: 'out_of_stock',
        images: [{ data: await pictureOf('square', 'purple') }],
      },
      { id: 'tomorrow', title: 'poster of tomorrow', publishedAt: new Date(Date.now() + 86_400_000).toISOString() },
      ...['s', 'm', 'l'].map((size) => ({
        id: `shirt-${size}`,
        groupId: 'shirt',
        title: `cotton shirt ${size}`,
        brand: 'Plain',
      })),
    );
    const ready = items.filter(({ id }) => !['gone', 'sold-out', 'tomorrow'].includes(String(id)));
    for (const item of items) if (!ready.includes(item)) await shop.call('PUT', `/v1/items/${String(item.id)}`, item);
    await shop.fill(ready);
  });
  afterAll(() => shop.close());

  it('fill the list exactly: min(limit, matching products), whatever the filter', async () => {
    expect(ids(await shop.recommend({ placement: 'home', limit: 100 })).length).toBe(13);
    expect(ids(await shop.recommend({ placement: 'home', limit: 5 })).length).toBe(5);
    expect(ids(await shop.recommend({ placement: 'home', limit: 20, filter: { brand: 'Barlow' } })).sort()).toEqual(
      colours.map((colour) => `bars-${colour}`).sort(),
    );
    expect((await shop.recommend({ placement: 'home', filter: { price: { lt: 0 } } })).items).toEqual([]);
  });

  it('never show what is out of stock, discontinued, unpublished or excluded, nor two variants of one product', async () => {
    const shown = ids(await shop.recommend({ placement: 'home', limit: 100, excludeIds: ['bars-red'] }));
    for (const id of ['gone', 'sold-out', 'tomorrow', 'bars-red']) expect(shown).not.toContain(id);
    expect(shown.filter((id) => id.startsWith('shirt-')).length).toBe(1);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('do not give back what is on the page, but exclude nothing for pictures that came as bytes', async () => {
    const data = await pictureOf('circle', 'red');
    const byItem = ids(
      await shop.recommend({
        placement: 'product',
        limit: 100,
        context: { itemIds: ['circle-red'], images: [{ itemId: 'bars-blue', index: 1 }] },
      }),
    );
    expect(byItem).not.toContain('circle-red');
    expect(byItem).not.toContain('bars-blue');
    expect(byItem.length).toBe(11);
    const byBytes = await shop.recommend({ placement: 'product', limit: 100, context: { images: [{ data }] } });
    expect(byBytes.items[0]!.id).toBe('circle-red');
    expect(byBytes.items.length).toBe(13);
  });

  it('leave out what was bought, unless asked, and what was dismissed', async () => {
    const visitorId = visitor();
    await event(visitorId, 'purchase', 'circle-red');
    await event(visitorId, 'dismiss', 'circle-blue');
    const shown = ids(await shop.recommend({ placement: 'home', visitorId, consent, limit: 100 }));
    expect(shown).not.toContain('circle-red');
    expect(shown).not.toContain('circle-blue');
    const withBought = ids(
      await shop.recommend({ placement: 'home', visitorId, consent, limit: 100, includePurchased: true }),
    );
    expect(withBought).toContain('circle-red');
    expect(withBought).not.toContain('circle-blue');
  });

  it('leave out what lies in the cart, in the cart', async () => {
    const visitorId = visitor();
    await event(visitorId, 'add_to_cart', 'square-red');
    await event(visitorId, 'add_to_cart', 'square-blue');
    await event(visitorId, 'remove_from_cart', 'square-blue');
    expect(ids(await shop.recommend({ placement: 'cart', visitorId, consent, limit: 100 }))).not.toContain(
      'square-red',
    );
    expect(ids(await shop.recommend({ placement: 'cart', visitorId, consent, limit: 100 }))).toContain('square-blue');
    expect(ids(await shop.recommend({ placement: 'home', visitorId, consent, limit: 100 }))).toContain('square-red');
  });

  it('give reasons that add up to 1 for every item, in a fallback too', async () => {
    const visitorId = visitor();
    await event(visitorId, 'view', 'bars-red');
    const answers = [
      await shop.recommend({ placement: 'home', limit: 100 }),
      await shop.recommend({
        placement: 'product',
        visitorId,
        consent,
        limit: 100,
        context: { itemIds: ['circle-red'], text: 'something blue', images: [{ itemId: 'circle-red' }] },
      }),
    ];
    expect(answers[0]!.fallback).toBe('no_history');
    for (const { items } of answers) {
      for (const { reasons } of items) {
        expect(reasons.length).toBeGreaterThan(0);
        expect(reasons.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
        for (const { share } of reasons) expect(share).toBeGreaterThan(0);
      }
    }
  });

  it('name the picture and the item they come from', async () => {
    const visitorId = visitor();
    await event(visitorId, 'view', 'bars-red');
    const answer = await shop.recommend({
      placement: 'product',
      visitorId,
      consent,
      limit: 100,
      context: { images: [{ itemId: 'circle-red', index: 1 }] },
    });
    const of = (source: string) =>
      answer.items.flatMap(({ reasons }) => reasons).find((reason) => reason.source === source)?.because;
    expect(of('context.image')).toEqual({ itemId: 'circle-red', index: 1 });
    expect(of('history')).toEqual({ itemId: 'bars-red' });
    expect(answer.personalized).toBe(true);
  });

  it('fall down the list by score when diversity is 0', async () => {
    const visitorId = visitor();
    await event(visitorId, 'view', 'bars-red');
    const { items } = await shop.recommend({
      placement: 'home',
      visitorId,
      consent,
      limit: 12,
      diversity: 0,
      context: { text: 'blue square' },
    });
    for (let at = 1; at < items.length; at++) expect(items[at]!.score).toBeLessThanOrEqual(items[at - 1]!.score);
    for (const item of items) if (item.placedBy !== 'exploration') expect(item.placedBy).toBe('score');
  });

  it('say which items diversity moved', async () => {
    const { items } = await shop.recommend({
      placement: 'home',
      limit: 12,
      diversity: 0.9,
      context: { images: [{ itemId: 'circle-red' }] },
    });
    const out = items.filter(
      (item, at) => at + 1 < items.length && items.slice(at + 1).some((later) => later.score > item.score),
    );
    expect(out.length).toBeGreaterThan(0);
    for (const item of out) expect(item.placedBy).toBe('diversity');
  });

  it('are the same for the same call over unchanged data', async () => {
    const visitorId = visitor();
    await event(visitorId, 'view', 'square-green');
    // What is popular follows an event within a second or two: until then the data still changes.
    await new Promise((wake) => setTimeout(wake, 2_500));
    const ask = () => shop.recommend({ placement: 'home', visitorId, consent, limit: 12 });
    const strip = ({ items, model, fallback }: Answer) => ({ items, model, fallback });
    expect(strip(await ask())).toEqual(strip(await ask()));
  });

  it('know an event in the very next call', async () => {
    const visitorId = visitor();
    const before = await shop.recommend({ placement: 'home', visitorId, consent });
    expect(before).toMatchObject({ personalized: false, fallback: 'no_history' });
    await event(visitorId, 'view', 'bars-orange');
    const after = await shop.recommend({ placement: 'home', visitorId, consent });
    expect(after).toMatchObject({ personalized: true, fallback: null });
    expect(after.items[0]!.reasons.map(({ source }) => source)).toContain('history');
    expect(after.items.slice(0, 4).filter(({ id }) => id.startsWith('bars')).length).toBeGreaterThanOrEqual(2);
  });

  it('read nothing personal without consent, and still see what is on the page', async () => {
    const visitorId = visitor();
    await event(visitorId, 'view', 'bars-orange');
    for (const refused of [{ visitorId }, { visitorId, consent: { personalization: false } }]) {
      const answer = await shop.recommend({
        placement: 'product',
        ...refused,
        context: { images: [{ itemId: 'circle-red' }] },
      });
      expect(answer).toMatchObject({ personalized: false, fallback: 'no_consent' });
      const sources = new Set(answer.items.flatMap(({ reasons }) => reasons.map(({ source }) => source)));
      expect(sources).toContain('context.image');
      for (const personal of ['history', 'behaviour']) expect(sources).not.toContain(personal);
      expect(answer.items.some(({ placedBy }) => placedBy === 'exploration')).toBe(false);
    }
  });

  it('move towards the pictures or the history as they are emphasised', async () => {
    const visitorId = visitor();
    for (const colour of colours) await event(visitorId, 'view', `bars-${colour}`);
    // How much of the first five is explained by the past: which shapes come with it is the encoder's affair.
    const past = async (emphasis: Record<string, number>) => {
      const { items } = await shop.recommend({
        placement: 'home',
        visitorId,
        consent,
        limit: 5,
        diversity: 0,
        emphasis,
        context: { images: [{ data: await pictureOf('circle', 'red') }] },
      });
      const shares = items.flatMap(({ reasons }) => reasons.filter(({ source }) => source === 'history'));
      return shares.reduce((sum, { share }) => sum + share, 0);
    };
    const rising = [];
    for (const history of [0, 0.5, 1, 3, 10]) rising.push(await past({ history }));
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    expect(rising.at(-1)!).toBeGreaterThan(rising[0]!);
    const falling = [];
    for (const images of [0, 0.5, 1, 3, 10]) falling.push(await past({ images }));
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    expect(falling.at(-1)!).toBeLessThan(falling[0]!);
  });

  it('turn away from what is negative and say what it cost', async () => {
    const context = { text: 'a poster with a circle' };
    const rankOf = async (negatives: unknown) =>
      (await shop.recommend({ placement: 'home', limit: 100, diversity: 0, context, negatives })).items.find(
        ({ id }) => id === 'circle-red',
      )!;
    const plain = await rankOf(undefined);
    const turned = await rankOf({ itemIds: ['circle-red'], text: 'no red' });
    expect(turned.rank).toBeGreaterThan(plain.rank);
    expect(turned.penalties.find(({ source }) => source === 'negatives')!.amount).toBeGreaterThan(0);
  });

  it('leave an unknown item out with a warning, and refuse an unknown upload', async () => {
    const answer = await shop.recommend({
      placement: 'product',
      context: { itemIds: ['nobody-knows', 'circle-red'], images: [{ itemId: 'nor-this' }] },
    });
    expect(answer.warnings.join('\n')).toContain('nobody-knows');
    expect(answer.warnings.join('\n')).toContain('nor-this');
    const refused = await shop.call('POST', '/v1/recommendations', {
      placement: 'home',
      context: { images: [{ imageId: 'nope' }] },
    });
    expect(refused.status).toBe(400);
    expect(refused.body.errors![0]!.path).toBe('context.images.0.imageId');
  });

  it('name the field of a picture that cannot be read', async () => {
    const text = Buffer.from('this is a text file named .jpg').toString('base64');
    const truncated = Buffer.from(await pictureOf('circle', 'red'), 'base64')
      .subarray(0, 900)
      .toString('base64');
    for (const data of [text, truncated, 'not base64 !!']) {
      const { status, body } = await shop.call('POST', '/v1/recommendations', {
        placement: 'home',
        context: { images: [{ itemId: 'circle-red' }, { data }] },
      });
      expect(status).toBe(400);
      expect(body.errors![0]!.path).toBe('context.images.1.data');
    }
    const search = await shop.call('POST', '/v1/search', { images: [{ data: text }] });
    expect(search.status).toBe(400);
    expect(search.body.errors![0]!.path).toBe('images.0.data');
  });

  it('refuse unknown fields, wrong limits and wrong filters by name', async () => {
    const paths = async (body: unknown) => {
      const { status, body: problem } = await shop.call('POST', '/v1/recommendations', body);
      expect(status).toBe(400);
      return JSON.stringify(problem.errors);
    };
    expect(await paths({ placement: 'home', colour: 'red' })).toContain('colour');
    expect(await paths({ placement: 'home', limit: 101 })).toContain('limit');
    expect(await paths({ placement: 'home', emphasis: { images: 11 } })).toContain('emphasis.images');
    expect(await paths({ placement: 'home', filter: { colour: 'red' } })).toContain('filter.colour');
    expect(await paths({})).toContain('placement');
  });

  it('keep publishable keys to their own visitor, and debug to server keys', async () => {
    const headers = { authorization: `Bearer ${testKeys.publishable}` };
    const status = async (body: Record<string, unknown>) =>
      (await shop.call('POST', '/v1/recommendations', { placement: 'home', ...body }, headers)).status;
    expect(await status({})).toBe(200);
    expect(await status({ visitorId: 'somebody' })).toBe(403);
    expect(await status({ userId: 'somebody' })).toBe(403);
    expect(await status({ debug: true })).toBe(403);
    const { debug } = await shop.recommend({ placement: 'home', debug: true, filter: { brand: 'Barlow' } });
    expect(debug!.selectivity).toBeCloseTo(4 / 15, 6);
    expect(['exact', 'graph', 'pgvector', 'weaviate']).toContain(debug!.plan);
  });

  it('name the models that made them', async () => {
    const { model } = await shop.recommend({ placement: 'home' });
    expect(model.fusion).toMatch(/^default-/);
    for (const name of ['encoder', 'fusion', 'behaviour', 'blend', 'index'])
      expect(model[name]).toEqual(expect.any(String));
  });

  describe('as the merchandiser wishes', () => {
    const admin = { authorization: `Bearer ${testKeys.admin}` };
    const withRule = async (rule: Record<string, unknown>, check: () => Promise<void>) => {
      const { status, body } = await shop.call<{ id: string }>('POST', '/v1/admin/rules', rule, admin);
      expect(status).toBe(201);
      try {
        await check();
      } finally {
        await shop.call('DELETE', `/v1/admin/rules/${body.id}`, undefined, admin);
      }
    };
    const ask = () =>
      shop.recommend({ placement: 'ruled', limit: 6, diversity: 0, context: { images: [{ itemId: 'circle-red' }] } });

    it('pins, and gives the rule as a reason', async () => {
      await withRule({ kind: 'pin', placement: 'ruled', itemIds: ['bars-green'], position: 2 }, async () => {
        const { items } = await ask();
        expect(items[1]).toMatchObject({ id: 'bars-green', placedBy: 'rule' });
        expect(items[1]!.reasons.map(({ source }) => source)).toContain('rule');
        expect(items.length).toBe(6);
      });
    });

    it('excludes by filter, boosts and buries', async () => {
      await withRule({ kind: 'exclude', placement: 'ruled', filter: { brand: 'Barlow' } }, async () => {
        const all = await shop.recommend({ placement: 'ruled', limit: 100 });
        expect(all.items.some(({ id }) => id.startsWith('bars'))).toBe(false);
      });
      await withRule({ kind: 'boost', placement: 'ruled', itemIds: ['bars-green'], amount: 1 }, async () => {
        expect((await ask()).items.find(({ id }) => id === 'bars-green')!.rank).toBeLessThanOrEqual(2);
      });
      const first = (await ask()).items[0]!.id;
      await withRule({ kind: 'bury', placement: 'ruled', itemIds: [first], amount: 1 }, async () => {
        const all = await shop.recommend({
          placement: 'ruled',
          limit: 100,
          diversity: 0,
          context: { images: [{ itemId: 'circle-red' }] },
        });
        expect(all.items.find(({ id }) => id === first)!.rank).toBeGreaterThan(6);
        expect(all.items.find(({ id }) => id === first)!.penalties.map(({ source }) => source)).toContain('rule');
      });
    });

    it('takes the length of the list that is set for a placement', async () => {
      await shop.call('PUT', '/v1/admin/placements/short', { limit: 3 }, admin);
      expect((await shop.recommend({ placement: 'short' })).items.length).toBe(3);
      expect((await shop.recommend({ placement: 'short', limit: 5 })).items.length).toBe(5);
    });
  });

  it('are logged with their request id, without anybody in it when there is no consent', async () => {
    const visitorId = visitor();
    const known = await shop.recommend({ placement: 'home', visitorId, consent });
    const unknown = await shop.recommend({ placement: 'home', visitorId });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const exported = await shop.call<unknown>('GET', `/v1/visitors/${visitorId}/export`);
    expect(JSON.stringify(exported.body)).toContain(known.requestId);
    expect(JSON.stringify(exported.body)).not.toContain(unknown.requestId);
  });

  describe('simpler lists', () => {
    it('similar: what looks and reads like an item, for its shop only', async () => {
      const { body } = await shop.call('GET', '/v1/items/circle-red/similar?limit=3');
      expect(body).toMatchObject({ placement: 'similar', fallback: null });
      expect(body.items.length).toBe(3);
      expect(ids(body)).not.toContain('circle-red');
      expect((await shop.call('GET', '/v1/items/nobody-knows/similar')).status).toBe(404);
      const filter = encodeURIComponent(JSON.stringify({ brand: 'Barlow' }));
      expect(ids((await shop.call('GET', `/v1/items/circle-red/similar?filter=${filter}`)).body).sort()).toEqual(
        colours.map((colour) => `bars-${colour}`).sort(),
      );
    });

    it('popular and bought together: full lists from the first day', async () => {
      expect((await shop.call('GET', '/v1/popular?limit=7')).body.items.length).toBe(7);
      expect((await shop.call('GET', '/v1/items/circle-red/bought-together?limit=7')).body.items.length).toBe(7);
      expect((await shop.call('GET', '/v1/popular?limit=0')).status).toBe(400);
    });
  });

  describe('search', () => {
    const search = async (body: Record<string, unknown>) => (await shop.call('POST', '/v1/search', body)).body;

    it('puts an exact title or id first', async () => {
      expect((await search({ text: 'green square poster' })).items[0]!.id).toBe('square-green');
      expect((await search({ text: 'bars-orange' })).items[0]!.id).toBe('bars-orange');
    });

    it('finds a product by another photograph of it, and by picture and words together', async () => {
      const data = await pictureOf('circle', 'red', 5);
      expect(ids(await search({ images: [{ data }] })).slice(0, 2)).toContain('circle-red');
      const both = ids(await search({ images: [{ data }], text: 'blue' })).slice(0, 5);
      expect(both).toContain('circle-blue');
    });

    it('wants words or a picture', async () => {
      const { status, body } = await shop.call('POST', '/v1/search', { limit: 3 });
      expect(status).toBe(400);
      expect(body.errors!.some(({ path }) => path === 'text')).toBe(true);
    });
  });

  it('rank the item first whose reviews alone answer, and tie without them', async () => {
    const twins = ['twin-a', 'twin-b'].map((id) => ({ id, title: 'plain grey blanket', description: 'A blanket.' }));
    await shop.fill(twins);
    const reviews = ['r1', 'r2', 'r3'].map((id, at) => ({
      id,
      itemId: 'twin-b',
      rating: 5,
      text: [
        'My dog sleeps on it every night.',
        'The dog chewed it for weeks and it held.',
        'Washed out all the dog hair easily.',
      ][at],
    }));
    for (const { id, itemId: _, ...review } of reviews) {
      await shop.call('PUT', `/v1/items/twin-b/reviews/${id}`, { id, itemId: 'twin-b', ...review });
    }
    const text = 'will it survive my dog';
    const both = async () => {
      const searched = (await shop.call('POST', '/v1/search', { text, limit: 100 })).body;
      const recommended = await shop.recommend({ placement: 'home', limit: 100, diversity: 0, context: { text } });
      return [searched, recommended].map(({ items }) =>
        ['twin-a', 'twin-b'].map((id) => items.find((item) => item.id === id)!),
      );
    };
    const until = async (holds: () => Promise<boolean>) => {
      for (let tries = 0; tries < 300 && !(await holds()); tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
    };
    await until(async () => (await both()).every(([a, b]) => b!.rank < a!.rank));
    for (const [a, b] of await both()) expect(b!.score).toBeGreaterThan(a!.score);
    for (const { id } of reviews) await shop.call('DELETE', `/v1/items/twin-b/reviews/${id}`);
    await until(async () => (await both()).every(([a, b]) => b!.score === a!.score));
    for (const [a, b] of await both()) expect(b!.score).toBe(a!.score);
  });

  it('ask the database nothing for an anonymous product page, nor for a visitor it has just served', async () => {
    const visitorId = visitor();
    await event(visitorId, 'view', 'bars-orange');
    const asked = shop.running.app.get<Database>(DATABASE, { strict: false });
    const page = {
      placement: 'product',
      context: { itemIds: ['circle-red'], images: [{ itemId: 'circle-red', index: 1 }] },
      filter: { brand: 'Plain' },
    };
    const calls = [page, { ...page, visitorId, consent }];
    for (const call of calls) await shop.recommend(call);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const statements: string[] = [];
    const executor = asked.query.getExecutor();
    const spies = [
      vi.spyOn(Object.getPrototypeOf(executor), 'executeQuery').mockImplementation(() => {
        statements.push('kysely');
        throw new Error('the database was asked');
      }),
      vi.spyOn(asked, 'run').mockImplementation(async (text) => {
        statements.push(text);
        throw new Error('the database was asked');
      }),
    ];
    try {
      for (const call of calls) expect((await shop.recommend(call)).items.length).toBeGreaterThan(0);
      // Jobs and the outbox are looked at every second, whoever asks for what.
      expect(statements.filter((text) => !/pgboss|from outbox where key/.test(text))).toEqual([]);
      // Words are looked up by their letters, in the database: were it asked above, it would have been seen.
      await shop.call('POST', '/v1/recommendations', { placement: 'product', context: { text: 'never asked before' } });
      expect(statements.length).toBeGreaterThan(0);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  it('know every event in the very next call, and say how soon', async () => {
    const visitorId = visitor();
    const took: number[] = [];
    let before: unknown = null;
    for (const id of ['bars-red', 'circle-blue', 'square-green', 'bars-green', 'circle-orange']) {
      const started = performance.now();
      await event(visitorId, 'view', id);
      const answer = await shop.recommend({ placement: 'home', visitorId, consent });
      took.push(performance.now() - started);
      expect(answer.personalized).toBe(true);
      const shown = answer.items.map((item) => [item.id, item.score]);
      expect(shown).not.toEqual(before);
      before = shown;
    }
    took.sort((a, b) => a - b);
    // The aim, 100 ms, is the benchmark's affair (`npm run bench -- freshness`): machines that run tests are shared.
    console.log(`event to changed answer: median ${took[2]!.toFixed(1)} ms`);
  });

  it('forget a deleted item in the very next answer', async () => {
    await shop.call('DELETE', '/v1/items/twin-a');
    expect(
      ids(await shop.recommend({ placement: 'home', limit: 100, context: { text: 'grey blanket' } })),
    ).not.toContain('twin-a');
  });
});

describe.each(testDatabases())('an empty shop on the $name', (database) => {
  it('answers with an empty list and says why', async () => {
    const shop = await openShop(database);
    try {
      const answer = await shop.recommend({ placement: 'home', context: { text: 'anything' } });
      expect(answer).toMatchObject({ items: [], fallback: 'empty_catalogue' });
    } finally {
      await shop.close();
    }
  });
});
