import { createRequire } from 'node:module';
import { pino } from 'pino';
import type { FusionModel } from '../../src/fusion/fusion.api.js';
import { type Random, seededRandom } from '../../src/maths/random.js';
import { type Database, type Settings, SystemClock } from '../../src/platform/platform.api.js';
import { exactNearest } from '../../src/retrieval/exact-vector-index.js';
import { EF_SEARCH, HnswVectorIndex } from '../../src/retrieval/hnsw/hnsw-vector-index.js';
import { IndexEngine } from '../../src/retrieval/index-engine.js';
import { Bitset } from '../../src/retrieval/item-set.js';
import { loadKernel } from '../../src/retrieval/kernel/dot-kernel.js';
import { LiveCatalogue } from '../../src/retrieval/live-catalogue.js';
import { Retrieval } from '../../src/retrieval/retrieval.service.js';
import { ScanThread } from '../../src/retrieval/scan/scan-thread.js';
import type { Candidate } from '../../src/retrieval/vector-index.port.js';
import { VectorTable } from '../../src/retrieval/vector-table.js';

/** Ours against raw hnswlib-node against the exact scan, on one set of vectors in one process: `--items`, `--dimension`, `--queries`, `--k`. */
export const run = async (options: Record<string, string>) => {
  const items = Number(options.items ?? 20_000);
  const dimension = Number(options.dimension ?? 256);
  const queries = Number(options.queries ?? 200);
  const k = Number(options.k ?? 10);
  const ef = Number(options.ef ?? EF_SEARCH);
  const random = seededRandom(11);
  const centres = Array.from({ length: Math.max(20, Math.round(items / 200)) }, () => direction(random, dimension));
  const kernel = await loadKernel((reason) => {
    throw new Error(`the SIMD kernel does not load, and plain JavaScript is not what is measured here: ${reason}`);
  });
  const table = new VectorTable(dimension, 'float32', kernel);
  for (let key = 0; key < items; key++) {
    const centre = centres[random.below(centres.length)]!;
    const noise = direction(random, dimension);
    table.put(key, [{ ordinal: 0, vector: unit(centre.map((value, at) => value + 0.6 * noise[at]!)) }]);
  }
  // Profile-like queries lie between items; a quarter are random directions, as odd sentences are.
  const asked = Array.from({ length: queries }, (_, at) => {
    if (at % 4 === 3) return direction(random, dimension);
    const one = table.get(random.below(items))!;
    const other = table.get(random.below(items))!;
    return unit(one.map((value, i) => 0.7 * value + 0.3 * other[i]!));
  });

  const library = createRequire(import.meta.url)('hnswlib-node') as typeof import('hnswlib-node');
  const memoryBefore = process.memoryUsage().rss;
  const raw = new library.HierarchicalNSW('ip', dimension);
  raw.initIndex({ maxElements: items, m: 16, efConstruction: 200, randomSeed: 100 });
  let began = performance.now();
  for (let key = 0; key < items; key++) raw.addPoint(Array.from(table.get(key)!), key);
  const rawBuildSeconds = (performance.now() - began) / 1_000;
  const rawBytes = process.memoryUsage().rss - memoryBefore;
  raw.setEf(ef);

  const catalogue = new LiveCatalogue(kernel);
  const noDatabase = { transaction: async () => undefined } as unknown as Database;
  const engine = new IndexEngine(
    { index: 'hnsw', dataDir: 'memory:' } as Settings,
    noDatabase,
    pino({ level: 'silent' }),
    new SystemClock(),
  );
  const model = { version: 'bench' } as FusionModel;
  catalogue.useVectors(model, table);
  began = performance.now();
  await engine.open(model, table);
  while (engine.status().pending > 0) await new Promise((wake) => setTimeout(wake, 50));
  const ourBuildSeconds = (performance.now() - began) / 1_000;
  // The engine measures its recall once it is built; not while we measure.
  while (engine.status().recall === null) await new Promise((wake) => setTimeout(wake, 50));
  const retrieval = new Retrieval(catalogue, engine, new ScanThread(pino({ level: 'silent' })));
  const graph = engine.index as HnswVectorIndex;

  const rows: Record<string, string | number>[] = [];
  for (const share of [1, 0.5, 0.1, 0.01, 0.001]) {
    const allowed = share === 1 ? null : Bitset.where(items, () => random.next() < share);
    const truth = asked.map((query) => exactNearest(table, query, k, allowed));
    const bits = allowed && Uint8Array.from({ length: items }, (_, key) => Number(allowed.has(key)));
    const contenders: [string, (query: Float32Array) => Promise<{ keys: number[]; plan: string }>][] = [
      [
        'exact',
        async (query) => ({ keys: exactNearest(table, query, k, allowed).map(({ key }) => key), plan: 'exact' }),
      ],
      [
        'raw hnswlib-node',
        async (query) => ({
          keys: raw.searchKnn(Array.from(query), k, bits ? (label) => bits[label] === 1 : undefined).neighbors,
          plan: 'graph',
        }),
      ],
      [
        'ours, graph',
        async (query) => ({ keys: (await graph.nearest(query, k, allowed)).map(({ key }) => key), plan: 'graph' }),
      ],
      [
        'ours, planned',
        async (query) => {
          const { candidates, plan } = await retrieval.nearest(query, k, allowed);
          return { keys: candidates.map(({ key }) => key), plan };
        },
      ],
    ];
    let rawMean = 0;
    for (const [name, search] of contenders) {
      for (const query of asked.slice(0, 20)) await search(query);
      const times: number[] = [];
      let recall = 0;
      let plan = '';
      for (const [at, query] of asked.entries()) {
        const from = performance.now();
        const answer = await search(query);
        times.push(performance.now() - from);
        plan = answer.plan;
        recall += recallOf(table, query, answer.keys, truth[at]!) / queries;
      }
      times.sort((a, b) => a - b);
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
      if (name === 'raw hnswlib-node') rawMean = mean;
      rows.push({
        allowed: `${share * 100} %`,
        search: name,
        plan,
        'recall@k': round(recall, 4),
        'p50 ms': round(percentile(times, 0.5)),
        'p90 ms': round(percentile(times, 0.9)),
        'p99 ms': round(percentile(times, 0.99)),
        'rate against raw': rawMean ? round(rawMean / mean, 2) : '',
      });
    }
    // All queries in one message: what the thread that owns the graph does by itself, the scoring of its finds included.
    const from = performance.now();
    const answers = await graph.nearestMany(asked, k, allowed);
    const mean = (performance.now() - from) / queries;
    rows.push({
      allowed: `${share * 100} %`,
      search: 'ours, graph, one hop for all',
      plan: 'graph',
      'recall@k': round(
        answers.reduce(
          (sum, answer, at) =>
            sum +
            recallOf(
              table,
              asked[at]!,
              answer.map(({ key }) => key),
              truth[at]!,
            ),
          0,
        ) / queries,
        4,
      ),
      'p50 ms': '',
      'p90 ms': '',
      'p99 ms': '',
      'rate against raw': round(rawMean / mean, 2),
    });
  }
  await engine.onApplicationShutdown();
  return {
    items,
    dimension,
    k,
    ef,
    rawBuildSeconds: round(rawBuildSeconds, 1),
    ourBuildSeconds: round(ourBuildSeconds, 1),
    rawBytesAnItem: Math.round(rawBytes / items),
    tableBytesAnItem: Math.round(table.bytes / items),
    rows,
  };
};

/** Share of the true nearest that were found; one that is as near as the last of them counts too. */
const recallOf = (
  table: VectorTable,
  query: Float32Array,
  found: readonly number[],
  truth: readonly Candidate[],
): number => {
  const last = (truth.at(-1)?.score ?? 0) - 1e-6;
  const hits = found.filter((key) => table.get(key)!.reduce((sum, value, i) => sum + value * query[i]!, 0) >= last);
  return truth.length === 0 ? 1 : hits.length / truth.length;
};

const unit = (vector: Float32Array): Float32Array => {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const factor = 1 / Math.sqrt(squares);
  return vector.map((value) => value * factor);
};
const direction = (random: Random, dimension: number): Float32Array =>
  unit(Float32Array.from({ length: dimension }, () => random.normal()));
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
const round = (value: number, digits = 3): number => Number(value.toFixed(digits));
