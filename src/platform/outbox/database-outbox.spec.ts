import { sql } from 'kysely';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabases } from '../../../test/support/databases.js';
import { loadSettings } from '../config/load-settings.js';
import type { Database } from '../database/database.port.js';
import { migrate } from '../database/migrator.js';
import { openDatabase } from '../database/open-database.js';
import { DatabaseOutbox } from './database-outbox.js';
import type { OutboxEntry } from './outbox.port.js';

const silent = pino({ level: 'silent' });
const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200 && !holds(); tries++) await new Promise((wake) => setTimeout(wake, 25));
  expect(holds()).toBe(true);
};

describe.each(testDatabases())('the outbox on the $name', (given) => {
  let database: Database;
  let second: Database | null = null;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    const installation = await given.install();
    const { settings } = loadSettings({ env: installation.env, envFolder: null });
    database = await openDatabase(settings);
    await migrate(database);
    if (given.kind === 'server') second = await openDatabase(settings);
    remove = installation.remove;
  });
  afterAll(async () => {
    await second?.close();
    await database.close();
    await remove();
  });

  it('has told the own followers before a write resolves, each subject once', async () => {
    const outbox = new DatabaseOutbox(database, silent);
    await outbox.start();
    const heard: OutboxEntry[] = [];
    outbox.follow('item', async (entries) => {
      await new Promise((wake) => setTimeout(wake, 20));
      heard.push(...entries);
    });
    await outbox.write(async (_trx, append) => {
      append({ topic: 'item', subject: '1' });
      append({ topic: 'item', subject: '1' });
      append({ topic: 'keys', subject: 'other' });
    });
    expect(heard).toEqual([{ topic: 'item', subject: '1' }]);
    await outbox.stop();
  });

  it('tells nobody of what was rolled back', async () => {
    const outbox = new DatabaseOutbox(database, silent);
    const heard: OutboxEntry[] = [];
    outbox.follow('item', (entries) => void heard.push(...entries));
    await expect(
      outbox.write(async (_trx, append) => {
        append({ topic: 'item', subject: '2' });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(heard).toEqual([]);
  });

  it('keeps a committed write even when a follower fails', async () => {
    const outbox = new DatabaseOutbox(database, silent);
    outbox.follow('rules', () => {
      throw new Error('follower');
    });
    await expect(
      outbox.write(async (_trx, append) => append({ topic: 'rules', subject: 'r' })),
    ).resolves.toBeUndefined();
  });

  it('notes what one statement changed together with it: each subject once, nothing where nothing changed or it failed', async () => {
    const outbox = new DatabaseOutbox(database, silent);
    await database.script('create table things (id text primary key, owner text not null)');
    const heard: OutboxEntry[] = [];
    outbox.follow('person', (entries) => void heard.push(...entries));
    const other = second && new DatabaseOutbox(second, silent);
    const heardElsewhere: string[] = [];
    other?.follow('person', (entries) => void heardElsewhere.push(...entries.map(({ subject }) => subject)));
    await other?.start();
    const put = (things: readonly { id: string; owner: string | null }[]) =>
      outbox.writeAtOnce({
        topic: 'person',
        change: sql<{ id: string; owner: string }>`insert into things select id, owner
          from json_to_recordset(${JSON.stringify(things)}::text::json) as given (id text, owner text)
          on conflict (id) do nothing returning id, owner`,
        subjects: sql`select owner as subject from changed`,
        entries: (rows) => rows.map(({ id, owner }) => ({ topic: 'person', subject: owner, detail: id })),
      });
    const noted = async () =>
      (await database.run(`select subject from outbox where topic = 'person' order by subject`)).rows.map(
        ({ subject }) => subject,
      );
    const first = await put([
      { id: 'a', owner: 'ann' },
      { id: 'b', owner: 'ann' },
      { id: 'c', owner: 'bob' },
    ]);
    expect(first.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
    expect(heard.map(({ subject }) => subject).sort()).toEqual(['ann', 'bob']);
    expect(await noted()).toEqual(['ann', 'bob']);
    expect(await put([{ id: 'a', owner: 'ann' }])).toEqual([]);
    await expect(
      put([
        { id: 'd', owner: 'dan' },
        { id: 'e', owner: null },
      ]),
    ).rejects.toThrow(/null/);
    expect(await noted()).toEqual(['ann', 'bob']);
    expect(heard).toHaveLength(2);
    if (other) await until(() => heardElsewhere.length === 2);
    await other?.stop();
  });

  it.runIf(given.kind === 'server')(
    'tells another process within a second or two, once, also of a transaction that began earlier and ended later',
    async () => {
      const ours = new DatabaseOutbox(database, silent);
      const theirs = new DatabaseOutbox(second!, silent);
      const heard: string[] = [];
      theirs.follow('item', (entries) => void heard.push(...entries.map(({ subject }) => subject)));
      await ours.start();
      await theirs.start();
      let finish = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const late = database.transaction(async (trx) => {
        await trx.insertInto('outbox').values({ topic: 'item', subject: 'late', origin: 'elsewhere' }).execute();
        await held;
      });
      await ours.write(async (_trx, append) => append({ topic: 'item', subject: 'early' }));
      await until(() => heard.includes('early'));
      finish();
      await late;
      await until(() => heard.includes('late'));
      await new Promise((wake) => setTimeout(wake, 1_200));
      expect(heard.sort()).toEqual(['early', 'late']);
      await ours.stop();
      await theirs.stop();
    },
  );
});
