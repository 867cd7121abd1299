import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { testDatabases } from './databases.js';

describe.each(testDatabases())('a test installation on the $name', (database) => {
  it('is empty and of its own', async () => {
    const first = await database.install();
    const second = await database.install();
    expect(first.env.VITRINE_DATA_DIR).not.toBe(second.env.VITRINE_DATA_DIR);
    if (database.kind === 'server') {
      const client = new pg.Client(first.env.DATABASE_URL);
      await client.connect();
      const { rows } = await client.query(
        "select count(*)::int as n from information_schema.tables where table_schema = 'public'",
      );
      await client.end();
      expect(rows[0].n).toBe(0);
    }
    await first.remove();
    await second.remove();
  });
});
