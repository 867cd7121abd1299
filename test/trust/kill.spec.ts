import { afterAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment } from '../support/running-vitrine.js';

const KILLS = process.env.VITRINE_TEST_SUITE === 'trust' ? 100 : 5;

/** A small seeded generator, so that a failing run can be repeated. */
const seeded = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

describe.each(testDatabases())('kill -9 on the $name', (database) => {
  let installation: TestInstallation;
  let vitrine: RunningVitrine;
  afterAll(async () => {
    await vitrine?.end('SIGKILL');
    await installation?.remove();
  });

  it(
    `loses and doubles nothing that was acknowledged, ${KILLS} times`,
    async () => {
      installation = await database.install();
      const env = testEnvironment({ ...installation.env, VITRINE_CONSENT: 'implied' });
      const random = seeded(20_26);
      const items = new Set<string>();
      const reviews = new Set<string>();
      const events = new Set<string>();
      let serial = 0;
      const acknowledged = () => items.size + reviews.size + events.size;
      for (let kill = 0; kill < KILLS; kill++) {
        vitrine = await startVitrine(env);
        let alive = true;
        const writer = async () => {
          while (alive) {
            const n = ++serial;
            try {
              const item = await vitrine.call('PUT', `/v1/items/i${n}`, {
                title: `Thing number ${n}`,
                description: 'A thing that must not get lost.',
              });
              if (item.status < 300) items.add(`i${n}`);
              const review = await vitrine.call('PUT', `/v1/items/i${n}/reviews/r${n}`, {
                text: `Still here, says reviewer ${n}.`,
                rating: 4,
              });
              if (review.status < 300) reviews.add(`i${n}/r${n}`);
              const batch = await vitrine.call<{ accepted: number; rejected: unknown[] }>(
                'POST',
                '/v1/events/batch',
                Array.from({ length: 5 }, (_, k) =>
                  JSON.stringify({ id: `e${n}-${k}`, type: 'view', userId: `u${n % 7}`, itemId: `i${n}` }),
                ).join('\n'),
              );
              if (batch.status === 200 && batch.body.rejected.length === 0)
                for (let k = 0; k < 5; k++) events.add(`e${n}-${k}`);
              const single = await vitrine.call('POST', '/v1/events', {
                id: `s${n}`,
                type: 'click',
                userId: `u${n % 7}`,
                itemId: `i${n}`,
              });
              if (single.status === 202) events.add(`s${n}`);
            } catch {
              return; // the process is gone; what was not acknowledged may be there or not
            }
          }
        };
        const writers = [writer(), writer(), writer()];
        // At a random moment of the writing, however fast this machine is.
        const enough = acknowledged() + 4 + Math.floor(random() * 30);
        while (acknowledged() < enough) await new Promise((wake) => setTimeout(wake, 2));
        await new Promise((wake) => setTimeout(wake, random() * 20));
        const end = await vitrine.end('SIGKILL');
        alive = false;
        expect(end.signal).toBe('SIGKILL');
        await Promise.all(writers);
      }

      vitrine = await startVitrine(env);
      for (const id of items) expect((await vitrine.call('GET', `/v1/items/${id}`)).status, id).toBe(200);
      for (const both of reviews) {
        const [id, reviewId] = both.split('/') as [string, string];
        const found = await vitrine.call<{ items?: { id: string }[]; reviews?: { id: string }[] }>(
          'GET',
          `/v1/items/${id}/reviews`,
        );
        const listed = (found.body.reviews ?? found.body.items ?? []).filter((review) => review.id === reviewId);
        expect(listed.length, both).toBe(1);
      }
      const stored = new Map<string, number>();
      for (let user = 0; user < 7; user++) {
        const found = await vitrine.call<{ sections?: Record<string, { id: string }[]>; events?: { id: string }[] }>(
          'GET',
          `/v1/users/u${user}/export`,
        );
        for (const event of found.body.events ?? found.body.sections?.events ?? [])
          stored.set(event.id, (stored.get(event.id) ?? 0) + 1);
      }
      const lost = [...events].filter((id) => !stored.has(id));
      const doubled = [...stored].filter(([, times]) => times > 1);
      console.log(
        `kill -9 on the ${database.name}: ${KILLS} kills, ${items.size} items, ${reviews.size} reviews, ${events.size} events acknowledged, ${lost.length} lost, ${doubled.length} doubled`,
      );
      expect(events.size).toBeGreaterThan(0);
      expect(lost).toEqual([]);
      expect(doubled).toEqual([]);
      const drained = await vitrine.end('SIGTERM');
      expect(drained.code).toBe(0);
    },
    KILLS * 60_000,
  );

  it.runIf(database.kind === 'embedded')(
    'keeps a second start away from the folder and leaves the first unharmed',
    async () => {
      const own = await database.install();
      const env = testEnvironment(own.env);
      const first = await startVitrine(env);
      await expect(startVitrine(env)).rejects.toThrow(/ended before it was ready \(2\)/);
      expect((await first.call('GET', '/health/ready', undefined, null)).status).toBe(200);
      await first.end();
      await own.remove();
    },
  );
});
