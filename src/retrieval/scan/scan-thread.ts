import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, type Logger } from '../../platform/platform.api.js';
import { workerFile } from '../../platform/threads/worker-file.js';
import { exactNearestMany } from '../exact-vector-index.js';
import { type Bitset, type ItemSet, keyList } from '../item-set.js';
import type { KernelSource } from '../kernel/dot-kernel.js';
import { TopK } from '../top-k.js';
import type { Candidate } from '../vector-index.port.js';
import type { VectorTable } from '../vector-table.js';
import type { Scanned } from './exact-scan.js';
import type { ScanReply, ScanRequest, ScanThreadData } from './scan-messages.js';

/** What a scan costs, in microseconds, on two shared cores: a product with a coarse copy, and one of the nearest that is multiplied exactly and put in its place. */
const PRODUCT = 0.03;
const NEAREST = 1;
/** What costs less is done at once: the way to the thread and back takes as long. */
const WORTH_THE_WAY = 300;

interface Waiting {
  found(found: Scanned[]): void;
  failed(error: Error): void;
}

/**
 * Exact scans beside the thread that answers. Tables lie in shared memory, so that the thread reads them where they are; what changes while it does is scored anew here, so that an
 * answer is the exact one, of the moment in which it is given. Where the thread is gone, the scan is made here.
 */
@Injectable()
export class ScanThread implements OnApplicationShutdown {
  #worker: Worker | null = null;
  #isGone = false;
  #nextCall = 0;
  readonly #waiting = new Map<number, Waiting>();
  readonly #known = new Map<number, { table: WeakRef<VectorTable>; coarse: WebAssembly.Memory }>();

  constructor(@Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>) {}

  /** As `exactNearestMany`: unit queries, for each its own `k`. */
  async nearestMany(
    table: VectorTable,
    queries: readonly Float32Array[],
    ks: readonly number[],
    allowed: Bitset | null,
  ): Promise<Candidate[][]> {
    const rows = (allowed ?? table.present).count;
    const cost = queries.length * rows * PRODUCT + ks.reduce((sum, k) => sum + Math.min(k, rows) * NEAREST, 0);
    if (this.#isGone || cost < WORTH_THE_WAY || !table.canBeScannedBeside)
      return exactNearestMany(table, queries, ks, allowed);
    const { position } = table.changes;
    let found: Scanned[];
    try {
      found = await this.#scan(table, queries, ks, allowed);
    } catch {
      return exactNearestMany(table, queries, ks, allowed);
    }
    const stale = new Set<number>();
    if (!table.changes.since(position, stale)) return exactNearestMany(table, queries, ks, allowed);
    const answers = queries.map((query, at) => upToDate(table, query, ks[at]!, allowed, found[at]!, stale));
    // So many of the nearest are gone that others, which were not told, take their places.
    return answers.some((answer) => answer === null)
      ? exactNearestMany(table, queries, ks, allowed)
      : (answers as Candidate[][]);
  }

  async onApplicationShutdown(): Promise<void> {
    const worker = this.#worker;
    if (!worker || this.#isGone) return;
    const ended = once(worker, 'exit');
    worker.ref();
    this.#post(worker, { is: 'close' });
    this.#died(new Error('the scans were closed'));
    await ended;
  }

  #scan(
    table: VectorTable,
    queries: readonly Float32Array[],
    ks: readonly number[],
    allowed: ItemSet | null,
  ): Promise<Scanned[]> {
    const worker = this.#started(table.kernel);
    const { memory, rows } = table.toBeScanned(allowed);
    if (this.#known.get(table.id)?.coarse !== memory.coarse) {
      for (const [id, known] of this.#known) {
        if (known.table.deref() !== undefined && id !== table.id) continue;
        this.#known.delete(id);
        this.#post(worker, { is: 'forget', table: id });
      }
      this.#known.set(table.id, { table: new WeakRef(table), coarse: memory.coarse });
      this.#post(worker, { is: 'table', table: table.id, memory });
    }
    const flat = new Float32Array(queries.length * memory.dimension);
    queries.forEach((query, at) => flat.set(query, at * memory.dimension));
    return new Promise((found, failed) => {
      const call = this.#nextCall++;
      this.#waiting.set(call, { found, failed });
      // A thread that only waits must not keep the process alive; one that somebody waits for must.
      worker.ref();
      this.#post(worker, { is: 'scan', call, table: table.id, queries: flat, ks, rows }, [
        flat.buffer,
        rows.slots.buffer as ArrayBuffer,
        rows.keys.buffer as ArrayBuffer,
      ]);
    });
  }

  #started(kernel: KernelSource): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(workerFile(new URL('./scan.worker.js', import.meta.url)), {
      workerData: { module: kernel.module } satisfies ScanThreadData,
      name: 'vitrine-scan',
    });
    worker.on('message', (reply: ScanReply) => this.#heard(worker, reply));
    worker.on('error', (error) => {
      this.logger.warn({ err: error }, 'the thread for exact scans ended; they are made by the one that answers');
      this.#died(error);
    });
    worker.on('exit', () => this.#died(new Error('the thread for exact scans ended')));
    this.#worker = worker;
    return worker;
  }

  #heard(worker: Worker, reply: ScanReply): void {
    const waiting = this.#waiting.get(reply.call);
    this.#waiting.delete(reply.call);
    if (this.#waiting.size === 0) worker.unref();
    if (reply.is === 'scanned') waiting?.found(reply.found);
    else waiting?.failed(new Error(reply.reason));
  }

  #died(error: Error): void {
    this.#isGone = true;
    for (const { failed } of this.#waiting.values()) failed(error);
    this.#waiting.clear();
  }

  #post(worker: Worker, request: ScanRequest, transfer: ArrayBuffer[] = []): void {
    worker.postMessage(request, transfer);
  }
}

/** What was found, less what changed since, and that as it is now; null where what is left does not reach as far as what was told. */
const upToDate = (
  table: VectorTable,
  query: Float32Array,
  k: number,
  allowed: ItemSet | null,
  { keys, scores }: Scanned,
  stale: ReadonlySet<number>,
): Candidate[] | null => {
  const answer: Candidate[] = [];
  for (let n = 0; n < keys.length; n++) if (!stale.has(keys[n]!)) answer.push({ key: keys[n]!, score: scores[n]! });
  if (stale.size === 0) return answer;
  if (answer.length < keys.length && keys.length >= k) return null;
  const top = new TopK(k);
  for (const { key, score } of answer) top.offer(key, score);
  const anew = keyList([...stale].filter((key) => allowed?.has(key) ?? true));
  for (const { key, score } of table.nearest(query, k, anew)) top.offer(key, score);
  return top.best();
};
