import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { workerFile } from '../../platform/threads/worker-file.js';
import { Bitset } from '../item-set.js';
import type { NearKeys } from '../lagging-search.js';
import type { VectorTable } from '../vector-table.js';
import type { HnswParameters, HnswReply, HnswRequest, HnswThreadData, SnapshotHead } from './hnsw-messages.js';
import { vectorDigest } from './vector-digest.js';

/** The native library is not there, or does not load on this machine. */
export class HnswAbsent extends Error {}

const BATCH = 128;
const BATCHES_UNDER_WAY = 2;

interface Waiting {
  found(reply: Extract<HnswReply, { is: 'found' | 'saved' }>): void;
  failed(error: Error): void;
}

export interface HnswGraphOptions {
  parameters: HnswParameters;
  /** Where the vectors themselves are. */
  table: VectorTable;
  /** Folder of a snapshot to start from; refused when anything about it is off. */
  snapshot?: string | null;
}

/**
 * One graph in a thread of its own, seen from here. `fresh` holds the keys whose present vector is not in the graph yet: they are added in the
 * background, and whoever searches looks at them exactly in the meantime. Nothing a caller does here waits for the graph to grow.
 */
export class HnswGraph {
  readonly fresh = new Bitset();
  /** The snapshot it was opened from, and why another was refused. */
  readonly openedFrom: string | null;
  readonly refused: string | null;
  readonly #worker: Worker;
  readonly #table: VectorTable;
  readonly #dimension: number;
  readonly #queue: number[] = [];
  readonly #underWay = new Map<number, boolean>();
  readonly #batches = new Map<number, Int32Array>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #settled: (() => void)[] = [];
  #nextBatch = 0;
  #nextCall = 0;
  #labels = 0;
  #deleted = 0;
  #death: Error | null = null;

  /** Starts the thread. @throws `HnswAbsent` when hnswlib-node can't be loaded. */
  static async open(options: HnswGraphOptions): Promise<HnswGraph> {
    const data: HnswThreadData = { parameters: options.parameters, snapshot: options.snapshot ?? null };
    const worker = new Worker(workerFile(new URL('./hnsw.worker.js', import.meta.url)), {
      workerData: data,
      name: 'vitrine-hnsw',
    });
    // `once` fails when the thread does.
    const [first] = (await once(worker, 'message')) as [HnswReply];
    if (first.is === 'absent') {
      worker.postMessage({ is: 'close' } satisfies HnswRequest);
      throw new HnswAbsent(first.reason);
    }
    if (first.is !== 'open') throw new Error(`the index thread began with "${first.is}"`);
    return new HnswGraph(worker, options, first);
  }

