import { Problem } from '../platform/http/problem.js';
import { type EncoderAnswer, type EncoderReady, EncoderThreads, type EncoderThreadsData } from './encoder-threads.js';
import type { Answered } from './encoder-worker.js';
import type { FaultFacts } from './model-fault.js';

/** How calls are gathered into batches. */
export interface LanePlan {
  /** Milliseconds a call waits for company before its batch leaves. */
  windowMs: number;
  mostPictures: number;
  mostTexts: number;
  /** Batches handed to the threads at once: while the network runs one, the next are decoded. */
  ahead: number;
}

/** How long threads may go on with what they are at when the encoder is closed. */
const PATIENCE_MS = 2000;

type Kind = 'images' | 'texts';
interface Waiting {
  kind: Kind;
  value: Uint8Array | string;
  resolve: (answer: Float32Array | Problem) => void;
  reject: (error: Error) => void;
}

/**
 * One pair of encoder threads and the queue before it. Calls that come within a few milliseconds share a batch. The threads are started
 * by the first call (or `start`), and started anew by the next call should one die; calls they held are rejected with `VIT_ENCODER_THREAD`.
 */
export class EncoderLane {
  private readonly waiting: Waiting[] = [];
  private readonly inFlight = new Map<number, Waiting[]>();
  private running: { threads: EncoderThreads; ready: Promise<EncoderReady> } | null = null;
  private timer: NodeJS.Timeout | null = null;
  private nextId = 1;
  private closed = false;

  constructor(
    private readonly data: EncoderThreadsData,
    private readonly plan: LanePlan,
  ) {}

  /** Loads the model. @throws Problem `VIT_ENCODER_…` that says what is wrong with it */
  async start(): Promise<EncoderReady> {
    this.running ??= this.spawn();
    return this.running.ready;
  }

  /** Answers in the order of `values`: a vector, or the problem with that one. */
  ask(kind: Kind, values: readonly (Uint8Array | string)[]): Promise<(Float32Array | Problem)[]> {
    if (this.closed) return Promise.reject(gone('The encoder was closed.'));
    const answers = values.map(
      (value) =>
        new Promise<Float32Array | Problem>((resolve, reject) => this.waiting.push({ kind, value, resolve, reject })),
    );
    this.arm();
    return Promise.all(answers);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    for (const call of this.waiting.splice(0)) call.reject(gone('The encoder was closed.'));
    await this.running?.threads.close(PATIENCE_MS);
  }

  private arm(): void {
    if (this.timer || this.waiting.length === 0) return;
    const full = this.waiting.length >= this.plan.mostPictures;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        void this.dispatch();
      },
      full ? 0 : this.plan.windowMs,
    );
  }

  private async dispatch(): Promise<void> {
    const failed = await this.start().then(
      () => null,
      (error: Error) => error,
    );
    if (failed) {
      for (const call of this.waiting.splice(0)) call.reject(failed);
      return;
    }
    while (this.running && this.inFlight.size < this.plan.ahead && this.waiting.length > 0) {
      const batch = this.takeBatch();
      const id = this.nextId++;
      this.inFlight.set(id, batch);
      const { threads } = this.running;
      threads.keepAlive(true);
      const values = batch.map((call) => call.value);
      if (batch[0]!.kind === 'images') threads.decode(id, values as Uint8Array[]);
      else threads.read(id, values as string[]);
    }
  }

  /** The oldest call and those of its kind behind it. */
  private takeBatch(): Waiting[] {
    const { kind } = this.waiting[0]!;
    const most = kind === 'images' ? this.plan.mostPictures : this.plan.mostTexts;
    const batch: Waiting[] = [];
    for (let at = 0; at < this.waiting.length && batch.length < most; ) {
      if (this.waiting[at]!.kind === kind) batch.push(...this.waiting.splice(at, 1));
      else at++;
    }
    return batch;
  }

  private spawn(): { threads: EncoderThreads; ready: Promise<EncoderReady> } {
    let threads!: EncoderThreads;
    const ready = new Promise<EncoderReady>((resolve, reject) => {
      threads = new EncoderThreads(this.data, {
        ready: resolve,
        broken: (fault) => reject(problemOf(fault)),
        answer: (answer) => this.settle(answer),
        lost: (reason) => {
          const problem = gone(reason);
          reject(problem);
          if (this.running?.threads === threads) this.running = null;
          for (const batch of this.inFlight.values()) for (const call of batch) call.reject(problem);
          this.inFlight.clear();
          if (!this.closed) this.arm();
        },
      });
    });
    // Threads that nobody waits for keep no process alive.
    const idle = () => {
      if (this.inFlight.size === 0) threads.keepAlive(false);
    };
    ready.then(idle, idle);
    return { threads, ready };
  }

  private settle(reply: EncoderAnswer): void {
    const batch = this.inFlight.get(reply.id);
    this.inFlight.delete(reply.id);
    if (this.inFlight.size === 0) this.running?.threads.keepAlive(false);
    if (this.waiting.length > 0) void this.dispatch();
    if (!batch) return;
    if (reply.is === 'refused') {
      for (const call of batch) call.reject(problemOf(reply.fault));
      return;
    }
    batch.forEach((call, at) => {
      call.resolve(answerOf(reply.answers[at]!));
    });
  }
}

const answerOf = (answer: Answered): Float32Array | Problem =>
  answer instanceof Float32Array ? answer : problemOf(answer);

const problemOf = (fault: FaultFacts): Problem =>
  new Problem({ ...fault, fault: fault.status >= 500 ? 'shop' : 'caller' });

const gone = (detail: string): Problem =>
  new Problem({
    code: 'VIT_ENCODER_THREAD',
    status: 503,
    title: 'The encoder is not available',
    detail,
    retryAfterSeconds: 5,
  });
