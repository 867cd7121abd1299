import { Agent, request as ask } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { type TestInstallation, testDatabases } from '../support/databases.js';
import { type RunningVitrine, startVitrine, testEnvironment, testKeys } from '../support/running-vitrine.js';
import { noteTrust } from '../support/trust-table.js';

const CALLERS = 12;
const STOPS = process.env.VITRINE_TEST_SUITE === 'trust' ? 10 : 1;
const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** One request over a kept connection: its status, or the code of the error with which it ended. */
const send = (url: string, agent: Agent, path: string, body: string, pieces = 1): Promise<number | string> =>
  new Promise((resolve) => {
    const sent = ask(
      url + path,
      {
        agent,
        method: 'POST',
        headers: {
          authorization: `Bearer ${testKeys.server}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode!));
        response.on('error', (error: NodeJS.ErrnoException) => resolve(`while answering: ${error.code}`));
      },
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    if (pieces === 1) return void sent.end(body);
    // A body that takes its time: half of it is on its way when the server is told to stop.
    const half = Math.floor(body.length / 2);
    sent.write(body.slice(0, half));
    setTimeout(() => sent.end(body.slice(half)), 1_500);
  });

describe.each(testDatabases())('told to stop (SIGTERM) on the $name', (database) => {
  let installation: TestInstallation;
  let vitrine: RunningVitrine | undefined;
  afterAll(async () => {
    await vitrine?.end('SIGKILL');
    await installation?.remove();
  });

  it('answers whatever it has taken on, refuses the rest at the door, and loses nothing', async () => {
    installation = await database.install();
    const env = testEnvironment({ ...installation.env, VITRINE_CONSENT: 'implied' });
    const acknowledged = new Set<string>();
    const endings = new Map<number | string, number>();
    let requests = 0;
    const note = (ending: number | string) => {
      requests++;
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    };
    for (let round = 0; round < STOPS; round++) {
      vitrine = await startVitrine(env);
      const { url } = vitrine;
      await vitrine.call('PUT', '/v1/items/p1', { title: 'Lamp' });
      const keepAlive = new Agent({ keepAlive: true, maxSockets: 1_000 });
      let serial = 0;
      const post = async (pieces = 1): Promise<number | string> => {
        const id = `r${round}e${++serial}`;
        const event = { id, type: 'view', userId: `u${serial % 5}`, itemId: 'p1' };
        const ending = await send(url, keepAlive, '/v1/events', JSON.stringify(event), pieces);
        if (ending === 202) acknowledged.add(id);
        note(ending);
        return ending;
      };
      // Each goes on until the door is shut.
      const caller = async (turn: number) => {
        for (let ending: number | string = 0; ending === 0 || typeof ending === 'number'; ) {
          ending = turn % 3 === 0 ? await list() : await post();
          if (turn % 4 === 1) await pause(20);
        }
      };
      const list = async () => {
        const ending = await send(
          url,
          keepAlive,
          '/v1/recommendations',
          JSON.stringify({ placement: 'home', userId: 'u1' }),
        );
        note(ending);
        return ending;
      };
      const callers = Array.from({ length: CALLERS }, (_, turn) => caller(turn));
      await pause(700);
      const slow = [post(2), post(2)];
      await pause(300);
      const ended = vitrine.end('SIGTERM');
      expect(await Promise.all(slow)).toEqual([202, 202]);
      await Promise.all(callers);
      expect(await ended).toEqual({ code: 0, signal: null });
      keepAlive.destroy();
    }
    // Answered as asked for, or not let in at all: nothing was cut off, no answer said that something is missing.
    expect([...endings.keys()].sort()).toEqual([200, 202, 'ECONNREFUSED']);

    vitrine = await startVitrine(env);
    const stored = new Map<string, number>();
    for (let user = 0; user < 5; user++) {
      const { body } = await vitrine.call<{ sections: { events?: { id: string }[] } }>(
        'GET',
        `/v1/users/u${user}/export`,
      );
      for (const { id } of body.sections.events ?? []) stored.set(id, (stored.get(id) ?? 0) + 1);
    }
    const lost = [...acknowledged].filter((id) => !stored.has(id)).length;
    const doubled = [...stored.values()].filter((times) => times > 1).length;
    noteTrust({
      what: `SIGTERM under traffic on the ${database.name}`,
      faults: STOPS,
      requests,
      acknowledged: acknowledged.size,
      lost,
      doubled,
    });
    expect({ lost, doubled }).toEqual({ lost: 0, doubled: 0 });
  }, 600_000);
});
