import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ENCODER, type Encoder } from '../embedding/embedding.api.js';
import { FusionStore, GatedFusionModel } from '../fusion/fusion.api.js';
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
  OUTBOX,
  type Outbox,
  PROCESS_ROLE,
  type ProcessRole,
  runsJobs,
  workerFile,
} from '../platform/platform.api.js';
import { ModelRegistry } from './model-registry.js';
import type { Learned, LearnedFusion, TrainingInput, TrainingMessage, TrainingOutput } from './training-data.js';
import { TrainingReader } from './training-reader.js';

const DAY_MS = 86_400_000;
const SEED = 1;
/** Every night; a night without new events is skipped. */
const NIGHTLY = '17 3 * * *';

/** What a run is asked for; all optional. */
export interface TrainingRequest {
  kinds?: ('fusion' | 'behaviour')[];
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

type TrainingJob = TrainingRequest & { runId?: string };

/** Runs `training.run`: reads, learns in a thread of the lowest priority, stores candidates, and promotes what the held-back part does not call worse. */
@Injectable()
export class TrainingService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly store: FusionStore;
  private worker: Worker | null = null;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(PROCESS_ROLE) private readonly role: ProcessRole,
    @Inject(ENCODER) private readonly encoder: Encoder,
    @Inject(OUTBOX) outbox: Outbox,
    private readonly reader: TrainingReader,
    private readonly registry: ModelRegistry,
  ) {
    this.store = new FusionStore(database, outbox);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!runsJobs(this.role)) return;
    await this.jobs.work<TrainingJob>('training.run', { batchSize: 1, expireSeconds: 6 * 3600 }, async (jobs) => {
      const outcomes: JobOutcome[] = [];
      for (const job of jobs) outcomes.push(await this.handle((job.data as TrainingJob | null) ?? {}));
      return outcomes;
    });
    await this.jobs.schedule('training.run', NIGHTLY);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.worker?.terminate();
  }

  /** Queues a run and returns its id at once. */
  async start(request: TrainingRequest): Promise<TrainingRun> {
    const id = randomUUID();
    await this.database.query
      .insertInto('training_runs')
      .values({ id, state: 'queued', request: JSON.stringify(request) })
      .execute();
    await this.jobs.send('training.run', { ...request, runId: id }, { retries: 2 });
    return this.run(id);
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
      kinds: job.kinds ?? ['fusion', 'behaviour'],
      windowDays: job.windowDays ?? 180,
      reason: job.reason ?? 'every night',
    };
    await this.database.query
      .insertInto('training_runs')
      .values({ id, state: 'running', request: JSON.stringify(request) })
      .onConflict((c) => c.column('id').doUpdateSet({ state: 'running', progress: 0 }))
      .execute();
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
      this.logger.error({ err: failure, run: id }, 'training failed');
      await this.note(id, { state: 'failed', reason: failure.message.slice(0, 2000) });
      return { is: 'failed', error: failure };
    }
  }

  private async train(
    id: string,
    request: TrainingRequest,
  ): Promise<{ result: Record<string, unknown>; skipped: string | null }> {
    await this.note(id, { step: 'reading events and vectors', progress: 0.01 });
    const since = new Date(this.clock.now().getTime() - request.windowDays! * DAY_MS);
    const { input, window } = await this.reader.read(since, request.kinds!, SEED);
    if (input.events.at.length < 100)
      return {
        result: { window },
        skipped: `${input.events.at.length} events of consenting people in the last ${request.windowDays} days; at least 100 are needed`,
      };
    if (request.reason === 'every night' && (await this.seen(window)))
      return { result: { window }, skipped: 'no new events since the last training' };
    const output = await this.learnInThread(id, input);
    await this.note(id, { step: 'storing and promoting', progress: 0.95 });
    const result: Record<string, unknown> = { window };
    const stamp = this.clock.now().toISOString().replace(/[-:T]/g, '').slice(0, 14);
    if (output.fusion) result.fusion = await this.keepFusion(`fusion-${stamp}`, output.fusion, window);
    if (output.behaviour) result.behaviour = await this.keepBehaviour(`behaviour-${stamp}`, output.behaviour, window);
    const reasons = [output.fusion, output.behaviour].flatMap((l) => (l?.is === 'declined' ? [l.reason] : []));
    const nothing = [output.fusion, output.behaviour].every((l) => l === null || l.is === 'declined');
    return { result, skipped: nothing ? reasons.join('; ') : null };
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

  private async learnInThread(id: string, input: TrainingInput): Promise<TrainingOutput> {
    const worker = new Worker(workerFile(new URL('./training-worker.js', import.meta.url)), { workerData: input });
    this.worker = worker;
    let told = 0;
    try {
      return await new Promise<TrainingOutput>((resolve, reject) => {
        worker.on('message', (message: TrainingMessage) => {
          if (message.is === 'done') resolve(message.output);
          else if (message.is === 'failed') reject(new Error(message.message));
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
    } finally {
      this.worker = null;
      await worker.terminate();
    }
  }

  private async keepFusion(
    version: string,
    learned: Learned<LearnedFusion>,
    window: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    if (learned.is === 'declined') return { declined: learned.reason };
    const { model, verdict, made } = learned;
    const weights = model.weights.map((w) =>
      w.mean > 0 ? w : { ...w, note: 'It is the same for every item, or no item has it: it is switched off.' },
    );
    const fusion = new GatedFusionModel({
      version,
      learned: true,
      encoder: this.encoder.id,
      fusion: model.fusion,
      weights,
      made: { ...made, items: window.items },
    });
    await this.store.register(fusion, 'learned from what people engaged with together');
    return this.finish('fusion', version, verdict, window);
  }

  private async keepBehaviour(
    version: string,
    learned: Learned<{ parameters: Record<string, unknown>; artefact: Uint8Array }>,
    window: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    if (learned.is === 'declined') return { declined: learned.reason };
    await this.database.query
      .insertInto('models')
      .values({
        kind: 'behaviour',
        version,
        state: 'candidate',
        parameters: JSON.stringify(learned.model.parameters),
        artefact: Buffer.from(learned.model.artefact),
        note: String(learned.made.note),
      })
      .execute();
    return this.finish('behaviour', version, learned.verdict, window);
  }

  private async finish(
    kind: 'fusion' | 'behaviour',
    version: string,
    verdict: { promote: boolean },
    window: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    await this.database.query
      .updateTable('models')
      .set({
        metrics: JSON.stringify(verdict),
        data_window: JSON.stringify(window),
        ...(verdict.promote ? {} : { state: 'rejected' as const }),
      })
      .where('version', '=', version)
      .execute();
    if (verdict.promote) await this.registry.promote(version);
    this.logger.info(
      { kind, version, promoted: verdict.promote },
      verdict.promote ? 'a learned model is live' : 'a learned model was worse on the held-back part and stays out',
    );
    return { version, promoted: verdict.promote, verdict };
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
