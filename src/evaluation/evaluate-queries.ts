import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectGated } from '../maths/gated-fusion.js';
import { ndcgAt, recallAt, reciprocalRankAt, topK } from '../maths/maths.api.js';
import { Problem } from '../platform/platform.api.js';
import { fuseAll, plainFusion } from './content-scorers.js';
import { datasetName } from './data-files.js';
import { encodeCatalogue } from './encoded-catalogue.js';
import { type EvaluationReport, type EvaluationRequest, type Measured, summarise } from './evaluation-report.js';

interface Query {
  image?: string;
  text?: string;
  negatives?: string[] | { text?: string };
  expected: string[];
}

/** Pictures and sentences as queries: image alone, words alone, and both in the fused space, less what is not wanted. */
export async function evaluateQueries(request: EvaluationRequest): Promise<EvaluationReport> {
  const { seed, split } = request;
  const catalogue = await encodeCatalogue(request.data, request.progress);
  const { encoder } = catalogue;
  const fusion = plainFusion(
    catalogue,
    encoder.dimension,
    catalogue.modalities.map((m) => m.name),
  );
  const vectors = fuseAll(fusion, catalogue);
  const d = encoder.dimension;
  const items = catalogue.ids.length;
  const queries = readFileSync(join(request.data, 'queries.ndjson'), 'utf8')
    .split(/\r?\n/)
    .filter((l) => l.trim() !== '')
    .map((l) => JSON.parse(l) as Query);
  const bytesOf = (image: string): Buffer => {
    const file = join(request.data, image);
    if (existsSync(file)) return readFileSync(file);
    throw new Problem({
      code: 'VIT_EVALUATE_DATA',
      status: 400,
      title: 'The data cannot be used',
      detail: `${file}, named by queries.ndjson, does not exist.`,
    });
  };
  const ways = ['image-only', 'text-only', 'vitrine'] as const;
  const values = Object.fromEntries(
    ways.map((w) => [
      w,
      Object.fromEntries(
        ['recall@10', 'recall@20', 'ndcg@10', 'ndcg@20', 'mrr'].map((m) => [m, new Float64Array(queries.length)]),
      ),
    ]),
  ) as Record<(typeof ways)[number], Record<string, Float64Array>>;
  const ranked = new Int32Array(20);
  for (const [q, query] of queries.entries()) {
    const image = query.image
      ? projectGated(fusion, 'image', (await encoder.images([bytesOf(query.image)]))[0]!)
      : null;
    const text = query.text ? projectGated(fusion, 'text', (await encoder.texts([query.text]))[0]!) : null;
    const unwanted = Array.isArray(query.negatives)
      ? query.negatives
      : query.negatives?.text
        ? [query.negatives.text]
        : [];
    const negatives = (unwanted.length > 0 ? await encoder.texts(unwanted) : [])
      .map((v) => projectGated(fusion, 'text', v))
      .filter((v): v is Float32Array => v !== null);
    const wanted = new Set(
      query.expected.map((id) => catalogue.numbers.get(id)).filter((k): k is number => k !== undefined),
    );
    for (const way of ways) {
      const asked = [way === 'text-only' ? null : image, way === 'image-only' ? null : text].filter(
        (v): v is Float32Array => v !== null,
      );
      const scores = new Float32Array(items);
      for (let i = 0; i < items; i++) {
        for (const v of asked) for (let c = 0; c < d; c++) scores[i]! += vectors[i * d + c]! * v[c]!;
        for (const v of negatives) {
          let s = 0;
          for (let c = 0; c < d; c++) s += vectors[i * d + c]! * v[c]!;
          scores[i]! -= 0.5 * Math.max(0, s);
        }
      }
      const count = topK(scores, 0, items, 20, ranked);
      const into = values[way];
      into['recall@10']![q] = recallAt(ranked, count, wanted, 10);
      into['recall@20']![q] = recallAt(ranked, count, wanted, 20);
      into['ndcg@10']![q] = ndcgAt(ranked, count, wanted, 10);
      into['ndcg@20']![q] = ndcgAt(ranked, count, wanted, 20);
      into.mrr![q] = reciprocalRankAt(ranked, count, wanted, 20);
    }
  }
  await encoder.close();
  const measured: Measured[] = ways
    .filter((w) => !request.only || request.only.includes(w))
    .map((name) => ({
      name,
      baseline: name !== 'vitrine',
      params: {},
      seconds: 0,
      values: values[name],
      tuned: values[name]['recall@20']!.reduce((s, v) => s + v, 0),
    }));
  const { results, differences } = summarise(measured, ['recall@20', 'ndcg@20'], seed);
  return {
    dataset: datasetName(request.data),
    kind: 'queries',
    split,
    variant: null,
    users: queries.length,
    items,
    best: 'vitrine',
    results,
    differences,
    notes: [
      'Every item is ranked for each query; nothing is tuned; intervals over queries.',
      `Encoder ${encoder.name}.`,
    ],
  };
}