  private constructor(
    worker: Worker,
    { table, parameters }: HnswGraphOptions,
    opened: Extract<HnswReply, { is: 'open' }>,
  ) {
    this.#worker = worker;
    this.#table = table;
    this.#dimension = parameters.dimension;
    this.openedFrom = opened.snapshot;
    this.refused = opened.refused;
    worker.on('message', (reply: HnswReply) => this.#heard(reply));
    worker.on('error', (error) => this.#died(error));
    worker.on('exit', (code) => this.#died(new Error(`the index thread ended with code ${code}`)));
    // A thread that only waits must not keep the process alive; one that somebody waits for must.
    worker.unref();
    this.#adopt(opened.keys, opened.digests);
  }

  /** Why it can't answer any more; null while it can. */
  get death(): Error | null {
    return this.#death;
  }

  /** Share of the graph's points that are deleted, 0–1: they cost time and memory until a rebuild. */
  get waste(): number {
    return this.#labels === 0 ? 0 : this.#deleted / this.#labels;
  }

  /** The table has new vectors under these keys. */
  upserted(keys: Iterable<number>): void {
    for (const key of keys) {
      if (this.#underWay.has(key)) this.#underWay.set(key, true);
      else if (!this.fresh.has(key)) this.#queue.push(key);
      this.fresh.add(key);
    }
    this.#pump();
  }

  /** The table has nothing under these keys any more. */
  removed(keys: readonly number[]): void {
    for (const key of keys) this.fresh.delete(key);
    if (keys.length > 0 && !this.#death) this.#post({ is: 'remove', keys: Int32Array.from(keys) });
    this.#wake();
  }

  /** Keys near each query as the graph has them, the nearest first; at most `k`, only allowed ones. */
  async search(queries: readonly Float32Array[], k: number, ef: number, allowed: Bitset | null): Promise<NearKeys[]> {
    const flat = new Float32Array(queries.length * this.#dimension);
    for (const [at, query] of queries.entries()) flat.set(query, at * this.#dimension);
    const reply = await this.#ask((call) =>
      this.#post({ is: 'search', call, queries: flat, k, ef, allowed: allowed?.words ?? null }, [flat.buffer]),
    );
    if (reply.is !== 'found') throw new Error('the index thread answered another question');
    const { keys, scores, counts } = reply;
    return queries.map((_, at) => ({
      keys: keys.subarray(at * k, at * k + counts[at]!),
      scores: scores.subarray(at * k, at * k + counts[at]!),
    }));
  }

  /** Writes a snapshot of what is in the graph now; gives its size in bytes. Searches go on meanwhile. */
  async save(folder: string, header: SnapshotHead): Promise<number> {
    const reply = await this.#ask((call) => this.#post({ is: 'save', call, folder, header }));
    return reply.is === 'saved' ? reply.bytes : 0;
  }

  /** Resolves when nothing is fresh any more, or when the thread is gone. */
  async settled(): Promise<void> {
    if (this.fresh.count === 0 || this.#death) return;
    await new Promise<void>((done) => {
      this.#settled.push(done);
      this.#hold();
    });
  }

  /** Ends the thread at its next pause. It is never terminated: that, inside a call of the native library, would end the whole process. */
  async close(): Promise<void> {
    if (this.#death) return;
    const ended = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#post({ is: 'close' });
    this.#died(new Error('the index was closed'));
    await ended;
  }

  /** Takes over what a snapshot holds where its vectors are still the table's; all else is fresh, or gone. */
  #adopt(keys: Int32Array, digests: Int32Array): void {
    const known = new Bitset();
    const gone: number[] = [];
    keys.forEach((key, at) => {
      const vector = this.#table.get(key);
      if (!vector) gone.push(key);
      else if (vectorDigest(vector) === digests[at]) known.add(key);
    });
    this.#labels = keys.length;
    this.removed(gone);
    const missing: number[] = [];
    this.#table.present.each((key) => known.has(key) || missing.push(key));
    this.upserted(missing);
  }

  #pump(): void {
    while (!this.#death && this.#batches.size < BATCHES_UNDER_WAY && this.#queue.length > 0) {
      const keys: number[] = [];
      const seen = new Set<number>();
      for (const key of this.#queue.splice(0, BATCH))
        if (this.fresh.has(key) && this.#table.has(key) && !this.#underWay.has(key) && !seen.has(key)) {
          keys.push(key);
          seen.add(key);
        }
      if (keys.length === 0) continue;
      const vectors = new Float32Array(keys.length * this.#dimension);
      keys.forEach((key, at) => {
        vectors.set(this.#table.get(key)!, at * this.#dimension);
        this.#underWay.set(key, false);
      });
      const batch = this.#nextBatch++;
      this.#batches.set(batch, Int32Array.from(keys));
      this.#post({ is: 'upsert', batch, keys: Int32Array.from(keys), vectors }, [vectors.buffer]);
    }
    this.#wake();
  }

  #heard(reply: HnswReply): void {
    switch (reply.is) {
      case 'upserted': {
        this.#labels = reply.labels;
        this.#deleted = reply.deleted;
        const keys = this.#batches.get(reply.batch);
        this.#batches.delete(reply.batch);
        keys?.forEach((key) => {
          const changedSince = this.#underWay.get(key) === true;
          this.#underWay.delete(key);
          if (!this.fresh.has(key)) return;
          if (changedSince) this.#queue.push(key);
          else this.fresh.delete(key);
        });
        this.#pump();
        return;
      }
      case 'found':
      case 'saved': {
        const waiting = this.#waiting.get(reply.call);
        this.#waiting.delete(reply.call);
        this.#hold();
        waiting?.found(reply);
        return;
      }
      case 'failed': {
        const waiting = this.#waiting.get(reply.call);
        this.#waiting.delete(reply.call);
        this.#hold();
        waiting?.failed(new Error(reply.reason));
        return;
      }
    }
  }

  #ask(post: (call: number) => void): Promise<Extract<HnswReply, { is: 'found' | 'saved' }>> {
    return new Promise((found, failed) => {
      if (this.#death) return failed(this.#death);
      const call = this.#nextCall++;
      this.#waiting.set(call, { found, failed });
      this.#hold();
      post(call);
    });
  }

  #post(request: HnswRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #wake(): void {
    if (this.fresh.count > 0 && !this.#death) return;
    for (const done of this.#settled.splice(0)) done();
    this.#hold();
  }

  #hold(): void {
    if (this.#death) return;
    if (this.#waiting.size + this.#settled.length > 0) this.#worker.ref();
    else this.#worker.unref();
  }

  #died(error: Error): void {
    this.#death ??= error;
    for (const { failed } of this.#waiting.values()) failed(this.#death);
    this.#waiting.clear();
    this.#wake();
  }
}
