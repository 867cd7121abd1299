export const JOB_QUEUE = Symbol('JobQueue');

/** Names of all durable jobs: `<module>.<verb>`. */
export type JobName =
  | 'embedding.item'
  | 'fusion.refuse'
  | 'training.run'
  | 'retrieval.rebuild'
  | 'privacy.retention'
  | 'interactions.sweep'
  | 'platform.sweep'
  | (string & {});

export interface Job<T> {
  id: string;
  data: T;
  attempt: number;
  signal: AbortSignal;
}

/** What became of one job; `failed` is retried with backoff until its attempts are used up, then kept as failed. */
export type JobOutcome = { is: 'done' } | { is: 'skipped'; reason: string } | { is: 'failed'; error: Error };

export interface SendOptions {
  /** At most one waiting job with this key; a second send is merged into it. */
  key?: string;
  startAfterSeconds?: number;
  /** Higher runs first. */
  priority?: number;
  retries?: number;
}

export interface WorkOptions {
  /** Jobs handed over at once. */
  batchSize?: number;
  pollSeconds?: number;
  /** Seconds of silence after which a job whose process died is given to somebody else; two minutes when left out. */
  expireSeconds?: number;
}

export interface FailedJob {
  id: string;
  name: string;
  data: unknown;
  error: string | null;
  failedAt: Date | null;
}

/**
 * Durable work. Jobs survive the process; handlers are idempotent and resumable. `send` inside the same process wakes
 * its worker at once, so that a new item is not kept waiting for the next poll.
 */
export interface JobQueue {
  send<T extends object>(name: JobName, data: T, options?: SendOptions): Promise<void>;
  sendMany<T extends object>(
    name: JobName,
    data: readonly T[],
    options?: SendOptions & {
      keyOf?: (data: T) => string;
      /** Leaves out what has a job already, waiting or under way: for those who look after lost ones. */
      unlessOpen?: boolean;
    },
  ): Promise<void>;
  work<T extends object>(
    name: JobName,
    options: WorkOptions,
    handle: (jobs: readonly Job<T>[]) => Promise<readonly JobOutcome[]>,
  ): Promise<void>;
  schedule(name: JobName, cron: string): Promise<void>;
  /** Counts of waiting, active and failed jobs by name. */
  counts(): Promise<Record<string, { waiting: number; active: number; failed: number }>>;
  failed(limit: number): Promise<FailedJob[]>;
  retry(id: string, name: JobName): Promise<void>;
  /** Data of the jobs that were given up because the process died under them again and again; each is told once. */
  givenUp(name: JobName): Promise<unknown[]>;
  /** From now on jobs may run under which processes have died: called once this process serves, so that such a job never keeps it from starting. */
  admitSuspects(): void;
  start(): Promise<void>;
  /** Lets running handlers finish, at most `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
}
