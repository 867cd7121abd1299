import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** What a test puts into the settings of the Vitrine it starts, and how it cleans up behind itself. */
export interface TestInstallation {
  /** `VITRINE_DATA_DIR` and, on a server, `DATABASE_URL`: each installation is empty and its own. */
  env: Record<string, string>;
  remove(): Promise<void>;
}

export interface TestDatabase {
  kind: 'embedded' | 'server';
  name: string;
  install(): Promise<TestInstallation>;
}

const folder = async () => mkdtemp(join(tmpdir(), 'vitrine-test-'));

const embedded: TestDatabase = {
  kind: 'embedded',
  name: 'embedded database',
  async install() {
    const data = await folder();
    return { env: { VITRINE_DATA_DIR: data }, remove: () => rm(data, { recursive: true, force: true }) };
  },
};

const server = (url: string): TestDatabase => ({
  kind: 'server',
  name: 'PostgreSQL',
  async install() {
    const data = await folder();
    const name = `t_${randomBytes(8).toString('hex')}`;
    const onServer = async (statement: string) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(statement);
      } finally {
        await client.end();
      }
    };
    await onServer(`create database ${name}`);
    const address = new URL(url);
    address.pathname = `/${name}`;
    return {
      env: { VITRINE_DATA_DIR: data, DATABASE_URL: address.toString() },
      remove: async () => {
        await onServer(`drop database if exists ${name} with (force)`);
        await rm(data, { recursive: true, force: true });
      },
    };
  },
});

/**
 * The databases every test of stored things runs on: the embedded one, and a real PostgreSQL that the global set-up started.
 * Use with `describe.each(testDatabases())('… on the $name', (database) => …)`.
 */
export const testDatabases = (): TestDatabase[] => {
  const url = process.env.VITRINE_TEST_DATABASE_URL;
  return url ? [embedded, server(url)] : [embedded];
};
