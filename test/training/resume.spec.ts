import { afterAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';

interface Run {
  id: string;
  state: string;
  step: string | null;
  reason: string | null;
  result: {
    fusion?: { version?: string };
    behaviour?: { version?: string; declined?: string };
    blend?: { version?: string; declined?: string };
    resumed?: { kinds: string[]; families: string[] };
    window?: { lastEvent: number };
  } | null;
}

const ITEMS = 180;
const PEOPLE = 250;
const STEPS = 20;
const DAY_MS = 86_400_000;
const items = Array.from({ length: ITEMS }, (_, i) =>
  JSON.stringify({ id: `i${i}`, title: `Thing ${i} of ${['wood', 'wool', 'glass', 'clay', 'steel', 'paper'][i % 6]}` }),
).join('\n');
/** Everybody comes once in eight days, so that fusion has few pairs and behaviour much to search through. */
const doings = (now: number): string => {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const lines: string[] = [];
  for (let step = 0; step < STEPS; step++)
    for (let person = 0; person < PEOPLE; person++)
      for (let twice = 0; twice < (step === 3 ? 2 : 1); twice++)
        lines.push(
          JSON.stringify({
            id: `e${step}-${person}-${twice}`,
            type: step % 5 === 4 ? 'purchase' : 'view',
            userId: `u${person}`,
            itemId: `i${6 * Math.floor(random() * (ITEMS / 6)) + (person % 6)}`,
            at: new Date(now - (165 - 8 * step) * DAY_MS + person * 60_000 + twice * 1000).toISOString(),
          }),
        );
  return lines.join('\n');
};

describe.each(testDatabases().filter(({ name }) => name.includes('embedded')))(
  'a training killed with kill -9 on the $name',
  (database) => {
    let installation: TestInstallation;
    let vitrine: RunningVitrine;
    afterAll(async () => {
      await vitrine?.end('SIGKILL');
      await installation?.remove();
    });

    it('goes on from its last finished step after a restart, over the same window', async () => {
      installation = await database.install();
      const env = testEnvironment({ ...installation.env, VITRINE_CONSENT: 'implied' });
      vitrine = await startVitrine(env);
      const admin = <T>(method: string, path: string, body?: unknown) =>
        vitrine.call<T>(method, `/v1/admin/${path}`, body, testKeys.admin);
      expect((await vitrine.call<{ accepted: number }>('POST', '/v1/items/batch', items)).body.accepted).toBe(ITEMS);
      await vitrine.call('POST', '/v1/events/batch', doings(Date.now()));
      for (let tries = 0; tries < 600; tries++) {
        const { body } = await vitrine.call<{ status: { modalities: { text: string } } }>(
          'GET',
          `/v1/items/i${ITEMS - 1}`,
        );
        if (body.status.modalities.text === 'ready') break;
        await new Promise((wake) => setTimeout(wake, 100));
      }
      const started = await admin<Run>('POST', 'training', {});
      const now = async (): Promise<Run> => (await admin<Run>('GET', `training/${started.body.id}`)).body;
      // Asked for again while it waits or works, it is the same run.
      expect((await admin<Run>('POST', 'training', {})).body.id).toBe(started.body.id);
      let before = await now();
      for (
        let tries = 0;
        !(before.result?.fusion && /ials|content|graph|ease|blend/.test(before.step ?? '')) && tries < 1200;
        tries++
      ) {
        if (before.state === 'done' || before.state === 'failed')
          throw new Error(`too late: ${JSON.stringify(before)}`);
        await new Promise((wake) => setTimeout(wake, 20));
        before = await now();
      }
      await vitrine.end('SIGKILL');
      vitrine = await startVitrine(env);
      // What happens after the kill is not in the window of the run that goes on.
      await vitrine.call('POST', '/v1/events', { id: 'late', type: 'view', userId: 'u1', itemId: 'i1' });
      let after = await now();
      for (let tries = 0; !['done', 'failed', 'skipped'].includes(after.state) && tries < 1200; tries++) {
        await new Promise((wake) => setTimeout(wake, 100));
        after = await now();
      }
      expect(after).toMatchObject({ state: 'done' });
      expect(after.result?.resumed?.kinds).toContain('fusion');
      expect(after.result?.resumed?.families.length).toBeGreaterThan(0);
      expect(after.result?.fusion).toEqual(before.result?.fusion);
      expect(after.result?.behaviour?.version).toMatch(/^behaviour-/);
      expect(after.result?.blend?.version ?? after.result?.blend?.declined).toBeTruthy();
      const { body } = await admin<{ models: { kind: string; version: string; state: string }[] }>('GET', 'models');
      for (const kind of ['fusion', 'behaviour'])
        expect(body.models.filter((model) => model.version.startsWith(`${kind}-`))).toHaveLength(1);
      expect(body.models.filter(({ state }) => state === 'candidate' && !/^default-/.test(state)).length).toBeLessThan(
        2,
      );
    }, 240_000);
  },
);
