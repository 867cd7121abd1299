import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from './database.port.js';
import { migrate } from './migrator.js';

/** What both adapters of `Database` promise. */
export const databaseConformance = (open: () => Promise<{ database: Database; close: () => Promise<void> }>): void => {
  let database: Database;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ database, close } = await open());
    await migrate(database);
  });
  afterAll(() => close());

  it('gives the same JavaScript types for a row of all types', async () => {
    const { rows } = await database.run(
      `select 9007199254740991::int8 as whole, 2.5::numeric as exact, 1.5::real as rough, timestamptz '2026-01-02T03:04:05.678Z' as at,
        '{"a":[1,null]}'::jsonb as json, '[1,2.5]'::vector as vector, array[1,2]::int8[] as wholes, array[1.5,null]::numeric[] as exacts,
        '\\x00ff'::bytea as bytes, array['a','b,"c'] as texts, date '2026-01-01' as day, true as flag, interval '1 hour' as span,
        timestamp '2026-01-02 03:04:05' as local, null as nothing, array[timestamptz '2026-01-01Z'] as times`,
    );
    expect(rows).toEqual([
      {
        whole: 9007199254740991,
        exact: 2.5,
        rough: 1.5,
        at: new Date('2026-01-02T03:04:05.678Z'),
        json: { a: [1, null] },
        vector: '[1,2.5]',
        wholes: [1, 2],
        exacts: [1.5, null],
        bytes: Buffer.from([0, 255]),
        texts: ['a', 'b,"c'],
        day: '2026-01-01',
        flag: true,
        span: '01:00:00',
        local: new Date('2026-01-02T03:04:05Z'),
        nothing: null,
        times: [new Date('2026-01-01T00:00:00Z')],
      },
    ]);
    expect(Buffer.isBuffer(rows[0]?.bytes)).toBe(true);
  });

  it('takes every kind of parameter', async () => {
    const { rows } = await database.run(
      `select $1::text as text, $2::int as whole, $3::boolean as flag, $4::timestamptz as at, $5::jsonb as json, $6::text[] as texts,
        $7::bytea as bytes, $8::vector as vector, $9::text as nothing, $10::int8[] as wholes, $11::float8 as rough`,
      [
        'ü"\\',
        7,
        false,
        new Date('2026-01-02T03:04:05.678Z'),
        JSON.stringify([{ a: 1 }]),
        ['a', 'b,"c', ''],
        Buffer.from([0, 255]),
        '[1,2]',
        null,
        [1, 2],
        1e-7,
      ],
    );
    expect(rows).toEqual([
      {
        text: 'ü"\\',
        whole: 7,
        flag: false,
        at: new Date('2026-01-02T03:04:05.678Z'),
        json: [{ a: 1 }],
        texts: ['a', 'b,"c', ''],
        bytes: Buffer.from([0, 255]),
        vector: '[1,2]',
        nothing: null,
        wholes: [1, 2],
        rough: 1e-7,
      },
    ]);
  });

  it('tells how many rows a statement touched, with and without returned rows', async () => {
    await database.script(
      'create table touched (n int); insert into touched values (1), (2), (3); create table other (n int)',
    );
    expect((await database.run('update touched set n = n + 1 where n > $1', [1])).rowCount).toBe(2);
    expect((await database.run('delete from touched returning n')).rowCount).toBe(3);
    expect((await database.run('select 1 where false')).rowCount).toBe(0);
  });

  it('keeps all of a transaction or nothing, and never lets another statement in between', async () => {
    const insert = (id: string) => ({ name: id, value: 'v' });
    await expect(
      database.transaction(async (trx) => {
        await trx.insertInto('secrets').values(insert('half')).execute();
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = database.transaction(async (trx) => {
      await trx.insertInto('secrets').values(insert('one')).execute();
      await held;
      await trx.insertInto('secrets').values(insert('two')).execute();
      throw new Error('rolled back');
    });
    const outside = database.query.insertInto('secrets').values(insert('outside')).execute();
    release();
    await expect(first).rejects.toThrow('rolled back');
    await outside;
    expect((await database.query.selectFrom('secrets').select('name').execute()).map(({ name }) => name)).toEqual([
      'outside',
    ]);
  });

  it('ends a transaction whose commit is refused, and leaves the next one alone', async () => {
    await database.script(
      'create table if not exists late (id int primary key, other int references late (id) deferrable initially deferred); truncate late',
    );
    const insert = (id: number, other: number | null) =>
      database.transaction(async (trx) => {
        await sql`insert into late values (${id}, ${other})`.execute(trx);
        await sql`select 1`.execute(trx);
      });
    const outcomes = await Promise.allSettled([insert(1, 99), insert(2, null), insert(3, 98), insert(4, null)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    const { rows } = await database.run('select id from late order by id');
    expect(rows).toEqual([{ id: 2 }, { id: 4 }]);
    await database.script('drop table late');
  });

  it('keeps many transactions and single statements at once apart', async () => {
    await database.script('create table if not exists sums (id int primary key, n int); truncate sums');
    await database.run('insert into sums values (1, 0)');
    const add = () =>
      database.transaction(async (trx) => {
        const before = await sql<{ n: number }>`select n from sums where id = 1 for update`.execute(trx);
        await new Promise((wake) => setImmediate(wake));
        await sql`update sums set n = ${before.rows[0]!.n + 1} where id = 1`.execute(trx);
        if (before.rows[0]!.n % 5 === 4)
          await sql`insert into sums values (${100 + before.rows[0]!.n}, 1)`.execute(trx);
      });
    const seen: number[] = [];
    const look = async () => {
      const { rows } = await database.run('select n from sums where id = 1');
      seen.push(Number(rows[0]!.n));
    };
    await Promise.all(Array.from({ length: 40 }, (_, k) => (k % 2 ? look() : add())));
    const { rows } = await database.run('select count(*)::int as rows, max(n)::int as n from sums');
    expect(rows).toEqual([{ rows: 5, n: 20 }]);
    expect(seen).toHaveLength(20);
    await database.script('drop table sums');
  });

  it('refuses a statement outside the transaction that is open around it, instead of waiting for itself', async () => {
    await expect(database.transaction(() => database.run('select 1'))).rejects.toMatchObject({
      code: 'VIT_DATABASE_NESTED',
    });
    await expect(database.transaction(() => database.transaction(async () => 1))).rejects.toMatchObject({
      code: 'VIT_DATABASE_NESTED',
    });
    expect((await database.run('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('names the broken rule of a refused statement', async () => {
    await database.query.insertInto('placements').values({ name: 'twice', settings: '{}' }).execute();
    await expect(
      database.query.insertInto('placements').values({ name: 'twice', settings: '{}' }).execute(),
    ).rejects.toMatchObject({
      code: '23505',
      constraint: 'placements_pkey',
    });
    await expect(database.run('select wrong')).rejects.toMatchObject({ code: '42703' });
  });

  it('hears a notification until it stops listening', async () => {
    const heard: string[] = [];
    let wake = (): void => undefined;
    const stop = await database.listen('news', ({ payload }) => {
      heard.push(payload);
      wake();
    });
    const first = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await database.run("select pg_notify('news', $1)", ['first']);
    await first;
    await stop();
    await database.run("select pg_notify('news', $1)", ['second']);
    expect(heard).toEqual(['first']);
  });

  it('migrates once, and a second time does nothing', async () => {
    expect(await migrate(database)).toEqual([]);
  });

  it('answers a ping', async () => {
    await expect(database.ping()).resolves.toBeUndefined();
  });
};
