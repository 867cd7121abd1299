import { afterEach, describe, expect, it } from 'vitest';
import { TrainingReader } from '../../src/training/training-reader.js';
import { type OpenShop, openShop } from '../recommendation/open-shop.js';
import { testDatabases } from '../support/databases.js';
import { testKeys } from '../support/running-vitrine.js';

const MINUTE_MS = 60_000;
const admin = { authorization: `Bearer ${testKeys.admin}` };

describe.each(testDatabases())('robots among the visitors, on the $name', (database) => {
  let shop: OpenShop | undefined;
  afterEach(() => shop?.close());

  it('are kept and reported, and nothing is learned from their bursts', async () => {
    shop = await openShop(database, { LOG_LEVEL: 'fatal', VITRINE_CONSENT: 'implied' });
    for (const id of ['p0', 'p1', 'p2']) await shop.call('PUT', `/v1/items/${id}`, { title: `Lamp ${id}` });
    const start = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 60 * MINUTE_MS;
    const view = (visitorId: string, ms: number, item: number) => ({
      type: 'view',
      visitorId,
      itemId: `p${item}`,
      at: new Date(start + ms).toISOString(),
    });
    const events = [
      // One that looks at everything within a minute, again and again; and earlier at a pace that a person might have.
      ...Array.from({ length: 200 }, (_, n) => view('robot', n * 250, n % 3)),
      ...Array.from({ length: 3 }, (_, n) => view('robot', -30 * MINUTE_MS + n * 5_000, n)),
      // A quick person, and many people at once.
      ...Array.from({ length: 60 }, (_, n) => view('keen', n * 900, n % 3)),
      ...Array.from({ length: 100 }, (_, n) => view(`somebody${n}`, 100, 1)),
    ];
    const stored = await fetch(`${shop.running.url}/v1/events/batch`, {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/x-ndjson' },
      body: events.map((event) => JSON.stringify(event)).join('\n'),
    });
    expect(await stored.json()).toMatchObject({ accepted: events.length });
    const { input, window } = await shop.running.app
      .get(TrainingReader)
      .read(new Date(start - 60 * MINUTE_MS), ['behaviour'], 1);
    expect(window).toMatchObject({ events: events.length, people: 102 });
    const byPerson = new Map<number, number>();
    for (const person of input.events.person) byPerson.set(person, (byPerson.get(person) ?? 0) + 1);
    expect([...byPerson.values()].sort((a, b) => b - a).slice(0, 3)).toEqual([60, 3, 1]);
    const { body } = await shop.call<{ findings: { code: string; examples: { id: string; detail: string }[] }[] }>(
      'GET',
      '/v1/admin/quality',
      undefined,
      admin,
    );
    expect(body.findings.find(({ code }) => code === 'events_bursting')?.examples).toEqual([
      { id: 'robot', detail: '200 events in one minute' },
    ]);
  });
});
