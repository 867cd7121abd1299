import {
  gatherCandidates,
  type HeldOut,
  type Judgement,
  judge,
  judgeBlend,
  objective,
  type Scorer,
  scoreScales,
  searchWeights,
} from '../behaviour/behaviour.api.js';
import { fuseGated, type GatedFusion } from '../maths/gated-fusion.js';
import {
  addSparse,
  columnCounts,
  GemmEngine,
  gini,
  multiplySparse,
  type SparseMatrix,
  seededRandom,
  sparseFromTriples,
  trainFusion,
  transpose,
} from '../maths/maths.api.js';
import { Problem } from '../platform/platform.api.js';
import { badRow, datasetName, readRows } from './data-files.js';
import { type EncodedCatalogue, encodeCatalogue } from './encoded-catalogue.js';
import {
  differencesTo,
  type EvaluationReport,
  type EvaluationRequest,
  type Measured,
  summarise,
} from './evaluation-report.js';

interface Links {
  train: [number, number][];
  val: [number, number][];
  test: [number, number][];
}

function readLinks(directory: string, catalogue: EncodedCatalogue): Links {
  const links: Links = { train: [], val: [], test: [] };
  for (const [k, row] of readRows(directory, 'links.tsv').entries()) {
    if (k === 0 && row[0] === 'from') continue;
    const split = row[3] as keyof Links;
    if (row.length !== 4 || !links[split])
      throw badRow('links.tsv', k + 1, row, 'from <tab> to <tab> kind <tab> train, val or test');
    const from = catalogue.numbers.get(row[0]!);
    const to = catalogue.numbers.get(row[1]!);
    if (from !== undefined && to !== undefined && from !== to) links[split].push([from, to]);
  }
  return links;
}

/** Equal gates, no maps: every modality centred and scaled to mean length 1. */
export function plainFusion(
  catalogue: Pick<EncodedCatalogue, 'modalities' | 'ids'>,
  dimension: number,
  names: readonly string[],
): GatedFusion {
  return {
    dimension,
    modalities: catalogue.modalities.map((m) => {
      const mean = new Float32Array(m.width);
      const rows = Array.from(catalogue.ids.keys()).filter((i) => m.present[i] === 1);
      for (const i of rows) for (let c = 0; c < m.width; c++) mean[c]! += m.vectors[i * m.width + c]! / rows.length;
      let length = 0;
      for (const i of rows)
        length += Math.hypot(...Array.from(mean, (v, c) => m.vectors[i * m.width + c]! - v)) / rows.length;
      return {
        name: m.name,
        inputDimension: m.width,
        mean,
        map: null,
        scale: length > 0 ? 1 / length : 1,
        bias: names.includes(m.name) ? 0 : null,
        categoryBias: {},
        attention: null,
      };
    }),
  };
}

/** Fused vectors of all items, zeros where nothing counts, (items, dimension). */
export function fuseAll(fusion: GatedFusion, catalogue: EncodedCatalogue): Float32Array {
  const out = new Float32Array(catalogue.ids.length * fusion.dimension);
  for (let i = 0; i < catalogue.ids.length; i++) {
    const parts = new Map(
      catalogue.modalities
        .filter((m) => m.present[i] === 1)
        .map((m) => [m.name, m.vectors.slice(i * m.width, (i + 1) * m.width)]),
    );
    const fused = fuseGated(fusion, parts, catalogue.categories[i]);
    if (fused) out.set(fused.vector, i * fusion.dimension);
  }
  return out;
}

/** score = Σ over the history of the cosine with each item. */
const nearest = (vectors: Float32Array, width: number, items: number, engine: GemmEngine): Scorer => ({
  score: async (histories: SparseMatrix) => {
    const queries = new Float32Array(histories.rows * width);
    for (let r = 0; r < histories.rows; r++)
      for (let e = histories.offsets[r]!; e < histories.offsets[r + 1]!; e++)
        for (let c = 0; c < width; c++) queries[r * width + c]! += vectors[histories.indices[e]! * width + c]!;
    return engine.run('ABt', queries, [histories.rows, width], vectors, [items, width]);
  },
});
const linked = (weights: SparseMatrix): Scorer => ({
  score: async (h) => {
    const out = new Float32Array(h.rows * weights.columns);
    for (let r = 0; r < h.rows; r++)
      for (let e = h.offsets[r]!; e < h.offsets[r + 1]!; e++)
        for (let f = weights.offsets[h.indices[e]!]!; f < weights.offsets[h.indices[e]! + 1]!; f++)
          out[r * weights.columns + weights.indices[f]!]! += weights.values[f]!;
    return out;
  },
});
const fixed = (values: Float32Array): Scorer => ({
  score: async (h) => {
    const out = new Float32Array(h.rows * values.length);
    for (let r = 0; r < h.rows; r++) out.set(values, r * values.length);
    return out;
  },
});

