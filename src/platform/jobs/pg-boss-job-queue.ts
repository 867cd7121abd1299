import { randomUUID } from 'node:crypto';
import PgBoss from 'pg-boss';
import type { Logger } from 'pino';
import type { Database } from '../database/database.port.js';
import { notFound } from '../http/problem.js';
import { jobBatch } from '../telemetry.js';
import { isSuspect, JobDeaths } from './job-deaths.js';
import type { FailedJob, Job, JobName, JobOutcome, JobQueue, SendOptions, WorkOptions } from './job-queue.port.js';

const RETRIES = 5;
const RETRY_DELAY_SECONDS = 2;
/** A worker says so often that it still has its jobs, and is held dead after so long a silence. */
const DEFAULT_EXPIRY: Expiry = { seconds: 120, beatSeconds: 20, sweepSeconds: 60 };
/** pg-boss' own expiry comes into it only when nobody is left who looks for the dead. */
const BACKSTOP = 3;
const POLL_SECONDS = 2;
/** When a suspect that could not be run is looked at again. */
const SUSPECT_DELAY_SECONDS = 1;
const KEEP_DAYS = 14;

/** When a worker that fell silent loses its jobs; all in seconds, and `beatSeconds` well below `seconds`. */
export interface Expiry {
  seconds: number;
  beatSeconds: number;
  sweepSeconds: number;
  /** How long a job under which a process died by itself waits for its next turn; the usual when left out. */
  suspectSeconds?: number;
}

interface Loop {
  wake: () => void;
  ended: Promise<void>;
}

/**
 * Durable jobs by pg-boss, through the `Database` port. A queue's policy `short` merges waiting jobs of one key; jobs without a key get one of
 * their own. The loops that fetch are ours, so that every job of a batch has an outcome of its own and a `send` wakes its worker.
 */
