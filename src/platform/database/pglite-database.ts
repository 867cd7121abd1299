import { Worker } from 'node:worker_threads';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { Problem } from '../http/problem.js';
import { workerFile } from '../threads/worker-file.js';
import type { Database, Notification } from './database.port.js';
import { unreachable } from './database-error.js';
import { toWire } from './parameter-text.js';
import type { PgliteReply, PgliteRequest, PgliteThreadData } from './pglite-protocol.js';
import type { Tables } from './tables.js';
import { TransactionGuard } from './transaction-guard.js';
import { Turns } from './turns.js';

interface Answer {
  rows: Record<string, unknown>[];
  rowCount: number;
}

type Unsent<R> = R extends { id: number } ? Omit<R, 'id'> : never;

/** The near end of the database's thread: messages out, answers back. */
class PgliteThread {
  private readonly waiting = new Map<
    number,
    { resolve: (reply: PgliteReply) => void; reject: (error: unknown) => void }
  >();
  private nextId = 1;
  private ended: Error | null = null;
  heard: (notification: Notification) => void = () => undefined;

  private constructor(private readonly worker: Worker) {
    worker.on('message', (reply: PgliteReply) => this.receive(reply));
    worker.on('error', (error) => this.end(error));
    worker.on('exit', (code) => this.end(new Error(`The embedded database's thread ended with code ${code}.`)));
  }

  static async start(data: PgliteThreadData): Promise<PgliteThread> {
    const worker = new Worker(workerFile(new URL('./pglite-worker.js', import.meta.url)), { workerData: data });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', (reply: PgliteReply) => (reply.is === 'ready' ? resolve() : reject(opening(data, reply))));
      worker.once('error', reject);
    }).catch(async (error: unknown) => {
      await worker.terminate();
      throw error;
    });
    return new PgliteThread(worker);
  }

  ask(request: Unsent<PgliteRequest>): Promise<PgliteReply> {
    if (this.ended) return Promise.reject(unreachable(this.ended));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ ...request, id });
    });
  }

  async query(text: string, values: readonly unknown[]): Promise<Answer> {
    const reply = await this.ask({ do: 'query', text, values: values.map(toWire) });
    if (reply.is !== 'result') throw new Error(`Unexpected answer ${reply.is} of the embedded database.`);
    for (const name of reply.bytes) {
      for (const row of reply.rows) {
        const value = row[name];
        if (value instanceof Uint8Array) row[name] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      }
    }
    return { rows: reply.rows, rowCount: reply.rowCount };
  }

  async close(): Promise<void> {
    if (this.ended) return;
    await this.ask({ do: 'close' });
    this.ended = new Error('The embedded database is closed.');
    await this.worker.terminate();
  }

  private receive(reply: PgliteReply): void {
    if (reply.is === 'notification') {
      this.heard({ channel: reply.channel, payload: reply.payload });
      return;
    }
    if (reply.is === 'ready' || reply.is === 'failed') return;
    const waiter = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.is === 'error') waiter?.reject(Object.assign(new Error(reply.error.message), reply.error));
    else waiter?.resolve(reply);
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const { reject } of this.waiting.values()) reject(unreachable(error));
    this.waiting.clear();
  }
}

const opening = (data: PgliteThreadData, reply: PgliteReply): Problem =>
  new Problem({
    code: 'VIT_DATABASE_OPEN',
    status: 500,
    fault: 'shop',
    title: 'The embedded database does not open',
    detail: `The embedded database in ${data.folder ?? 'memory'} does not open: ${reply.is === 'failed' ? reply.message : reply.is}. Is the disk full, or the folder damaged?`,
  });

