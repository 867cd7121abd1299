import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportRows } from '../../src/connect/export-rows.js';
import { type Database, loadSettings, migrate, openDatabase } from '../../src/platform/platform.api.js';

interface Server {
  url: string;
  stop(): Promise<void>;
}

describe.runIf(process.env.VITRINE_TEST_DATABASE_URL)('a replica for reads that may lag', () => {
  let primary: Server & { replica(): Promise<Server> };
  let replica: Server;
  let database: Database;
  let folder: string;
  const complaints: Error[] = [];

  beforeAll(async () => {
    const { startPostgres } = (await import('../../scripts/lib/postgres.mjs' as string)) as {
      startPostgres(): Promise<typeof primary>;
    };
    folder = await mkdtemp(join(tmpdir(), 'vitrine-replica-'));
    primary = await startPostgres();
    replica = await primary.replica();
    const env = { VITRINE_DATA_DIR: folder, DATABASE_URL: primary.url, DATABASE_READ_URL: replica.url };
    database = await openDatabase(loadSettings({ env, envFolder: null }).settings, (error) => complaints.push(error));
    await migrate(database);
  });
  afterAll(async () => {
    await database?.close();
    await replica?.stop();
    await primary?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const isReplica = async (): Promise<boolean> =>
    (await database.lagging.run('select pg_is_in_recovery() as standby')).rows[0]!.standby as boolean;

  it('answers them, a moment behind, and can change nothing', async () => {
    await database.run("insert into items (id, title, content_hash) values ('p1', 'A chair', 'x')");
    const until = Date.now() + 10_000;
    let ids: unknown[] = [];
    while (ids.length === 0 && Date.now() < until) {
      // So far behind that the table itself may not be there yet.
      const rows = await database.lagging.query
        .selectFrom('items')
        .select('id')
        .execute()
        .catch(() => []);
      ids = rows.map(({ id }) => id);
      await new Promise((wake) => setTimeout(wake, 20));
    }
    expect(ids).toEqual(['p1']);
    expect(await isReplica()).toBe(true);
    expect((await database.run('select pg_is_in_recovery() as standby')).rows[0]!.standby).toBe(false);
    await expect(database.lagging.run('delete from items')).rejects.toThrow(/read-only/);
    const exported: unknown[] = [];
    for await (const row of exportRows(database, ['items'], async () => ({}))) exported.push(row);
    expect(exported).toHaveLength(1);
  });

  it('that goes away leaves them to the primary, and takes them back', async () => {
    await replica.stop();
    expect(await isReplica()).toBe(false);
    expect(complaints.length).toBeGreaterThan(0);
  });
});
