import { afterEach, describe, expect, it, vi } from 'vitest';
import { Retention } from '../../src/privacy/retention.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const DAY_MS = 86_400_000;
/** Ahead and back, by days and by years, against the true time, at which the database's own clock stays. */
const JUMPS = [3, -3, 800, -800, 0];

describe.each(testDatabases())('a clock that jumps, on the $name', (database) => {
  let shop: OpenShop | undefined;
  afterEach(async () => {
    vi.useRealTimers();
    await shop?.close();
  });

  it('loses nothing, keeps answering and embedding, and lets nobody lose a withdrawn consent', async () => {
    shop = await openShop(database, { LOG_LEVEL: 'fatal', VITRINE_CONSENT: 'implied' });
    const { call, recommend } = shop;
    const truth = Date.now();
    const acknowledged: string[] = [];
    const record = async (id: string) => {
      const { status } = await call('POST', '/v1/events', { id, type: 'view', userId: 'u1', itemId: 'p0' });
      expect(status).toBe(202);
      acknowledged.push(id);
    };
    await shop.fill(Array.from({ length: 3 }, (_, n) => ({ id: `p${n}`, title: `Lamp ${n}` })));
    await record('e0');
    const page = { authorization: `Bearer ${testKeys.publishable}` };
    const { body: visitor } = await call<{ token: string; visitorId: string }>('POST', '/v1/visitors', {}, page);
    const asVisitor = { ...page, 'vitrine-visitor': visitor.token };

    for (const [turn, days] of JUMPS.entries()) {
      vi.useFakeTimers({ toFake: ['Date'], now: truth + days * DAY_MS });
      await record(`e${turn + 1}`);
      const own = { type: 'view', itemId: 'p1', visitorId: visitor.visitorId };
      expect((await call('POST', '/v1/events', own, asVisitor)).status).toBe(202);
      // What comes in now is embedded and found now.
      await shop.fill([{ id: `new${turn}`, title: `Chair ${turn}` }]);
      const list = await recommend({ placement: 'home', userId: 'u1', limit: 100 });
      expect(list.items).toHaveLength(4 + turn);
      expect(list.personalized).toBe(true);
      for (const personalization of [true, false]) {
        const said = await call<{ personalization: boolean }>('PUT', '/v1/users/u2/consent', { personalization });
        expect([said.status, said.body.personalization]).toEqual([200, personalization]);
      }
      // A clock that is years ahead is no reason to remove a year of data.
      await shop.running.app.get(Retention).run();
    }
    vi.useRealTimers();
    const { body } = await call<{ sections: { events: { id: string }[] } }>('GET', '/v1/users/u1/export');
    const stored = body.sections.events.map(({ id }) => id);
    const kept = acknowledged.filter((id) => stored.includes(id));
    noteTrust({
      what: `a clock that jumps on the ${database.name}`,
      faults: JUMPS.length,
      acknowledged: acknowledged.length,
      // What bears a time of 800 days ago is past its time indeed.
      lost: acknowledged.length - kept.length - 1,
      doubled: stored.length - new Set(stored).size,
    });
    expect(kept).toEqual(acknowledged.filter((id) => id !== `e${JUMPS.indexOf(-800) + 1}`));
    expect(stored).toHaveLength(kept.length);
  }, 120_000);
});