export class PgBossJobQueue implements JobQueue {
  private readonly boss: PgBoss;
  private readonly queues = new Map<string, Promise<void>>();
  private readonly loops = new Map<string, Loop[]>();
  private readonly stopping = new AbortController();
  private readonly deaths: JobDeaths;
  /** By queue, the silence after which a worker is held dead. */
  private readonly silence = new Map<string, number>();
  private sweep: NodeJS.Timeout | undefined;
  private suspectsAdmitted = false;
  private suspectRuns = false;
  private started: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    /** False in a process that only answers HTTP: it sends jobs and leaves them to the workers. */
    private readonly works = true,
    private readonly expiry: Expiry = DEFAULT_EXPIRY,
  ) {
    this.deaths = new JobDeaths(database, expiry.suspectSeconds);
    this.boss = new PgBoss({
      db: {
        executeSql: async (text: string, values?: unknown[]) => {
          if (values && values.length > 0) return this.database.run(text, values);
          // pg-boss sends several statements at once without parameters; single ones must give back their rows.
          if (/;\s*\S/.test(text.trim().replace(/;\s*$/, ''))) {
            await this.database.script(text);
            return { rows: [] };
          }
          return this.database.run(text);
        },
      },
      schema: 'pgboss',
      archiveCompletedAfterSeconds: 60 * 60,
      archiveFailedAfterSeconds: KEEP_DAYS * 24 * 3600,
      deleteAfterDays: KEEP_DAYS,
      maintenanceIntervalSeconds: this.expiry.sweepSeconds,
    } as PgBoss.ConstructorOptions);
    this.boss.on('error', (error) => this.logger.warn({ err: error }, 'job queue'));
  }

  start(): Promise<void> {
    this.started ??= this.boss.start().then(() => undefined);
    return this.started;
  }

  async send<T extends object>(name: JobName, data: T, options: SendOptions = {}): Promise<void> {
    await this.queue(name);
    await this.boss.send(name, data, {
      singletonKey: options.key ?? randomUUID(),
      startAfter: options.startAfterSeconds ?? 0,
      priority: options.priority ?? 0,
      retryLimit: options.retries ?? RETRIES,
      retryDelay: RETRY_DELAY_SECONDS,
      retryBackoff: true,
    });
    this.wake(name);
  }

  async sendMany<T extends object>(
    name: JobName,
    data: readonly T[],
    options: SendOptions & { keyOf?: (data: T) => string; unlessOpen?: boolean } = {},
  ): Promise<void> {
    if (data.length === 0) return;
    await this.queue(name);
    for (let start = 0; start < data.length; start += 500) {
      const some = data.slice(start, start + 500);
      const open = options.unlessOpen && options.keyOf ? await this.open(name, some.map(options.keyOf)) : null;
      const due = open ? some.filter((one) => !open.has(options.keyOf!(one))) : some;
      if (due.length === 0) continue;
      await this.boss.insert(
        due.map((one) => ({
          name,
          data: one,
          singletonKey: options.keyOf?.(one) ?? options.key ?? randomUUID(),
          priority: options.priority ?? 0,
          retryLimit: options.retries ?? RETRIES,
          retryDelay: RETRY_DELAY_SECONDS,
          retryBackoff: true,
          expireInSeconds: this.expiry.seconds * BACKSTOP,
          ...(options.startAfterSeconds ? { startAfter: new Date(Date.now() + options.startAfterSeconds * 1000) } : {}),
        })),
      );
    }
    this.wake(name);
  }

  async work<T extends object>(
    name: JobName,
    options: WorkOptions,
    handle: (jobs: readonly Job<T>[]) => Promise<readonly JobOutcome[]>,
  ): Promise<void> {
    if (!this.works) return;
    this.silence.set(name, options.expireSeconds ?? this.expiry.seconds);
    await this.queue(name);
    await this.takeBackAbandoned(name);
    let wake: () => void = () => undefined;
    const pause = () =>
      new Promise<void>((resume) => {
        const timer = setTimeout(resume, (options.pollSeconds ?? POLL_SECONDS) * 1000);
        wake = () => {
          clearTimeout(timer);
          resume();
        };
      });
    const loop: Loop = { wake: () => wake(), ended: Promise.resolve() };
    loop.ended = (async () => {
      while (!this.stopping.signal.aborted) {
        const fetched = await this.boss
          .fetch<T>(name, { batchSize: options.batchSize ?? 1, includeMetadata: true, priority: true })
          .catch((error: unknown) => {
            this.logger.warn({ err: error, job: name }, 'jobs could not be fetched; trying again');
            return [];
          });
        const ran = await this.runApart(name, fetched, handle);
        if (!ran && !this.stopping.signal.aborted) await pause();
      }
    })();
    this.loops.set(name, [...(this.loops.get(name) ?? []), loop]);
  }

  async schedule(name: JobName, cron: string): Promise<void> {
    await this.queue(name);
    await this.boss.schedule(name, cron, {}, { singletonKey: 'scheduled' });
  }

  async counts(): Promise<Record<string, { waiting: number; active: number; failed: number }>> {
    await this.start();
    const { rows } =
      await this.database.run(`select name, count(*) filter (where state in ('created', 'retry'))::int as waiting,
      count(*) filter (where state = 'active')::int as active, count(*) filter (where state = 'failed')::int as failed
      from pgboss.job where name not like '\\_\\_%' group by name order by name`);
    return Object.fromEntries(
      rows.map((row) => [
        String(row.name),
        { waiting: Number(row.waiting), active: Number(row.active), failed: Number(row.failed) },
      ]),
    );
  }

  async failed(limit: number): Promise<FailedJob[]> {
    await this.start();
    const { rows } = await this.database.run(
      "select id, name, data, output, completed_on from pgboss.job where state = 'failed' order by completed_on desc limit $1",
      [limit],
    );
    return rows.map((row) => ({
      id: String(row.id),
      name: String(row.name),
      data: row.data,
      error: ((row.output as { message?: string } | null)?.message ?? null) as string | null,
      failedAt: row.completed_on === null ? null : new Date(row.completed_on as Date),
    }));
  }

  async retry(id: string, name: JobName): Promise<void> {
    await this.start();
    const { rowCount } = await this.database
      .run("select 1 from pgboss.job where name = $1 and id::text = $2 and state = 'failed'", [name, id])
      .then(({ rows }) => ({ rowCount: rows.length }));
    if (rowCount === 0) throw notFound('job', id);
    await this.boss.retry(name, id);
    // Whoever asks for it means now: not the moment that the last failure would have had it wait for.
    await this.database.run(
      "update pgboss.job set start_after = now() where name = $1 and id = $2::uuid and state = 'retry'",
      [name, id],
    );
    this.wake(name);
  }

  givenUp(name: JobName): Promise<unknown[]> {
    return this.deaths.givenUp(name);
  }

  admitSuspects(): void {
    this.suspectsAdmitted = true;
  }

  async stop(timeoutMs: number): Promise<void> {
    if (!this.started) return;
    clearInterval(this.sweep);
    this.stopping.abort();
    for (const loops of this.loops.values()) for (const loop of loops) loop.wake();
    const all = Promise.all([...this.loops.values()].flat().map(({ ended }) => ended));
    await Promise.race([all, new Promise((done) => setTimeout(done, timeoutMs).unref())]);
    await this.boss.stop({ close: false, graceful: false, wait: false });
  }

  /**
   * Runs what was fetched: first, together, what nobody suspects of killing processes, then at most one suspect, the only one of this process.
   * The others go back. False when nothing could be run.
   */
  private async runApart<T extends object>(
    name: string,
    fetched: PgBoss.JobWithMetadata<T>[],
    handle: (jobs: readonly Job<T>[]) => Promise<readonly JobOutcome[]>,
  ): Promise<boolean> {
    const fresh = fetched.filter((job) => !isSuspect(job));
    const suspects = fetched.filter(isSuspect);
    const turn = suspects.length > 0 && this.suspectsAdmitted && !this.suspectRuns;
    const suspect = turn ? suspects.shift() : undefined;
    if (suspect) this.suspectRuns = true;
    const beat = suspect && setInterval(() => void this.stillAt(name, [suspect]), this.expiry.beatSeconds * 1000);
    try {
      await this.deaths.putBack(
        name,
        suspects.map(({ id }) => id),
        SUSPECT_DELAY_SECONDS,
      );
      if (fresh.length > 0) await jobBatch(name, fresh.length, () => this.runBatch(name, fresh, handle));
      if (suspect && this.stopping.signal.aborted) await this.deaths.putBack(name, [suspect.id], 0);
      else if (suspect) {
        await this.deaths.markAlone(name, suspect.id);
        this.logger.warn(
          { job: name, id: suspect.id, data: suspect.data },
          'a job is run by itself: processes have died with it under way',
        );
        await jobBatch(name, 1, () => this.runBatch(name, [suspect], handle));
      }
    } catch (error) {
      // What was fetched stays active and is given again after its time.
      this.logger.warn({ err: error, job: name }, 'jobs could not be put back');
    } finally {
      clearInterval(beat);
      if (suspect) this.suspectRuns = false;
    }
    return fresh.length > 0 || suspect !== undefined;
  }

  private async runBatch<T extends object>(
    name: string,
    jobs: PgBoss.JobWithMetadata<T>[],
    handle: (jobs: readonly Job<T>[]) => Promise<readonly JobOutcome[]>,
  ): Promise<'done' | 'failed'> {
    let outcomes: readonly JobOutcome[];
    const beat = setInterval(() => void this.stillAt(name, jobs), this.expiry.beatSeconds * 1000);
    try {
      outcomes = await handle(
        jobs.map((job) => ({ id: job.id, data: job.data, attempt: job.retryCount + 1, signal: this.stopping.signal })),
      );
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      outcomes = jobs.map(() => ({ is: 'failed', error: failure }));
    } finally {
      clearInterval(beat);
    }
    try {
      const done = jobs.filter((_, index) => outcomes[index]?.is !== 'failed').map(({ id }) => id);
      if (done.length > 0) await this.boss.complete(name, done);
      for (const [index, job] of jobs.entries()) {
        const outcome = outcomes[index];
        if (outcome?.is !== 'failed') continue;
        this.logger.warn({ job: name, id: job.id, attempt: job.retryCount + 1, err: outcome.error }, 'a job failed');
        await this.boss.fail(name, job.id, { message: outcome.error.message });
      }
    } catch (error) {
      // The jobs stay active and are given again after their time; handlers are idempotent.
      this.logger.warn({ err: error, job: name }, 'outcomes of jobs could not be stored');
    }
    return outcomes.some(({ is }) => is === 'failed') ? 'failed' : 'done';
  }

  /** Moves the moment on from which a silence is counted, by the database's clock; pg-boss 10 knows no heartbeat of its own. */
  private async stillAt(name: string, jobs: readonly { id: string }[]): Promise<void> {
    await this.database
      .run("update pgboss.job set started_on = now() where name = $1 and id = any($2::uuid[]) and state = 'active'", [
        name,
        jobs.map(({ id }) => id),
      ])
      .catch((error: unknown) => this.logger.warn({ err: error, job: name }, 'a heartbeat of jobs was missed'));
  }

  /** Which of the keys have a job that waits or is under way. */
  private async open(name: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.database.run(
      "select singleton_key from pgboss.job where name = $1 and singleton_key = any($2) and state in ('created', 'retry', 'active')",
      [name, keys],
    );
    return new Set(rows.map((row) => String(row.singleton_key)));
  }

  private async queue(name: string): Promise<void> {
    await this.start();
    let made = this.queues.get(name);
    if (!made) {
      const expireInSeconds = (this.silence.get(name) ?? this.expiry.seconds) * BACKSTOP;
      made = this.boss.createQueue(name, {
        name,
        policy: 'short',
        retryLimit: RETRIES,
        retryDelay: RETRY_DELAY_SECONDS,
        retryBackoff: true,
        expireInSeconds,
      });
      // A queue that an earlier release made keeps its own expiry until it is told.
      made = made.then(() =>
        this.database
          .run('update pgboss.queue set expire_seconds = $2 where name = $1', [name, expireInSeconds])
          .then(() => undefined),
      );
      this.queues.set(name, made);
      made.catch(() => this.queues.delete(name));
    }
    await made;
  }

  /** The embedded database has one process: what is still active at its start was given to a process that is gone. Elsewhere silence tells. */
  private async takeBackAbandoned(name: string): Promise<void> {
    if (this.loops.has(name)) return;
    if (this.database.kind === 'embedded') await this.takeBack(name, null);
    else this.sweep ??= setInterval(() => void this.takeBackSilent(), this.expiry.sweepSeconds * 1000).unref();
  }

  private async takeBackSilent(): Promise<void> {
    for (const [name, seconds] of this.silence)
      await this.takeBack(name, seconds).catch((error: unknown) =>
        this.logger.warn({ err: error, job: name }, 'jobs of dead workers could not be looked for'),
      );
  }

  private async takeBack(name: string, silentSeconds: number | null): Promise<void> {
    for (const job of await this.deaths.takeBack(name, silentSeconds))
      if (job.givenUp)
        this.logger.error(
          { job: name, id: job.id, data: job.data, deaths: job.deaths },
          'a job is given up: each time it ran by itself the process died',
        );
  }

  private wake(name: string): void {
    for (const loop of this.loops.get(name) ?? []) loop.wake();
  }
}
