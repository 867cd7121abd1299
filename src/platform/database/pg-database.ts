import { CompiledQuery, type Driver, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database, LaggingReads, Notification } from './database.port.js';
import { isUnreachable, unreachable } from './database-error.js';
import { PgListener } from './pg-listener.js';
import { ReplicaDriver } from './replica-driver.js';
import type { Tables } from './tables.js';
import { TransactionGuard } from './transaction-guard.js';

const BIGINT = 20;
const BIGINT_ARRAY = 1016;
const NUMERIC = 1700;
const NUMERIC_ARRAY = 1231;
const TIMESTAMP = 1114;
const DATE = 1082;
const INTERVAL = 1186;

const numbers = (text: string): (number | null)[] =>
  text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((part) => (part === 'NULL' ? null : Number(part)));

const parsers: Record<number, (text: string) => unknown> = {
  [BIGINT]: Number,
  [BIGINT_ARRAY]: numbers,
  [NUMERIC]: Number,
  [NUMERIC_ARRAY]: numbers,
  [DATE]: (text) => text,
  [INTERVAL]: (text) => text,
  [TIMESTAMP]: (text) => new Date(`${text.replace(' ', 'T')}Z`),
};

/** Type parsers that give the JavaScript types promised by `Database`. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers[oid]) || pg.types.getTypeParser(oid, format as 'text'),
};

export interface PgOptions {
  url: string;
  /** A replica for reads that may lag. */
  readUrl?: string;
  /** Most connections at once, to each server. */
  connections: number;
  /** Told of errors of idle connections, which are replaced. */
  report: (error: Error) => void;
}

/** A real PostgreSQL through a pool. A lost connection is replaced at the next call; listening goes on by itself. */
export class PgDatabase implements Database {
  readonly kind = 'server';
  readonly query: Kysely<Tables>;
  private readonly guard = new TransactionGuard();
  readonly lagging: LaggingReads;
  private readonly replica: Kysely<Tables> | null = null;
  private readonly listener: PgListener;

  constructor(options: PgOptions) {
    const pool = openPool(options.url, options);
    this.listener = new PgListener(options.url, options.report);
    const dialect = new PostgresDialect({ pool });
    this.query = over(dialect, () => this.guard.watch(dialect.createDriver()));
    if (options.readUrl === undefined) this.lagging = this;
    else {
      const replica = new PostgresDialect({
        pool: openPool(options.readUrl, options, '-c default_transaction_read_only=on'),
      });
      const driver = () =>
        this.guard.watch(new ReplicaDriver(replica.createDriver(), dialect.createDriver(), options.report));
      this.replica = over(replica, driver);
      const query = this.replica;
      this.lagging = { query, run: (text, values) => runOn(query, text, values) };
    }
  }

  transaction<T>(work: (trx: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.guard.transaction(this.query, work);
  }

  run(text: string, values: readonly unknown[] = []): ReturnType<Database['run']> {
    return runOn(this.query, text, values);
  }

  async script(text: string): Promise<void> {
    await this.run(text);
  }

  listen(channel: string, hear: (notification: Notification) => void): Promise<() => Promise<void>> {
    return this.listener.listen(channel, hear);
  }

  async ping(): Promise<void> {
    try {
      await this.run('select 1');
    } catch (error) {
      throw isUnreachable(error) ? unreachable(error) : error;
    }
  }

  async close(): Promise<void> {
    await this.listener.close();
    await this.replica?.destroy();
    await this.query.destroy();
  }
}

const openPool = (url: string, { connections, report }: PgOptions, options?: string): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'vitrine',
    types,
    options,
  });
  // Without a listener an idle connection's end would be an uncaught error and end the process.
  pool.on('error', report);
  // The pool listens to idle connections alone; one that is lost while somebody holds it between two statements must not end the process either.
  pool.on('connect', (client) => client.on('error', report));
  return pool;
};

const over = (dialect: PostgresDialect, createDriver: () => Driver): Kysely<Tables> =>
  new Kysely<Tables>({
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createDriver,
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  });

const runOn = async (
  query: Kysely<Tables>,
  text: string,
  values: readonly unknown[] = [],
): ReturnType<Database['run']> => {
  const { rows, numAffectedRows } = await query.executeQuery<Record<string, unknown>>(
    CompiledQuery.raw(text, [...values]),
  );
  // Several statements at once come back as one result each, and kysely then finds no rows.
  return { rows: rows ?? [], rowCount: Number(numAffectedRows ?? rows?.length ?? 0) };
};
