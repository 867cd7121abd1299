import { Worker } from 'node:worker_threads';
import { Problem } from '../platform/http/problem.js';
import { workerFile } from '../platform/threads/worker-file.js';
import type { Answered, EncoderReply, EncoderRequest, EncoderThreadData } from './encoder-worker.js';
import type { FaultFacts } from './model-fault.js';

export type EncoderReady = Extract<EncoderReply, { is: 'ready' }>;

/** How calls are gathered into batches. */
export interface LanePlan {
  /** Milliseconds a call waits for company before its batch leaves. */
  windowMs: number;
  mostPictures: number;
  mostTexts: number;
  /** Batches handed to the thread at once: while the network runs one, the next are decoded. */
  ahead: number;
}

type Kind = 'images' | 'texts';
interface Waiting {
  kind: Kind;
  value: Uint8Array | string;
  resolve: (answer: Float32Array | Problem) => void;
  reject: (error: Error) => void;
}

/**
 * One encoder thread and the queue before it. Calls that come within a few milliseconds share a batch. The thread is started by the
 * first call (or `start`), and started anew by the next call should it die; calls it held are rejected with `VIT_ENCODER_THREAD`.
 */
export class EncoderLane {
  private readonly waiting: Waiting[] = [];
  private readonly inFlight = new Map<number, Waiting[]>();
  private thread: { worker: Worker; ready: Promise<EncoderReady> } | null = null;
  private timer: NodeJS.Timeout | null = null;
  private nextId = 1;
  private closed = false;

  constructor(
    private readonly data: EncoderThreadData,
    private readonly plan: LanePlan,
  ) {}

  /** Loads the model. @throws Problem `VIT_ENCODER_…` that says what is wrong with it */
  async start(): Promise<EncoderReady> {
    this.thread ??= this.spawn();
    return this.thread.ready;
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
    const thread = this.thread;
    if (!thread) return;
    const ended = new Promise<void>((done) => thread.worker.once('exit', () => done()));
    thread.worker.postMessage({ is: 'close' } satisfies EncoderRequest);
    // A thread inside a long run hears nothing; ending it loses only answers that nobody waits for any more.
    const patience = setTimeout(() => void thread.worker.terminate(), 2000);
    await ended;
    clearTimeout(patience);
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
    while (this.thread && this.inFlight.size < this.plan.ahead && this.waiting.length > 0) {
      const batch = this.takeBatch();
      const id = this.nextId++;
      this.inFlight.set(id, batch);
      this.thread.worker.ref();
      const values = batch.map((call) => call.value);
      this.thread.worker.postMessage(
        batch[0]!.kind === 'images'
          ? ({ id, is: 'images', pictures: values as Uint8Array[] } satisfies EncoderRequest)
          : ({ id, is: 'texts', texts: values as string[] } satisfies EncoderRequest),
      );
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

  private spawn(): { worker: Worker; ready: Promise<EncoderReady> } {
    const worker = new Worker(workerFile(new URL('./encoder-worker.js', import.meta.url)), {
      workerData: this.data,
      name: 'vitrine-encoder',
    });
    const ready = new Promise<EncoderReady>((resolve, reject) => {
      worker.on('message', (reply: EncoderReply) => {
        if (reply.is === 'ready') resolve(reply);
        else if (reply.is === 'broken') reject(problemOf(reply.fault));
        else this.settle(reply);
      });
      const lost = (reason: string) => {
        const problem = gone(reason);
        reject(problem);
        if (this.thread?.worker === worker) this.thread = null;
        for (const batch of this.inFlight.values()) for (const call of batch) call.reject(problem);
        this.inFlight.clear();
        if (!this.closed) this.arm();
      };
      worker.once('error', (error) => lost(`The encoder's thread ended: ${error.message}.`));
      worker.once('exit', (code) => lost(`The encoder's thread ended with code ${code}.`));
    });
    // A thread that nobody waits for keeps no process alive.
    const idle = () => {
      if (this.inFlight.size === 0) worker.unref();
    };
    ready.then(idle, idle);
    return { worker, ready };
  }

  private settle(reply: Extract<EncoderReply, { is: 'answer' | 'refused' }>): void {
    const batch = this.inFlight.get(reply.id);
    this.inFlight.delete(reply.id);
    if (this.inFlight.size === 0) this.thread?.worker.unref();
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
