import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImpressionLog } from '../../src/interactions/interactions.api.js';
import { DATABASE } from '../../src/platform/platform.api.js';
import { testDatabases } from '../support/databases.js';
import { type OpenShop, openShop } from './open-shop.js';

/** What a process says to its database for itself, whoever calls: jobs, the outbox' poll, the memory of events. */
const HOUSEKEEPING = /pgboss|^select .*from outbox|index_generations|^(begin|commit|rollback|start transaction)/i;

type Query = (text: unknown, ...rest: unknown[]) => unknown;

describe.each(testDatabases())('what a request asks of the $name', (database) => {
  let shop: OpenShop;
  const statements: string[] = [];
  let restore = (): void => undefined;

  beforeAll(async () => {
    shop = await openShop(database, { VITRINE_CONSENT: 'implied' });
    await shop.fill(
      Array.from({ length: 8 }, (_, i) => ({ id: `p${i}`, title: `A wooden chair, model ${i}`, brand: `b${i % 2}` })),
    );
    // The last point that every statement passes: the client of a server, the thread of the embedded database.
    const owner =
      database.kind === 'server'
        ? (pg.Client.prototype as unknown as { query: Query })
        : (shop.running.app.get(DATABASE) as unknown as { thread: { query: Query } }).thread;
    const original = owner.query;
    owner.query = function (this: unknown, text: unknown, ...rest: unknown[]) {
      const said = typeof text === 'string' ? text : String((text as { text?: string })?.text);
      if (!HOUSEKEEPING.test(said.trim())) statements.push(said.trim());
      return original.call(this, text, ...rest);
    };
    restore = () => {
      owner.query = original;
    };
  });
  afterAll(async () => {
    restore();
    await shop?.close();
  });

  /** Statements made while `work` runs; those written behind answers are flushed before and left out. */
  const during = async (work: () => Promise<unknown>): Promise<string[]> => {
    await shop.running.app.get(ImpressionLog).flush();
    // The memory of events is read anew soon after an event, behind everybody's back.
    for (let quiet = 0; quiet < 10; ) {
      const before = statements.length;
      await new Promise((wake) => setTimeout(wake, 100));
      quiet = statements.length === before ? quiet + 1 : 0;
    }
    statements.length = 0;
    await work();
    return statements.filter((text) => !/into impressions/.test(text));
  };

  const page = (request: Record<string, unknown>) => ({
    placement: 'product',
    context: { itemIds: ['p1'] },
    filter: { brand: 'b0' },
    limit: 3,
    ...request,
  });

  it('is nothing for a product page that nobody known looks at', async () => {
    await shop.recommend(page({}));
    const said = await during(async () => {
      for (let i = 0; i < 10; i++) expect((await shop.recommend(page({}))).items).toHaveLength(3);
    });
    expect(said).toEqual([]);
  });

  it('is nothing for a visitor whose past is remembered, also right after they did something', async () => {
    const view = (itemId: string) => shop.call('POST', '/v1/events', { type: 'view', visitorId: 'v1', itemId });
    expect((await view('p2')).status).toBe(202);
    expect((await shop.recommend(page({ visitorId: 'v1' }))).personalized).toBe(true);
    const remembered = await during(async () => {
      for (let i = 0; i < 10; i++) await shop.recommend(page({ visitorId: 'v1' }));
    });
    expect(remembered).toEqual([]);
    await view('p4');
    let answer: { reasons: { because?: { itemId?: string } }[] }[] = [];
    const after = await during(async () => {
      answer = (await shop.recommend(page({ visitorId: 'v1' }))).items;
    });
    expect(after).toEqual([]);
    expect(answer.some(({ reasons }) => reasons.some(({ because }) => because?.itemId === 'p4'))).toBe(true);
  });

  it('is a few commits for fifty events at once, all of them there when they are acknowledged', async () => {
    const said = await during(async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          shop.call('POST', '/v1/events', { type: 'view', visitorId: `w${i}`, itemId: 'p3' }),
        ),
      );
      expect(answers.every(({ status }) => status === 202)).toBe(true);
    });
    const inserts = said.filter((text) => /insert into events/.test(text));
    expect(inserts.length).toBeGreaterThan(0);
    // However slowly the calls trickle in on a busy machine.
    expect(inserts.length).toBeLessThanOrEqual(25);
  });

  it('is no write while answering: impressions follow behind, many at once', async () => {
    await during(async () => undefined);
    statements.length = 0;
    for (let i = 0; i < 20; i++) await shop.recommend(page({}));
    await shop.running.app.get(ImpressionLog).flush();
    const writes = statements.filter((text) => /into impressions/.test(text));
    expect(writes.length).toBeGreaterThan(0);
    expect(writes.length).toBeLessThanOrEqual(10);
  });
});
