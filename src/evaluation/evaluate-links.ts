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
import {
  addSparse,
  columnCounts,
  GemmEngine,
  gini,
  multiplySparse,
  type SparseMatrix,
  seededRandom,
  trainFusion,
  transpose,
} from '../maths/maths.api.js';
import { fixed, fuseAll, joinAll, linked, nearest, plainFusion } from './content-scorers.js';
import { datasetName } from './data-files.js';
import { type EncodedCatalogue, encodeCatalogue } from './encoded-catalogue.js';
import {
  differencesTo,
  type EvaluationReport,
  type EvaluationRequest,
  type Measured,
  summarise,
} from './evaluation-report.js';
import { heldLinks, type Links, linkMatrix, readLinks } from './link-data.js';

interface Model {
  name: string;
  baseline: boolean;
  scorer: Scorer;
  params: Record<string, unknown>;
  seconds: number;
}

/** What every model of one evaluation shares. */
interface Setting {
  catalogue: EncodedCatalogue;
  links: Links;
  train: SparseMatrix;
  engine: GemmEngine;
  request: EvaluationRequest;
}

const baseline = (name: string, scorer: Scorer): Model => ({ name, baseline: true, scorer, params: {}, seconds: 0 });

const byContent = ({ catalogue, engine }: Setting, fusion: ReturnType<typeof plainFusion>): Scorer =>
  nearest(fuseAll(fusion, catalogue), fusion.dimension, catalogue.ids.length, engine);

/** Chance, what many lead to, every modality alone, all with equal weights, and all side by side. */
function baselines(setting: Setting): Model[] {
  const { catalogue, train, engine, request } = setting;
  const items = catalogue.ids.length;
  const { dimension } = catalogue.encoder;
  const names = catalogue.modalities.map((m) => m.name);
  const random = seededRandom(request.seed);
  const joined = joinAll(catalogue, dimension);
  const plain = (of: readonly string[]) => byContent(setting, plainFusion(catalogue, dimension, of));
  return [
    baseline('random', fixed(Float32Array.from({ length: items }, () => random.next()))),
    baseline('popularity', fixed(Float32Array.from(columnCounts(train)))),
    ...names.map((name) => baseline(`content-${name}`, plain([name]))),
    baseline('equal-weights', plain(names)),
    baseline('concatenation', nearest(joined.vectors, joined.width, items, engine)),
  ];
}

/** Fusion learned from the train links, its gates tuned on those of val; first, and then without each modality. */
function learnedModels(setting: Setting): Model[] {
  const { catalogue, links, request } = setting;
  const columns = (part: Links['train']) => ({
    a: Int32Array.from(part, (p) => p[0]),
    b: Int32Array.from(part, (p) => p[1]),
  });
  const started = performance.now();
  const learned = trainFusion(
    {
      items: catalogue.ids.length,
      modalities: catalogue.modalities,
      categories: catalogue.categories,
      pairs: { ...columns(links.train), weight: new Float32Array(links.train.length).fill(1) },
    },
    {
      dimension: catalogue.encoder.dimension,
      seed: request.seed,
      tuneOn: columns(links.val),
      progress: (epoch, loss) => request.progress?.(`fusion, round ${epoch}: ${loss.toFixed(4)}`),
    },
  );
  const weights = Object.fromEntries(learned.weights.map((w) => [w.modality, Math.round(w.mean * 1000) / 1000]));
  const without = (name: string) => ({
    ...learned.fusion,
    modalities: learned.fusion.modalities.map((m) => (m.name === name ? { ...m, bias: null } : m)),
  });
  return [
    {
      name: 'learned-fusion',
      baseline: false,
      scorer: byContent(setting, learned.fusion),
      params: { ...weights, rounds: learned.epochs, rank: learned.rank, gates: learned.gates.offsets },
      seconds: (performance.now() - started) / 1000,
    },
    ...catalogue.modalities.map(({ name }) => ({
      name: `learned-fusion without ${name}`,
      baseline: false,
      scorer: byContent(setting, without(name)),
      params: {},
      seconds: 0,
    })),
  ];
}

const figures = (j: Judgement, items: number): Pick<Measured, 'values' | 'points'> => ({
  values: { ...j.perPerson, novelty: j.novelty },
  points: { coverage: j.shown.filter((n) => n > 0).length / items, gini: gini(j.shown) },
});

/** What would be served: learned fusion, what many lead to, and what leads to the same things, with weights found on val. */
async function measureBlend({ train }: Setting, content: Scorer, val: HeldOut, final: HeldOut): Promise<Measured> {
  const began = performance.now();
  const both = addSparse(train, transpose(train));
  const sources = [
    { name: 'learned-fusion', scorer: content },
    { name: 'popularity', scorer: fixed(Float32Array.from(columnCounts(train))) },
    { name: 'linked both ways', scorer: linked(both) },
    { name: 'linked alike', scorer: linked(multiplySparse(both, train)) },
  ];
  const scales = await scoreScales(
    sources.map((s) => s.scorer),
    val.histories,
  );
  const table = await gatherCandidates(sources, scales, val);
  const { weights } = searchWeights(table);
  const onVal = judgeBlend(table, weights);
  return {
    name: 'vitrine',
    baseline: false,
    params: Object.fromEntries(sources.map((s, k) => [s.name, weights[k]!])),
    seconds: (performance.now() - began) / 1000,
    tuned: objective(onVal),
    ...figures(
      final === val ? onVal : judgeBlend(await gatherCandidates(sources, scales, final), weights),
      train.columns,
    ),
  };
}

async function measure(model: Model, val: HeldOut, final: HeldOut, items: number): Promise<Measured> {
  const { scorer, ...rest } = model;
  const onVal = await judge(scorer, val);
  return {
    ...rest,
    // A knockout is never the best: it is there to be compared with.
    tuned: model.name.includes('without') ? Number.NEGATIVE_INFINITY : objective(onVal),
    ...figures(final === val ? onVal : await judge(scorer, final), items),
  };
}

/** What leads from an item: every item that links, ranked against all others but itself and what train links it to already. @throws Problem VIT_EVALUATE_DATA */
export async function evaluateLinks(request: EvaluationRequest): Promise<EvaluationReport> {
  const { seed, split } = request;
  const catalogue = await encodeCatalogue(request.data, request.progress);
  const links = readLinks(request.data, catalogue, split);
  const items = catalogue.ids.length;
  const engine = new GemmEngine(2);
  const train = linkMatrix(items, links.train);
  const setting: Setting = { catalogue, links, train, engine, request };
  const val = heldLinks(train, links.val);
  const final = split === 'test' ? heldLinks(train, links.test) : val;
  const wanted = (name: string) => !request.only || request.only.includes(name);
  const [learned, ...knockouts] = learnedModels(setting);
  const measured: Measured[] = [];
  for (const model of [...baselines(setting), learned!, ...knockouts])
    if (wanted(model.name)) measured.push(await measure(model, val, final, items));
  if (wanted('vitrine')) measured.push(await measureBlend(setting, learned!.scorer, val, final));
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
