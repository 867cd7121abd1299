import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../../../test/support/databases.js';
import { loadSettings } from '../config/load-settings.js';
import type { Database } from '../database/database.port.js';
import { migrate } from '../database/migrator.js';
import { openDatabase } from '../database/open-database.js';
import { PgBossJobQueue } from './pg-boss-job-queue.js';

const root = join(import.meta.dirname, '..', '..', '..');
const silent = pino({ level: 'silent' });
const HARMLESS = 20;
/** Twice together with others, then four times by itself, and one more where a silence was told late. */
const MOST_DEATHS = 7;
/** Harmless ones die with it twice; a silence told late may make it once more. */
const MOST_TIMES = 4;

describe.each(testDatabases())('a job that kills its process, on the $name', (given) => {
  let folder: string;
  let remove: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    // Inside the package, so that its dependencies are found.
    folder = await mkdtemp(join(root, 'node_modules', '.cache', 'killed-worker-'));
    await build({
      entryPoints: [join(root, 'test', 'support', 'killed-worker.ts')],
      outfile: join(folder, 'worker.mjs'),
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      define: { 'import.meta.url': JSON.stringify(`file://${join(root, 'src', 'platform', 'database', 'x.ts')}`) },
    });
  });
  afterAll(async () => {
    await remove?.();
    await rm(folder, { recursive: true, force: true });
  });

  it('is given up after a few deaths and told, and every other job is done', async () => {
    const installation = await given.install();
    remove = installation.remove;
    const journal = join(folder, 'journal');
    await writeFile(journal, '');
    const done = async () => (await readFile(journal, 'utf8')).split('\n').filter(Boolean).map(Number);
    const within = async <T>(work: (queue: PgBossJobQueue, database: Database) => Promise<T>): Promise<T> => {
      const database = await openDatabase(loadSettings({ env: installation.env, envFolder: null }).settings);
      await migrate(database);
      const queue = new PgBossJobQueue(database, silent, false);
      await queue.start();
      try {
        return await work(queue, database);
      } finally {
        await queue.stop(100);
        await database.close();
      }
    };
    await within((queue) =>
      queue.sendMany(
        'test.deadly',
        Array.from({ length: HARMLESS + 1 }, (_, n) => ({ n, deadly: n === 3 })),
        { keyOf: ({ n }) => String(n) },
      ),
    );
    let deaths = 0;
    for (;;) {
      const worker = spawn(process.execPath, [join(folder, 'worker.mjs')], {
        cwd: root,
        env: { ...process.env, ...installation.env, JOURNAL: journal },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const signal = await new Promise<NodeJS.Signals | null>((end) => worker.on('exit', (_code, by) => end(by)));
      if (signal === null) break;
      expect(++deaths).toBeLessThanOrEqual(MOST_DEATHS);
    }
    expect(deaths).toBeGreaterThanOrEqual(6);
    const times = new Map<number, number>();
    for (const n of await done()) times.set(n, (times.get(n) ?? 0) + 1);
    expect([...times.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: HARMLESS + 1 }, (_, n) => n).filter((n) => n !== 3),
    );
    // At least once, that is: what died with the deadly one before its end was written down is done again, but not time after time.
    expect(Math.max(...times.values())).toBeLessThanOrEqual(MOST_TIMES);
    await within(async (queue, database) => {
      const failed = await queue.failed(10);
      expect(failed).toHaveLength(1);
      expect(failed[0]).toMatchObject({ name: 'test.deadly', data: { n: 3 }, error: expect.stringContaining('died') });
      expect(await queue.givenUp('test.deadly')).toEqual([{ n: 3, deadly: true }]);
      expect(await queue.givenUp('test.deadly')).toEqual([]);

      // Whatever it was to wait for: who asks for it again means now.
      await database.run("update pgboss.job set start_after = now() + interval '1 hour' where state = 'failed'");
      await queue.retry(failed[0]!.id, 'test.deadly');
      const { rows } = await database.run(
        "select start_after <= now() as due from pgboss.job where name = 'test.deadly' and state = 'retry'",
      );
      expect(rows).toEqual([{ due: true }]);
    });
  }, 240_000);
});
