import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../../../test/support/databases.js';
import { loadSettings } from '../config/load-settings.js';
import type { Database } from '../database/database.port.js';
import { migrate } from '../database/migrator.js';
import { openDatabase } from '../database/open-database.js';
import { PgBossJobQueue } from './pg-boss-job-queue.js';

const silent = pino({ level: 'silent' });
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await new Promise((wake) => setTimeout(wake, 25));
  }
  expect(await holds()).toBe(true);
};

describe.each(testDatabases())('jobs on the $name', (given) => {
  let database: Database;
  let queue: PgBossJobQueue;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const installation = await given.install();
    database = await openDatabase(loadSettings({ env: installation.env, envFolder: null }).settings);
    await migrate(database);
    queue = new PgBossJobQueue(database, silent);
    await queue.start();
    remove = installation.remove;
  });
  afterAll(async () => {
    await queue.stop(2_000);
    await database.close();
    await remove();
  });

  it('wakes the worker of the same process at once', async () => {
    const done: number[] = [];
    await queue.work<{ n: number }>('test.wake', { pollSeconds: 30 }, async (jobs) => {
      done.push(...jobs.map(({ data }) => data.n));
      return jobs.map(() => ({ is: 'done' as const }));
    });
    await new Promise((wake) => setTimeout(wake, 300));
    const sent = performance.now();
    await queue.send('test.wake', { n: 1 });
    await until(() => done.length === 1);
    expect(performance.now() - sent).toBeLessThan(5_000);
  });

  it('merges waiting jobs of one key and keeps those of others', async () => {
    await queue.send('test.merge', { n: 1 }, { key: 'a' });
    await queue.send('test.merge', { n: 2 }, { key: 'a' });
    await queue.sendMany('test.merge', [{ n: 3 }, { n: 4 }, { n: 5 }], { keyOf: ({ n }) => (n === 3 ? 'a' : `k${n}`) });
    await queue.send('test.merge', { n: 6 });
    expect((await queue.counts())['test.merge']).toEqual({ waiting: 4, active: 0, failed: 0 });
  });

  it('hands jobs over in batches, retries the failed alone, and keeps them as failed in the end', async () => {
    const seen: number[][] = [];
    await queue.work<{ n: number }>('test.fail', { batchSize: 10, pollSeconds: 0.2 }, async (jobs) => {
      seen.push(jobs.map(({ data }) => data.n));
      return jobs.map(({ data }) =>
        data.n === 2 ? { is: 'failed' as const, error: new Error('two is wrong') } : { is: 'done' as const },
      );
    });
    await queue.sendMany('test.fail', [{ n: 1 }, { n: 2 }, { n: 3 }], { retries: 0 });
    await until(async () => (await queue.failed(10)).length === 1);
    const [failed] = await queue.failed(10);
    expect(failed).toMatchObject({ name: 'test.fail', data: { n: 2 }, error: 'two is wrong' });
    expect(seen.flat().sort()).toEqual([1, 2, 3]);
    await queue.retry(failed!.id, 'test.fail');
    await until(() => seen.flat().filter((n) => n === 2).length === 2);
    await expect(queue.retry('7f1c9b7e-0000-4000-8000-000000000000', 'test.fail')).rejects.toMatchObject({
      status: 404,
    });
  });

  it('leaves jobs to the workers in a process that only answers', async () => {
    const answering = new PgBossJobQueue(database, silent, false);
    let ran = false;
    await answering.work('test.elsewhere', { pollSeconds: 0.1 }, async (jobs) => {
      ran = true;
      return jobs.map(() => ({ is: 'done' as const }));
    });
    await answering.send('test.elsewhere', { n: 1 });
    await new Promise((wake) => setTimeout(wake, 500));
    expect(ran).toBe(false);
    await answering.stop(100);
  });

  it('takes jobs from a worker that fell silent, and not from one that is only slow', async () => {
    const expiry = { seconds: 3, beatSeconds: 0.5, sweepSeconds: 1 };
    const slow = new PgBossJobQueue(database, silent, true, expiry);
    await slow.start();
    const given: number[] = [];
    let finished = false;
    // As a worker that was killed leaves it: taken, and nobody at work.
    await slow.send('test.silence', { n: 1 });
    await database.run("update pgboss.job set state = 'active', started_on = now() where name = 'test.silence'");
    const other = new PgBossJobQueue(database, silent, false, expiry);
    await other.send('test.slow', { n: 2 });
    await slow.work<{ n: number }>('test.slow', { pollSeconds: 0.2 }, async (jobs) => {
      given.push(...jobs.map(({ data }) => data.n));
      await new Promise((wake) => setTimeout(wake, 7_000));
      finished = true;
      return jobs.map(() => ({ is: 'done' as const }));
    });
    await until(async () => given.length === 1);
    await slow.work<{ n: number }>('test.silence', { pollSeconds: 0.2 }, async (jobs) => {
      given.push(...jobs.map(({ data }) => data.n));
      return jobs.map(() => ({ is: 'done' as const }));
    });
    await until(() => given.length === 2);
    await until(() => finished);
    const state = async () =>
      String((await database.run("select state from pgboss.job where name = 'test.slow'")).rows[0]?.state);
    await until(async () => (await state()) === 'completed');
    expect([...given].sort()).toEqual([1, 2]);
    await slow.stop(1_000);
    await other.stop(100);
  });
});
