import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EventInput as Event,
  EventInput,
  EventsService,
  HistoryReader,
  ImpressionLog,
  PeopleService,
  Uploads,
} from '../../src/interactions/interactions.api.js';
import { seededRandom } from '../../src/maths/random.js';
import { OUTBOX, type Outbox, type OutboxFollower } from '../../src/platform/outbox/outbox.port.js';
import type { Person } from '../../src/platform/privacy/personal-data-holder.port.js';
import { ConsentService, ErasureService, Retention } from '../../src/privacy/privacy.api.js';
import { testDatabases } from '../support/databases.js';
import { openShop, picture, type Shop } from './shop.js';

const given = { personalization: true };
const serverKey = { role: 'server' as const, keyId: 'k', address: '' };
const pageOf = (visitorId?: string) => ({
  role: 'publishable' as const,
  keyId: 'p',
  address: '',
  ...(visitorId === undefined ? {} : { visitorId }),
});

describe.each(testDatabases())('what visitors do, on the $name', (database) => {
  let shop: Shop;
  let events: EventsService;
  let people: PeopleService;
  let history: HistoryReader;
  beforeAll(async () => {
    shop = await openShop(database);
    events = shop.module.get(EventsService);
    people = shop.module.get(PeopleService);
    history = shop.module.get(HistoryReader);
  });
  afterAll(() => shop?.close());

  const seen = async (userId?: string, visitorId?: string) =>
    (await history.of(await people.peopleOf(userId, visitorId))).flatMap(({ itemIds }) => itemIds);

  it('counts the same event once, also when it comes twice at the same moment', async () => {
    const event: Event = { id: 'e1', type: 'view', visitorId: 'once', itemId: 'p1', consent: given };
    const answers = await Promise.all([events.record([event]), events.record([event]), events.record([event, event])]);
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1);
    expect(answers.reduce((sum, { unchanged }) => sum + unchanged, 0)).toBe(3);
    expect(await events.record([event])).toEqual({ accepted: 0, unchanged: 1, ignored: 0 });
  });

  it('remembers of a person what a fresh reading would give, whatever comes in and whenever it is asked', async () => {
    const random = seededRandom(11);
    const one = <T>(of: readonly T[]): T => of[random.below(of.length)]!;
    const made = (): Event => ({
      id: `r${random.below(400)}`,
      type: one(['view', 'impression', 'purchase', 'search']),
      visitorId: one(['r-a', 'r-b']),
      ...(random.next() < 0.2 ? { userId: 'r-u' } : {}),
      itemId: `p${random.below(9)}`,
      // Few moments, so that many events share one.
      at: new Date(Date.UTC(2026, 0, 1) + random.below(6) * 1_000).toISOString(),
      consent: given,
    });
    const everybody: Person[][] = [
      [{ kind: 'visitor', id: 'r-a' }],
      [{ kind: 'visitor', id: 'r-b' }],
      [{ kind: 'user', id: 'r-u' }],
      [
        { kind: 'user', id: 'r-u' },
        { kind: 'visitor', id: 'r-a' },
      ],
    ];
    for (let round = 0; round < 60; round++) {
      const batch = Array.from({ length: 1 + random.below(9) }, made);
      const about = one(everybody);
      await Promise.all([history.of(about), events.record(batch), history.of(about), events.record([made()])]);
      for (const people of everybody) {
        const fresh = new HistoryReader(shop.database, shop.module.get(OUTBOX));
        const read = await fresh.of(people);
        fresh.onApplicationShutdown();
        expect(await history.of(people)).toEqual(read);
      }
    }
  });

  it('tells an event once of which it hears after a reading that had it already', async () => {
    const told: OutboxFollower[] = [];
    const outbox = { follow: (topic: string, hear: OutboxFollower) => topic === 'events' && void told.push(hear) };
    const reader = new HistoryReader(shop.database, outbox as unknown as Outbox);
    const late: Person[] = [{ kind: 'visitor', id: 'late' }];
    await events.record([{ id: 'l1', type: 'view', visitorId: 'late', itemId: 'p1', consent: given }]);
    const read = await reader.of(late);
    await told[0]!([{ topic: 'events', subject: 'visitor:late', detail: read }]);
    expect((await reader.of(late)).map(({ id }) => id)).toEqual(['l1']);
  });

  it('keeps nothing without consent', async () => {
    expect(await events.record([{ type: 'view', visitorId: 'silent', itemId: 'p1' }])).toEqual({
      accepted: 0,
      unchanged: 0,
      ignored: 1,
    });
    expect(
      await events.record([{ type: 'view', visitorId: 'silent', itemId: 'p1', consent: { personalization: false } }]),
    ).toMatchObject({ ignored: 1 });
    const rows = await shop.database.query
      .selectFrom('events')
      .select('id')
      .where('visitor_id', '=', 'silent')
      .execute();
    expect(rows).toEqual([]);
  });

  it('knows an event in the very next history, newest first, unknown items included', async () => {
    for (let index = 0; index < 5; index++) {
      await events.record([
        {
          type: 'view',
          visitorId: 'walker',
          itemId: `w${index}`,
          at: new Date(Date.UTC(2025, 0, 1 + index)).toISOString(),
          consent: given,
        },
      ]);
      expect((await seen(undefined, 'walker'))[0]).toBe(`w${index}`);
    }
    expect(await seen(undefined, 'walker')).toEqual(['w4', 'w3', 'w2', 'w1', 'w0']);
  });

  it('holds the last 200 events and leaves out what was merely shown', async () => {
    const many = Array.from(
      { length: 230 },
      (_, index): Event => ({
        type: index % 10 === 0 ? 'impression' : 'view',
        visitorId: 'busy',
        itemIds: [`b${index}`],
        at: new Date(Date.UTC(2025, 0, 1) + index * 1000).toISOString(),
        consent: given,
      }),
    );
    expect(await events.record(many)).toEqual({ accepted: 230, unchanged: 0, ignored: 0 });
    const items = await seen(undefined, 'busy');
    expect(items).toHaveLength(200);
    expect(items[0]).toBe('b229');
    expect(items).not.toContain('b220');
  });

  it('counts for the user what a merged visitor did, before and after, and not for the next user of the browser', async () => {
    await events.record([{ type: 'view', visitorId: 'shared', itemId: 'before', consent: given }]);
    await people.merge('shared', 'anna');
    await events.record([{ type: 'view', visitorId: 'shared', itemId: 'during', consent: given }]);
    expect((await seen('anna')).sort()).toEqual(['before', 'during']);
    expect((await seen(undefined, 'shared')).sort()).toEqual(['before', 'during']);
    await people.merge('shared', 'bert');
    await events.record([{ type: 'view', visitorId: 'shared', itemId: 'later', consent: given }]);
    expect(await seen('bert')).toEqual(['later']);
    expect((await seen('anna')).sort()).toEqual(['before', 'during']);
  });

  it('refuses events that name nobody, no item, no time in range, or unknown fields', () => {
    const paths = (event: unknown) => EventInput.safeParse(event).error?.issues.map(({ path }) => path.join('.'));
    expect(paths({ type: 'view', itemId: 'p' })).toEqual(['userId', 'visitorId']);
    expect(paths({ type: 'view', visitorId: 'v' })).toEqual(['itemId']);
    expect(paths({ type: 'view', visitorId: 'v', itemId: 'p', at: '9999-01-01T00:00:00Z' })).toEqual(['at']);
    expect(paths({ type: 'view', visitorId: 'v', itemId: 'p', at: '1989-12-31T23:59:59Z' })).toEqual(['at']);
    expect(paths({ type: 'view', visitorId: 'v', itemId: 'p', at: 'yesterday' })).toEqual(['at']);
    expect(paths({ type: 'view', visitorId: 'v', itemId: 'p', value: Number.NaN })).toEqual(['value']);
    expect(paths({ type: 'stare', visitorId: 'v', itemId: 'p' })).toEqual(['type']);
    expect(
      EventInput.safeParse({ type: 'view', visitorId: 'v', itemId: 'p', colour: 1 }).error?.issues[0],
    ).toMatchObject({ code: 'unrecognized_keys' });
    expect(EventInput.safeParse({ type: 'search', visitorId: 'v', query: 'chair' }).success).toBe(true);
  });

  it('takes consent from the call, else from the store, else from the setting', async () => {
    const consents = shop.module.get(ConsentService);
    const person = { kind: 'visitor' as const, id: 'asked' };
    expect(await consents.decide({ people: [person] })).toEqual({ personalization: false, training: false });
    expect(await consents.decide({ people: [person], callConsent: given })).toEqual({
      personalization: true,
      training: true,
    });
    await consents.write(person, { personalization: true, training: false, at: '2025-01-02T00:00:00Z' });
    expect(await consents.decide({ people: [person] })).toEqual({ personalization: true, training: false });
    expect(await consents.decide({ people: [person], callConsent: { personalization: false } })).toEqual({
      personalization: false,
      training: false,
    });
    await consents.write(person, { personalization: false, at: '2025-01-01T00:00:00Z' });
    expect(await consents.read(person)).toMatchObject({ personalization: true });
    await consents.write(person, { personalization: false });
    expect(await consents.decide({ people: [person] })).toEqual({ personalization: false, training: false });
  });

  it('lets an upload be used by its visitor and by server keys, by nobody else', async () => {
    const uploads = shop.module.get(Uploads);
    const mine = await uploads.put(await picture('orange', 120, 80), 'uploader');
    expect(mine).toMatchObject({ width: 120, height: 80 });
    expect((await uploads.get(mine.imageId, pageOf('uploader')))?.vector).toHaveLength(3);
    expect(await uploads.get(mine.imageId, serverKey)).not.toBeNull();
    expect(await uploads.get(mine.imageId, pageOf('other'))).toBeNull();
    expect(await uploads.get(mine.imageId, pageOf())).toBeNull();
    const shops = await uploads.put(await picture('orange'), null);
    expect(await uploads.get(shops.imageId, pageOf('uploader'))).toBeNull();
    await expect(uploads.put(Buffer.from('text'), null)).rejects.toMatchObject({
      code: 'VIT_IMAGE_UNREADABLE',
      status: 400,
    });
  });

  it('writes impressions behind the answer, each once', async () => {
    const log = shop.module.get(ImpressionLog);
    const impression = {
      requestId: 'q1',
      placement: 'home',
      userId: null,
      visitorId: 'once',
      sessionId: null,
      model: { fusion: 'f' },
      experiment: null,
      items: [{ id: 'p1' }],
      at: new Date(),
    };
    log.log(impression);
    log.log(impression);
    await log.flush();
    const rows = await shop.database.query
      .selectFrom('impressions')
      .selectAll()
      .where('request_id', '=', 'q1')
      .execute();
    expect(rows).toMatchObject([{ placement: 'home', items: [{ id: 'p1' }], model: { fusion: 'f' } }]);
  });

  it('hands out and erases all about a person, and proves it by receipts that name nobody', async () => {
    const consents = shop.module.get(ConsentService);
    const erasures = shop.module.get(ErasureService);
    await consents.write({ kind: 'user', id: 'erika' }, given);
    await people.merge('erikas-phone', 'erika');
    await events.record([
      { type: 'view', userId: 'erika', itemId: 'p1' },
      { type: 'view', visitorId: 'erikas-phone', itemId: 'p2', consent: given },
    ]);
    await shop.module.get(Uploads).put(await picture('purple'), 'erikas-phone');
    const { sections } = await erasures.export({ kind: 'user', id: 'erika' });
    expect(Object.fromEntries(Object.entries(sections).map(([name, rows]) => [name, rows.length]))).toEqual({
      events: 2,
      impressions: 0,
      uploads: 1,
      visitors: 1,
      consents: 1,
    });
    const receipt = await erasures.erase({ kind: 'user', id: 'erika' });
    expect(receipt.counts).toEqual({ events: 2, impressions: 0, uploads: 1, visitors: 1, consents: 1 });
    const after = await erasures.export({ kind: 'user', id: 'erika' });
    expect(Object.values(after.sections).flat()).toEqual([]);
    expect(await seen('erika')).toEqual([]);
    expect(await consents.read({ kind: 'user', id: 'erika' })).toEqual({ is: 'never-asked' });
    const second = await erasures.erase({ kind: 'user', id: 'erika' });
    expect(second.previousHash).toBe(receipt.hash);
    const read = await erasures.receipt(second.receiptId);
    expect(read.verified).toBe(true);
    expect(JSON.stringify(read)).not.toContain('erika');
    await shop.database.query
      .updateTable('erasures')
      .set({ counts: JSON.stringify({ events: 0 }) })
      .where('receipt_id', '=', receipt.receiptId)
      .execute();
    expect((await erasures.receipt(second.receiptId)).verified).toBe(false);
  });

  it('removes what is older than the retention time', async () => {
    await events.record([
      { id: 'old', type: 'view', visitorId: 'keeper', itemId: 'p1', at: '2001-01-01T00:00:00Z', consent: given },
      { id: 'new', type: 'view', visitorId: 'keeper', itemId: 'p1', consent: given },
    ]);
    const gone = await shop.module.get(Retention).run();
    expect(gone.events).toBeGreaterThanOrEqual(1);
    const rows = await shop.database.query
      .selectFrom('events')
      .select('id')
      .where('visitor_id', '=', 'keeper')
      .execute();
    expect(rows.map(({ id }) => id)).toEqual(['new']);
  });

  it('takes in a thousand and more events a second', async () => {
    const total = 5_000;
    const started = performance.now();
    for (let at = 0; at < total; at += 1_000) {
      await events.record(
        Array.from(
          { length: 1_000 },
          (_, index): Event => ({
            type: 'view',
            visitorId: `bulk-${(at + index) % 500}`,
            itemId: `p${index % 50}`,
            consent: given,
          }),
        ),
      );
    }
    const perSecond = total / ((performance.now() - started) / 1000);
    console.info(`${database.name}: ${Math.round(perSecond)} events/s`);
    expect(perSecond).toBeGreaterThan(1_000);
  });
});
