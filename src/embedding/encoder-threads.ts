import { MessageChannel, Worker } from 'node:worker_threads';
import { workerFile } from '../platform/threads/worker-file.js';
import type { EncoderReply, EncoderRequest, EncoderThreadData } from './encoder-worker.js';
import type { FaultFacts } from './model-fault.js';
import type { DecoderReply, DecoderRequest, PictureDecoderData } from './picture-decoder-worker.js';

export type EncoderReady = Extract<EncoderReply, { is: 'ready' }>;
export type EncoderAnswer = Extract<EncoderReply, { is: 'answer' | 'refused' }>;

/** What both threads of a lane are started with. */
export type EncoderThreadsData = Omit<EncoderThreadData, 'decoder'> & Omit<PictureDecoderData, 'network'>;

/** Whom the threads tell. */
export interface EncoderThreadsListener {
  ready(ready: EncoderReady): void;
  /** The model can't be used; both threads end. */
  broken(fault: FaultFacts): void;
  answer(answer: EncoderAnswer): void;
  /** One of the threads ended unasked; the other is being ended. Told once. */
  lost(reason: string): void;
}

/**
 * Two threads that make vectors together: one decodes pictures and hands their numbers straight to the other, which runs the network.
 * The network holds up its thread for as long as it runs; in one thread, the next pictures would wait for it half decoded.
 */
export class EncoderThreads {
  private readonly network: Worker;
  private readonly decoder: Worker;
  private readonly ended: Promise<unknown>;
  private over = false;

  constructor(data: EncoderThreadsData, listener: EncoderThreadsListener) {
    const { limits, decoders, ...own } = data;
    const { port1, port2 } = new MessageChannel();
    const spawn = (file: string, name: string, workerData: EncoderThreadData | PictureDecoderData) => {
      const transferList = ['decoder' in workerData ? workerData.decoder : workerData.network];
      return new Worker(workerFile(new URL(file, import.meta.url)), { workerData, transferList, name });
    };
    this.network = spawn('./encoder-worker.js', 'vitrine-encoder', { ...own, decoder: port1 });
    this.decoder = spawn('./picture-decoder-worker.js', 'vitrine-decoder', { limits, decoders, network: port2 });
    this.network.on('message', (reply: EncoderReply) => {
      if (reply.is === 'ready') listener.ready(reply);
      else if (reply.is === 'broken') listener.broken(reply.fault);
      else listener.answer(reply);
    });
    this.decoder.on('message', (reply: DecoderReply) => listener.answer(reply));
    const lost = (reason: string) => {
      if (this.over) return;
      this.over = true;
      void this.terminate();
      listener.lost(reason);
    };
    for (const worker of [this.network, this.decoder]) {
      worker.once('error', (error) => lost(`The encoder's thread ended: ${error.message}.`));
      worker.once('exit', (code) => lost(`The encoder's thread ended with code ${code}.`));
    }
    this.ended = Promise.all(
      [this.network, this.decoder].map((worker) => new Promise((done) => worker.once('exit', done))),
    );
  }

  decode(id: number, pictures: Uint8Array[]): void {
    this.decoder.postMessage({ id, is: 'images', pictures } satisfies DecoderRequest);
  }

  read(id: number, texts: string[]): void {
    this.network.postMessage({ id, is: 'texts', texts } satisfies EncoderRequest);
  }

  /** Whether the threads keep the process alive. */
  keepAlive(busy: boolean): void {
    for (const worker of [this.network, this.decoder]) {
      if (busy) worker.ref();
      else worker.unref();
    }
  }

  /** Ends both after what they are at, or after `patienceMs`; nobody is told that they are lost. */
  async close(patienceMs: number): Promise<void> {
    this.over = true;
    this.keepAlive(true);
    this.decoder.postMessage({ is: 'close' } satisfies DecoderRequest);
    this.network.postMessage({ is: 'close' } satisfies EncoderRequest);
    // A thread inside a long run hears nothing; ending it loses only answers that nobody waits for any more.
    const patience = setTimeout(() => void this.terminate(), patienceMs);
    await this.ended;
    clearTimeout(patience);
  }

  private async terminate(): Promise<void> {
    await Promise.all([this.network.terminate(), this.decoder.terminate()]);
  }
}