/** kysely's connection: outside a transaction its statements take turns with everybody's. */
class PgliteConnection implements DatabaseConnection {
  private state: 'free' | 'in a transaction' = 'free';
  /** The answer to `begin`, while nobody has waited for it yet. */
  private begun: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly thread: PgliteThread,
    private readonly turns: Turns,
  ) {}

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const post = (): Promise<Answer> => this.thread.query(query.sql, query.parameters);
    const { rows, rowCount } = await (this.state === 'free' ? this.turns.single(post) : this.behindBegin(post()));
    return { rows: rows as R[], numAffectedRows: BigInt(rowCount) };
  }

  // biome-ignore lint/correctness/useYield: refused, see the text
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('The one connection can not be held for a stream: page by key instead.');
  }

  /** `begin` goes ahead of the first statement; nobody waits for its answer alone. */
  async begin(): Promise<void> {
    await this.turns.take(() => {
      this.state = 'in a transaction';
      this.begun = this.thread.query('begin', []);
      this.begun.catch(() => undefined);
    });
  }

  /** A commit that is refused has ended the transaction; the rollback that follows it would hit somebody else's. */
  async end(how: 'commit' | 'rollback'): Promise<void> {
    if (this.state === 'free') return;
    this.state = 'free';
    await this.behindBegin(this.turns.leave(() => this.thread.query(how, [])));
  }

  private async behindBegin<T>(answer: Promise<T>): Promise<T> {
    const [, value] = await Promise.all([this.begun, answer]);
    return value;
  }
}

/** kysely's view of the thread. */
class PgliteDriver implements Driver {
  constructor(
    private readonly thread: PgliteThread,
    private readonly turns: Turns,
  ) {}

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PgliteConnection(this.thread, this.turns);
  }

  beginTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as PgliteConnection).begin();
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as PgliteConnection).end('commit');
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return (connection as PgliteConnection).end('rollback');
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.turns.single(() => this.thread.close());
  }
}

/** PGlite (PostgreSQL compiled to WASM, with pgvector and pg_trgm) in a thread of its own. One process a folder. */
export class PgliteDatabase implements Database {
  readonly kind = 'embedded';
  readonly query: Kysely<Tables>;
  /** One session has no replica. */
  readonly lagging = this;
  private readonly guard = new TransactionGuard();
  private readonly listeners = new Map<string, Set<(notification: Notification) => void>>();

  private readonly turns = new Turns();

  private constructor(private readonly thread: PgliteThread) {
    const driver = this.guard.watch(new PgliteDriver(thread, this.turns));
    this.query = new Kysely<Tables>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => driver,
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    });
    thread.heard = (notification) => {
      for (const hear of this.listeners.get(notification.channel) ?? []) hear(notification);
    };
  }

  /** Opens (and, in an empty folder, creates) a database. Creating takes 3–8 s without a template, under a second with one. */
  static async open(data: PgliteThreadData): Promise<PgliteDatabase> {
    return new PgliteDatabase(await PgliteThread.start(data));
  }

  transaction<T>(work: (trx: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.guard.transaction(this.query, work);
  }

  async run(text: string, values: readonly unknown[] = []): Promise<Answer> {
    const { rows, numAffectedRows } = await this.query.executeQuery<Record<string, unknown>>(
      CompiledQuery.raw(text, [...values]),
    );
    return { rows, rowCount: Number(numAffectedRows ?? 0) };
  }

  async script(text: string): Promise<void> {
    await this.run(text);
  }

  async listen(channel: string, hear: (notification: Notification) => void): Promise<() => Promise<void>> {
    const set = this.listeners.get(channel) ?? new Set();
    set.add(hear);
    if (!this.listeners.has(channel)) {
      this.listeners.set(channel, set);
      await this.turns.single(() => this.thread.ask({ do: 'listen', channel }));
    }
    return async () => {
      set.delete(hear);
      if (set.size > 0 || this.listeners.get(channel) !== set) return;
      this.listeners.delete(channel);
      await this.turns.single(() => this.thread.ask({ do: 'unlisten', channel }));
    };
  }

  async ping(): Promise<void> {
    await this.run('select 1');
  }

  /** The whole database as one gzipped tar file, as PGlite loads it again. Other statements wait meanwhile (some 0.5 s for 40 MB). */
  async dump(): Promise<Buffer> {
    const reply = await this.turns.single(() => this.thread.ask({ do: 'dump' }));
    if (reply.is !== 'dumped') throw new Error(`Unexpected answer ${reply.is} of the embedded database.`);
    return Buffer.from(reply.data);
  }

  async close(): Promise<void> {
    await this.query.destroy();
  }
}