/** What leads from an item: every item that links, ranked against all others but itself and what train links it to already. */
export async function evaluateLinks(request: EvaluationRequest): Promise<EvaluationReport> {
  const { seed, split } = request;
  const catalogue = await encodeCatalogue(request.data, request.progress);
  const links = readLinks(request.data, catalogue);
  const items = catalogue.ids.length;
  const engine = new GemmEngine(2);
  if (links[split].length === 0)
    throw new Problem({
      code: 'VIT_EVALUATE_DATA',
      status: 400,
      title: 'The data cannot be used',
      detail: `links.tsv has no link of split "${split}".`,
    });
  const matrix = (pairs: readonly [number, number][]): SparseMatrix =>
    sparseFromTriples(
      items,
      items,
      pairs.map((p) => p[0]),
      pairs.map((p) => p[1]),
    );
  const train = matrix(links.train);
  const held = (part: readonly [number, number][]): HeldOut => {
    const from = [...new Set(part.map((p) => p[0]))].sort((a, b) => a - b);
    const row = new Map(from.map((f, k) => [f, k]));
    const known = from.flatMap((f, k) => [
      [k, f],
      ...Array.from(train.indices.subarray(train.offsets[f]!, train.offsets[f + 1]!), (to) => [k, to]),
    ]);
    return {
      histories: sparseFromTriples(
        from.length,
        items,
        from.map((_, k) => k),
        from,
      ),
      masked: sparseFromTriples(
        from.length,
        items,
        known.map((p) => p[0]!),
        known.map((p) => p[1]!),
      ),
      relevant: sparseFromTriples(
        from.length,
        items,
        part.map((p) => row.get(p[0])!),
        part.map((p) => p[1]),
      ),
      degrees: columnCounts(train),
    };
  };
  const val = held(links.val);
  const final = split === 'test' ? held(links.test) : val;
  const dimension = catalogue.encoder.dimension;
  const fused = (fusion: GatedFusion): Scorer => nearest(fuseAll(fusion, catalogue), dimension, items, engine);
  const names = catalogue.modalities.map((m) => m.name);
  const random = seededRandom(seed);
  const models: {
    name: string;
    baseline: boolean;
    scorer: Scorer;
    params: Record<string, unknown>;
    seconds: number;
  }[] = [
    {
      name: 'random',
      baseline: true,
      scorer: fixed(Float32Array.from({ length: items }, () => random.next())),
      params: {},
      seconds: 0,
    },
    {
      name: 'popularity',
      baseline: true,
      scorer: fixed(Float32Array.from(columnCounts(train))),
      params: {},
      seconds: 0,
    },
    ...names.map((n) => ({
      name: `content-${n}`,
      baseline: true,
      scorer: fused(plainFusion(catalogue, dimension, [n])),
      params: {},
      seconds: 0,
    })),
    {
      name: 'equal-weights',
      baseline: true,
      scorer: fused(plainFusion(catalogue, dimension, names)),
      params: {},
      seconds: 0,
    },
  ];
  const width = catalogue.modalities.reduce((s, m) => s + m.width, 0);
  const joined = new Float32Array(items * width);
  let at = 0;
  for (const m of catalogue.modalities) {
    const alone = fuseAll(plainFusion(catalogue, dimension, [m.name]), catalogue);
    for (let i = 0; i < items; i++) joined.set(alone.subarray(i * dimension, (i + 1) * dimension), i * width + at);
    at += m.width;
  }
  models.push({
    name: 'concatenation',
    baseline: true,
    scorer: nearest(joined, width, items, engine),
    params: {},
    seconds: 0,
  });
  const started = performance.now();
  const pairs = {
    a: Int32Array.from(links.train, (p) => p[0]),
    b: Int32Array.from(links.train, (p) => p[1]),
    weight: new Float32Array(links.train.length).fill(1),
  };
  const learned = trainFusion(
    { items, modalities: catalogue.modalities, categories: catalogue.categories, pairs },
    {
      dimension,
      seed,
      tuneOn: { a: Int32Array.from(links.val, (p) => p[0]), b: Int32Array.from(links.val, (p) => p[1]) },
      progress: (epoch, loss) => request.progress?.(`fusion, round ${epoch}: ${loss.toFixed(4)}`),
    },
  );
  const weights = Object.fromEntries(learned.weights.map((w) => [w.modality, Math.round(w.mean * 1000) / 1000]));
  models.push({
    name: 'learned-fusion',
    baseline: false,
    scorer: fused(learned.fusion),
    params: { ...weights, rounds: learned.epochs, rank: learned.rank, gates: learned.gates.offsets },
    seconds: (performance.now() - started) / 1000,
  });
  for (const n of names) {
    const without = {
      ...learned.fusion,
      modalities: learned.fusion.modalities.map((m) => (m.name === n ? { ...m, bias: null } : m)),
    };
    models.push({
      name: `learned-fusion without ${n}`,
      baseline: false,
      scorer: fused(without),
      params: {},
      seconds: 0,
    });
  }
  const measured: Measured[] = [];
  /** What would be served: learned fusion, what many lead to, and what leads to the same things, with weights found on val. */
  const addBlend = async (): Promise<void> => {
    if (request.only && !request.only.includes('vitrine')) return;
    const began = performance.now();
    const both = addSparse(train, transpose(train));
    const sources = [
      { name: 'learned-fusion', scorer: fused(learned.fusion) },
      { name: 'popularity', scorer: fixed(Float32Array.from(columnCounts(train))) },
      { name: 'linked both ways', scorer: linked(both) },
      { name: 'linked alike', scorer: linked(multiplySparse(both, train)) },
    ];
    const scales = await scoreScales(
      sources.map((s) => s.scorer),
      val.histories,
    );
    const table = await gatherCandidates(sources, scales, val);
    const { weights: found } = searchWeights(table);
    const j = judgeBlend(split === 'val' ? table : await gatherCandidates(sources, scales, final), found);
    measured.push({
      name: 'vitrine',
      baseline: false,
      params: Object.fromEntries(sources.map((s, k) => [s.name, found[k]!])),
      seconds: (performance.now() - began) / 1000,
      tuned: objective(judgeBlend(table, found)),
      values: { ...j.perPerson, novelty: j.novelty },
      points: { coverage: j.shown.filter((n) => n > 0).length / items, gini: gini(j.shown) },
    });
  };
  for (const m of models) {
    if (request.only && !request.only.includes(m.name)) continue;
    const tuned = await judge(m.scorer, val);
    const j: Judgement = split === 'val' ? tuned : await judge(m.scorer, final);
    measured.push({
      name: m.name,
      baseline: m.baseline,
      params: m.params,
      seconds: m.seconds,
      tuned: m.name.includes('without') ? Number.NEGATIVE_INFINITY : objective(tuned),
      values: { ...j.perPerson, novelty: j.novelty },
      points: { coverage: j.shown.filter((n) => n > 0).length / items, gini: gini(j.shown) },
    });
  }
  await addBlend();
  await engine.close();
  await catalogue.encoder.close();
  const { results, differences } = summarise(measured, ['recall@20', 'ndcg@20'], seed);
  const rivals = measured.filter((m) => m.baseline && /^(content-|equal|concat)/.test(m.name)).map((m) => m.name);
  const parts = measured.filter((m) => m.name.startsWith('learned-fusion without')).map((m) => m.name);
  differences.push(
    ...differencesTo(measured, 'learned-fusion', [...rivals, ...parts], ['recall@20', 'ndcg@20'], seed).filter(
      // What was compared with the best baseline already is not said twice.
      (d) =>
        !differences.some(
          (known) => known.name === d.name && known.baseline === d.baseline && known.metric === d.metric,
        ),
    ),
  );
  const best = [...measured].sort((a, b) => b.tuned - a.tuned)[0]?.name ?? 'none';
  return {
    dataset: datasetName(request.data),
    kind: 'links',
    split,
    variant: null,
    users: final.relevant.rows,
    items,
    best,
    results,
    differences,
    notes: [
      'For each item with held-out links: all items ranked but itself and those train links it to. Fusion is learned from train links only; intervals over items.',
      `Encoder ${catalogue.encoder.name}.`,
    ],
  };
}
