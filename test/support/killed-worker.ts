import { appendFileSync } from 'node:fs';
import { pino } from 'pino';
import { PgBossJobQueue } from '../../src/platform/jobs/pg-boss-job-queue.js';
import { loadSettings, migrate, openDatabase } from '../../src/platform/platform.api.js';

/** Works at `test.deadly` until nothing is left to do, and really dies (SIGKILL) in the midst of a batch with the deadly job in it. Every job that was done is noted in `JOURNAL`. */
const main = async (): Promise<void> => {
  const database = await openDatabase(loadSettings({ env: process.env, envFolder: null }).settings);
  await migrate(database);
  const expiry = { seconds: 2, beatSeconds: 0.3, sweepSeconds: 1, suspectSeconds: 0.2 };
  const queue = new PgBossJobQueue(database, pino({ level: 'error' }), true, expiry);
  await queue.start();
  for (let loop = 0; loop < 2; loop++)
    await queue.work<{ n: number; deadly: boolean }>(
      'test.deadly',
      { batchSize: 8, pollSeconds: 0.2 },
      async (jobs) => {
        await new Promise((wake) => setTimeout(wake, 100));
        if (jobs.some(({ data }) => data.deadly)) process.kill(process.pid, 'SIGKILL');
        for (const { data } of jobs) appendFileSync(process.env.JOURNAL!, `${data.n}\n`);
        return jobs.map(() => ({ is: 'done' as const }));
      },
    );
  queue.admitSuspects();
  const left = async (): Promise<number> => {
    const counts = (await queue.counts())['test.deadly'];
    return counts ? counts.waiting + counts.active : 0;
  };
  while ((await left()) > 0) await new Promise((wake) => setTimeout(wake, 200));
  await queue.stop(2_000);
  await database.close();
  process.exit(0);
};

await main();
