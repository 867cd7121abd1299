import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { HnswReply, HnswRequest, HnswThreadData } from './hnsw-messages.js';
import { publishSnapshot, readSnapshot } from './snapshots.js';
import { vectorDigest } from './vector-digest.js';

/*
 * The thread that owns one HNSW graph. Every version of an item's vector gets a label of its own and the older one is marked deleted:
 * hnswlib can't replace a point without losing links. Labels are dense, so that the filter callback is two array reads and can't throw
 * (an exception there ends the process). Points are added in slices of a few milliseconds, between which searches are answered.
 */
const SLICE_MS = 4;
const port = parentPort!;
const { parameters, snapshot } = workerData as HnswThreadData;
const { dimension, m, efConstruction } = parameters;
const reply = (message: HnswReply, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

const open = async (): Promise<void> => {
  let library: typeof import('hnswlib-node');
  try {
    const loaded = await import('hnswlib-node');
    library = 'HierarchicalNSW' in loaded ? loaded : (loaded as { default: typeof loaded }).default;
  } catch (error) {
    port.once('message', () => port.close());
    reply({ is: 'absent', reason: error instanceof Error ? error.message.split('\n')[0]! : String(error) });
    return;
  }
  let graph = new library.HierarchicalNSW('ip', dimension);
  let keyOfLabel = new Int32Array(1_024).fill(-1);
  let digestOfLabel = new Int32Array(1_024);
  const labelOfKey = new Map<number, number>();
  let labels = 0;
  let deleted = 0;
  let refused: string | null = null;
  let opened: string | null = null;

  const widen = (atLeast: number): void => {
    if (atLeast <= keyOfLabel.length) return;
    const room = Math.max(atLeast, Math.ceil(keyOfLabel.length * 1.5));
    const keys = new Int32Array(room).fill(-1);
    keys.set(keyOfLabel);
    keyOfLabel = keys;
    const digests = new Int32Array(room);
    digests.set(digestOfLabel);
    digestOfLabel = digests;
  };

  if (snapshot !== null) {
    try {
      const { header, keys } = readSnapshot(snapshot, parameters);
      await graph.readIndex(join(snapshot, 'graph.bin'), false);
      if (graph.getCurrentCount() !== header.labels)
        throw new Error(`its graph holds ${graph.getCurrentCount()} points instead of ${header.labels}`);
      labels = header.labels;
      widen(labels + 1);
      for (let i = 0; i < keys.length; i += 3) {
        keyOfLabel[keys[i]!] = keys[i + 1]!;
        digestOfLabel[keys[i]!] = keys[i + 2]!;
        labelOfKey.set(keys[i + 1]!, keys[i]!);
      }
      deleted = labels - labelOfKey.size;
      opened = snapshot;
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error);
      graph = new library.HierarchicalNSW('ip', dimension);
      labels = 0;
    }
  }
  if (opened === null) graph.initIndex({ maxElements: 1_024, m, efConstruction, randomSeed: 100 });

  const forget = (key: number): void => {
    const label = labelOfKey.get(key);
    if (label === undefined) return;
    graph.markDelete(label);
    keyOfLabel[label] = -1;
    labelOfKey.delete(key);
    deleted++;
  };

  const add = (key: number, vector: Float32Array): void => {
    forget(key);
    if (labels >= graph.getMaxElements()) graph.resizeIndex(Math.max(1_024, Math.ceil(graph.getMaxElements() * 1.5)));
    widen(labels + 1);
    // hnswlib-node takes plain arrays only.
    graph.addPoint(Array.from(vector), labels);
    keyOfLabel[labels] = key;
    digestOfLabel[labels] = vectorDigest(vector);
    labelOfKey.set(key, labels);
    labels++;
  };

  type Change = { batch: number; keys: Int32Array; vectors: Float32Array; next: number } | { removed: Int32Array };
  const changes: Change[] = [];
  let isSaving = false;
  let isScheduled = false;

  const work = (): void => {
    isScheduled = false;
    const until = performance.now() + SLICE_MS;
    while (!isSaving && changes.length > 0 && performance.now() < until) {
      const change = changes[0]!;
      if ('removed' in change) {
        change.removed.forEach(forget);
        changes.shift();
        continue;
      }
      const at = change.next++;
      if (at < change.keys.length) add(change.keys[at]!, change.vectors.subarray(at * dimension, (at + 1) * dimension));
      if (change.next >= change.keys.length) {
        changes.shift();
        reply({ is: 'upserted', batch: change.batch, deleted, labels });
      }
    }
    schedule();
  };
  const schedule = (): void => {
    if (isScheduled || isSaving || changes.length === 0) return;
    isScheduled = true;
    setImmediate(work);
  };

  const search = ({ call, queries, k, ef, allowed }: Extract<HnswRequest, { is: 'search' }>): void => {
    const count = queries.length / dimension;
    const keys = new Int32Array(count * k);
    const scores = new Float32Array(count * k);
    const counts = new Int32Array(count);
    const reachable = Math.min(k, labels - deleted);
    if (reachable > 0) {
      graph.setEf(Math.max(ef, k));
      const filter = allowed
        ? (label: number): boolean => {
            const key = keyOfLabel[label]!;
            return key >= 0 && ((allowed[key >>> 5]! >>> (key & 31)) & 1) === 1;
          }
        : undefined;
      for (let i = 0; i < count; i++) {
        const { neighbors, distances } = graph.searchKnn(
          Array.from(queries.subarray(i * dimension, (i + 1) * dimension)),
          reachable,
          filter,
        );
        let found = i * k;
        for (let n = 0; n < neighbors.length; n++) {
          const key = keyOfLabel[neighbors[n]!]!;
          if (key < 0) continue;
          keys[found] = key;
          scores[found++] = 1 - distances[n]!;
        }
        counts[i] = found - i * k;
      }
    }
    reply({ is: 'found', call, keys, scores, counts }, [keys.buffer, scores.buffer, counts.buffer]);
  };

  const save = async ({ call, folder, header }: Extract<HnswRequest, { is: 'save' }>): Promise<void> => {
    // The file is written by another thread of the library, from the graph itself: it may be searched meanwhile, not changed.
    isSaving = true;
    try {
      const listed = new Int32Array(labelOfKey.size * 3);
      let at = 0;
      for (const [key, label] of labelOfKey) {
        listed.set([label, key, digestOfLabel[label]!], at);
        at += 3;
      }
      const bytes = await publishSnapshot(
        folder,
        { ...header, ...parameters, labels, items: labelOfKey.size },
        listed,
        (path) => graph.writeIndex(path),
      );
      reply({ is: 'saved', call, bytes });
    } catch (error) {
      reply({ is: 'failed', call, reason: error instanceof Error ? error.message : String(error) });
    } finally {
      isSaving = false;
      schedule();
    }
  };

  port.on('message', (request: HnswRequest) => {
    switch (request.is) {
      case 'upsert':
        changes.push({ batch: request.batch, keys: request.keys, vectors: request.vectors, next: 0 });
        schedule();
        return;
      case 'remove':
        if (isSaving || changes.length > 0) {
          changes.push({ removed: request.keys });
          schedule();
        } else request.keys.forEach(forget);
        return;
      case 'search':
        try {
          search(request);
        } catch (error) {
          reply({
            is: 'failed',
            call: request.call,
            reason: error instanceof Error ? error.message : String(error),
          });
        }
        return;
      case 'save':
        void save(request);
        return;
      case 'close':
        changes.length = 0;
        port.close();
    }
  });

  const keys = new Int32Array(labelOfKey.size);
  const digests = new Int32Array(labelOfKey.size);
  let at = 0;
  for (const [key, label] of labelOfKey) {
    keys[at] = key;
    digests[at++] = digestOfLabel[label]!;
  }
  reply({ is: 'open', keys, digests, snapshot: opened, refused }, [keys.buffer, digests.buffer]);
};

await open();
