import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  JOB_QUEUE,
  type JobOutcome,
  type JobQueue,
  LOGGER,
  type Logger,
  notFound,
  PROCESS_ROLE,
  type ProcessRole,
  runsJobs,
  workerFile,
} from '../platform/platform.api.js';
import { ModelKeeper } from './model-keeper.js';
import {
  TRAINED_KINDS,
  type TrainedKind,
  type TrainingInput,
  type TrainingMessage,
  type TrainingOutput,
} from './training-data.js';
import { TrainingReader } from './training-reader.js';
import { TrainingSteps } from './training-steps.js';

const DAY_MS = 86_400_000;
const SEED = 1;
const LEAST_EVENTS = 100;
/** A working process says so this often; one that was silent for a minute is dead. */
const HEARTBEAT_MS = 10_000;
const SILENT_MS = 60_000;
/** Every night; a night without new events is skipped. */
const NIGHTLY = '17 3 * * *';

/** What a run is asked for; all optional. */
export interface TrainingRequest {
  kinds?: TrainedKind[];
  windowDays?: number;
  reason?: string;
}

export interface TrainingRun {
  id: string;
  state: string;
  progress: number;
  step: string | null;
  request: Record<string, unknown>;
  result: Record<string, unknown> | null;
  reason: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A run under which so many processes fell silent is not taken up again. */
const MOST_DEATHS = 5;
const KILLER = 'the process died each time this ran; it is not tried again (more memory, or fewer days, may help)';

type TrainingJob = TrainingRequest & { runId?: string };
type Keep = (kind: TrainedKind, learned: NonNullable<TrainingOutput[TrainedKind]>) => Promise<void>;

/**
 * Runs `training.run`: reads, learns in a thread of the lowest priority, stores each kind as soon as it is learned, and promotes what the held-back part does not call worse.
 * A run that was killed goes on from its last finished step over the same window.
 */
@Injectable()
export class TrainingService implements OnApplicationBootstrap, OnApplicationShutdown {
  private worker: Worker | null = null;
  private watch: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    private readonly reader: TrainingReader,
    private readonly steps: TrainingSteps,
    private readonly keeper: ModelKeeper,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!runsJobs(this.role)) return;
    await this.jobs.work<TrainingJob>('training.run', { batchSize: 1, expireSeconds: 6 * 3600 }, async (jobs) => {
      const outcomes: JobOutcome[] = [];
      for (const job of jobs) outcomes.push(await this.handle((job.data as TrainingJob | null) ?? {}));
      return outcomes;
    });
    await this.jobs.schedule('training.run', NIGHTLY);
    this.watch = setInterval(() => {
      this.recover().catch((error: unknown) =>
        this.logger.warn({ err: error }, 'dead training runs could not be looked for'),
      );
    }, SILENT_MS).unref();
    await this.recover();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.watch);
    await this.worker?.terminate();
  }

  /** Queues a run and returns at once; one that is asked for while the same still waits or goes on, perhaps after a kill, is that one. */
  async start(request: TrainingRequest): Promise<TrainingRun> {
    const same = await this.openRun(request);
    if (same) return same;
    const id = randomUUID();
    await this.database.query
      .insertInto('training_runs')
      .values({ id, state: 'queued', request: JSON.stringify(request) })
      .execute();
    await this.jobs.send('training.run', { ...request, runId: id }, { retries: 2 });
    return this.run(id);
  }

  private async openRun({ kinds, windowDays }: TrainingRequest): Promise<TrainingRun | null> {
    const { rows } = await this.database.run(
      `select id from training_runs where state in ('queued', 'running')
         and request -> 'kinds' is not distinct from $1::text::jsonb and request -> 'windowDays' is not distinct from $2::text::jsonb
       order by created_at desc limit 1`,
      [kinds ? JSON.stringify(kinds) : null, windowDays === undefined ? null : JSON.stringify(windowDays)],
    );
    return rows[0] ? this.run(String(rows[0].id)) : null;
  }

  /** @throws Problem `VIT_RUN_UNKNOWN`. */
  async run(id: string): Promise<TrainingRun> {
    const row = await this.database.query
      .selectFrom('training_runs')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw notFound('run', id);
    return viewRun(row);
  }

  async runs(limit: number): Promise<TrainingRun[]> {
    return (
      await this.database.query
        .selectFrom('training_runs')
        .selectAll()
        .orderBy('created_at', 'desc')
        .limit(limit)
        .execute()
    ).map(viewRun);
  }

  private async handle(job: TrainingJob): Promise<JobOutcome> {
    const id = job.runId ?? randomUUID();
    const request: TrainingRequest = {
      kinds: job.kinds ?? [...TRAINED_KINDS],
      windowDays: job.windowDays ?? 180,
      reason: job.reason ?? 'every night',
    };
    if (!(await this.claim(id, request)))
      return { is: 'skipped', reason: 'this run is done, or another worker is at it' };
    const heart = setInterval(() => void this.note(id, {}).catch(() => undefined), HEARTBEAT_MS).unref();
    try {
      const { result, skipped } = await this.train(id, request);
      await this.note(id, {
        state: skipped ? 'skipped' : 'done',
        progress: 1,
        step: null,
        result: JSON.stringify(result),
        reason: skipped,
      });
      return skipped ? { is: 'skipped', reason: skipped } : { is: 'done' };
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (this.stopping) return { is: 'failed', error: failure };
      this.logger.error({ err: failure, run: id }, 'training failed');
      await this.note(id, { state: 'failed', reason: failure.message.slice(0, 2000) });
      return { is: 'failed', error: failure };
    } finally {
      clearInterval(heart);
    }
  }

  /** Takes a run for this process: a new or waiting one, a failed one, or one whose process has not been heard of for a minute. */
  private async claim(id: string, request: TrainingRequest): Promise<boolean> {
    const { rows } = await this.database.run(
      `insert into training_runs (id, state, request, updated_at) values ($1, 'running', $2::text::jsonb, $3)
       on conflict (id) do update set state = 'running', reason = null, updated_at = $3
       where training_runs.state in ('queued', 'failed') or (training_runs.state = 'running' and (training_runs.updated_at < $4 or $5))
       returning id`,
      [id, JSON.stringify(request), this.clock.now(), this.silentSince(), this.database.kind === 'embedded'],
    );
    return rows.length > 0;
  }

  private silentSince(): Date {
    return new Date(this.clock.now().getTime() - SILENT_MS);
  }

  /** Queues runs again whose process has died. The embedded database has one process: its queue does that by itself. */
  async recover(): Promise<void> {
    for (const data of await this.jobs.givenUp('training.run')) {
      const { runId } = (data as TrainingJob | null) ?? {};
      if (runId !== undefined) await this.note(runId, { state: 'failed', reason: KILLER });
    }
    if (this.database.kind === 'embedded') return;
    const { rows } = await this.database.run(
      `update training_runs set updated_at = $2, request = request || jsonb_build_object('deaths', coalesce((request ->> 'deaths')::int, 0) + 1),
         state = case when coalesce((request ->> 'deaths')::int, 0) + 1 < $3 then 'queued' else 'failed' end,
         reason = case when coalesce((request ->> 'deaths')::int, 0) + 1 < $3 then null else $4 end
       where state = 'running' and updated_at < $1 returning id, request, state`,
      [this.silentSince(), this.clock.now(), MOST_DEATHS, KILLER],
    );
    for (const row of rows.filter(({ state }) => state === 'queued'))
      await this.jobs.send(
        'training.run',
        { ...(row.request as TrainingRequest), runId: String(row.id) },
        { retries: 2 },
      );
  }

  private async train(
    id: string,
    request: TrainingRequest,
  ): Promise<{ result: Record<string, unknown>; skipped: string | null }> {
    await this.note(id, { step: 'reading events and vectors', progress: 0.01 });
    const finished = await this.steps.of(id);
    const now = this.clock.now();
    const since = new Date(finished.window?.since ?? now.getTime() - request.windowDays! * DAY_MS);
    const open = request.kinds!.filter((kind) => !finished.kinds.has(kind));
    const { input, window } = await this.reader.read(since, open, SEED, finished.window?.lastEvent);
    if (input.events.at.length < LEAST_EVENTS)
      return {
        result: { window },
        skipped: `${input.events.at.length} events of consenting people in the last ${request.windowDays} days; at least ${LEAST_EVENTS} are needed`,
      };
    if (request.reason === 'every night' && !finished.window && (await this.seen(window)))
      return { result: { window }, skipped: 'no new events since the last training' };
    const stamp = finished.window?.stamp ?? now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
    await this.steps.window(id, { since: since.toISOString(), lastEvent: window.lastEvent as number, stamp });
    const result: Record<string, unknown> = { window, ...Object.fromEntries(finished.kinds) };
    if (finished.kinds.size > 0 || finished.families.size > 0)
      result.resumed = { kinds: [...finished.kinds.keys()], families: [...finished.families.keys()] };
    await this.note(id, { result: JSON.stringify(result) });
    if (open.length > 0)
      await this.learnInThread(id, { ...input, finished: { families: finished.families } }, async (kind, learned) => {
        result[kind] = await this.keeper.keep(kind, stamp, learned, window);
        await this.steps.kind(id, kind, result[kind] as Record<string, unknown>);
        await this.note(id, { result: JSON.stringify(result) });
      });
    const kept = request.kinds!.map((kind) => result[kind] as { declined?: string } | undefined);
    const reasons = kept.flatMap((one) => one?.declined ?? []);
    return { result, skipped: reasons.length === kept.length ? [...new Set(reasons)].join('; ') : null };
  }

  private async seen(window: Record<string, unknown>): Promise<boolean> {
    const row = await this.database.query
      .selectFrom('models')
      .select('data_window')
      .where('kind', '=', 'behaviour')
      .where('data_window', 'is not', null)
      .orderBy('key', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.data_window?.lastEvent === window.lastEvent;
  }

  /** Runs the thread; `keep` stores one kind after the other, in the order in which they come. */
  private async learnInThread(id: string, input: TrainingInput, keep: Keep): Promise<void> {
    const worker = new Worker(workerFile(new URL('./training-worker.js', import.meta.url)), { workerData: input });
    this.worker = worker;
    let told = 0;
    let storing: Promise<void> = Promise.resolve();
    const store = (work: () => Promise<void>, fail: (error: unknown) => void): void => {
      storing = storing.then(work);
      storing.catch(fail);
    };
    try {
      await new Promise<void>((resolve, reject) => {
        worker.on('message', (message: TrainingMessage) => {
          if (message.is === 'done') resolve();
          else if (message.is === 'failed') reject(new Error(message.message));
          else if (message.is === 'learned') store(() => keep(message.kind, message.output), reject);
          else if (message.is === 'tuned') store(() => this.steps.family(id, message.family, message.tuned), reject);
          else if (performance.now() - told > 500) {
            told = performance.now();
            this.note(id, { step: message.step, progress: message.share }).catch((error: unknown) =>
              this.logger.warn({ err: error }, 'progress could not be noted'),
            );
          }
        });
        worker.on('error', reject);
        worker.on('exit', (code) => reject(new Error(`the training thread ended with code ${code}`)));
      });
      await storing;
    } finally {
      this.worker = null;
      await worker.terminate();
    }
  }

  private async note(
    id: string,
    values: {
      state?: 'done' | 'failed' | 'skipped';
      progress?: number;
      step?: string | null;
      result?: string;
      reason?: string | null;
    },
  ): Promise<void> {
    await this.database.query
      .updateTable('training_runs')
      .set({ ...values, updated_at: this.clock.now() })
      .where('id', '=', id)
      .execute();
  }
}

const viewRun = (row: {
  id: string;
  state: string;
  progress: number;
  step: string | null;
  request: Record<string, unknown>;
  result: Record<string, unknown> | null;
  reason: string | null;
  created_at: Date;
  updated_at: Date;
}): TrainingRun => ({
  id: row.id,
  state: row.state,
  progress: row.progress,
  step: row.step,
  request: row.request,
  result: row.result,
  reason: row.reason,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
