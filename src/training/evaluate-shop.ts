import { join } from 'node:path';
import { interestOf } from '../behaviour/behaviour.api.js';
import {
  differencesTo,
  type EncodedCatalogue,
  type EvaluationReport,
  type EvaluationRequest,
  encodeCatalogue,
  knockoutDifferences,
  type Measured,
  readNdjsonRows,
  summarise,
} from '../evaluation/evaluation.api.js';
import type { GatedFusion } from '../maths/gated-fusion.js';
import { GemmEngine } from '../maths/maths.api.js';
import { Problem } from '../platform/platform.api.js';
import { type BlendedSource, type BlendParameters, DEFAULT_BLEND } from '../recommendation/blending.api.js';
import { judgeCases, perPerson } from './blend-judging.js';
import { searchBlend } from './blend-search.js';
import type { BlendCase } from './blend-table.js';
import { learnBehaviour } from './learn-behaviour.js';
import { blendCases } from './learn-blend.js';
import { learnFusion } from './learn-fusion.js';
import type { TrainingInput } from './training-data.js';
import { firstMeetings, PEOPLE_TO_JUDGE } from './training-events.js';

interface EventLine {
  type: string;
  userId?: string;
  visitorId?: string;
  itemId?: string;
  itemIds?: string[];
  value?: number;
  at?: string;
}

const PERSONAL: readonly BlendedSource[] = ['history', 'behaviour'];
const LOOKED_AT: readonly BlendedSource[] = ['context.image', 'context.item'];

/**
 * A shop's own catalogue and events (`catalog.ndjson`, `catalog-reviews.ndjson`, `events.ndjson`, as for import): what visitors went on to on product pages, ranked by what
 * they did before alone, by the picture on the page alone, by both, and by everything Vitrine has; then everything less one part. Learned on the first part of the window,
 * weights found on the second, judged on the third, all with the code that `vitrine train` runs.
 */
export async function evaluateShop(request: EvaluationRequest): Promise<EvaluationReport> {
  const catalogue = await encodeCatalogue(request.data, request.progress);
  await catalogue.encoder.close();
  const input = readShop(request, catalogue);
  const engine = new GemmEngine(2);
  const ears = {
    progress: (step: string, share: number) => request.progress?.(`${Math.round(100 * share)} % ${step}`),
  };
  const events = firstMeetings(input.events, input.keys.length);
  const fusion = learnFusion(input, events, ears);
  if (fusion.is === 'declined') throw tooLittle(fusion.reason);
  const { nested, learned } = await learnBehaviour(input, events, engine, ears);
  if (!nested) throw tooLittle(learned.is === 'declined' ? learned.reason : 'nothing to fold in');
  await engine.close();
  const pages = (gated: GatedFusion, modalities = input.modalities) => {
    const { tune, judged } = blendCases({ ...input, modalities }, events, nested, gated);
    const onPage = (cases: readonly BlendCase[]) => cases.filter(({ placement }) => placement === 'product');
    return { tune: onPage(tune), judged: onPage(judged) };
  };
  const all = pages(fusion.model.fusion);
  if (new Set(all.judged.map(({ person }) => person)).size < PEOPLE_TO_JUDGE)
    throw tooLittle('fewer than 20 people went on to something from a product page in the last part of the window');
  const measured: Measured[] = [];
  const add = (
    name: string,
    judged: readonly BlendCase[],
    blend: BlendParameters,
    baseline: boolean,
    tuned: number,
  ) => {
    const started = performance.now();
    const { recall, ndcg } = judgeCases(judged, blend);
    measured.push({
      name,
      baseline,
      params: { ...(blend.placements.product ?? blend.placements['*']) },
      seconds: (performance.now() - started) / 1000,
      tuned,
      values: { 'recall@10': perPerson(recall, judged), 'ndcg@10': perPerson(ndcg, judged) },
    });
  };
  const learn = (name: string, keep: (source: BlendedSource) => boolean, baseline: boolean, from = all): void => {
    const tune = from.tune.map((one) => only(one, keep));
    const { blend, fits } = searchBlend(tune, DEFAULT_BLEND);
    add(
      name,
      from.judged.map((one) => only(one, keep)),
      blend,
      baseline,
      fits.find((f) => f.placement === 'product')?.after ?? 0,
    );
  };
  learn('popularity', (source) => source === 'popular', true);
  learn('history only', (source) => PERSONAL.includes(source), true);
  learn('browsed picture only', (source) => source === 'context.image', true);
  learn('history and browsed picture', (source) => PERSONAL.includes(source) || source === 'context.image', false);
  add('vitrine before learning', all.judged, DEFAULT_BLEND, false, Number.NEGATIVE_INFINITY);
  learn('vitrine', () => true, false);
  const sources = [...new Set(all.judged.flatMap(({ values }) => [...values.keys()]))].sort();
  for (const source of sources) learn(`vitrine without ${source}`, (other) => other !== source, false);
  learn('vitrine without what is on the page', (source) => !LOOKED_AT.includes(source), false);
  for (const { name } of input.modalities) {
    request.progress?.(`without modality ${name}`);
    const gated = {
      ...fusion.model.fusion,
      modalities: fusion.model.fusion.modalities.map((m) => (m.name === name ? { ...m, bias: null } : m)),
    };
    const rest = input.modalities.filter((m) => m.name !== name);
    if (rest.length > 0) learn(`vitrine without modality ${name}`, () => true, false, pages(gated, rest));
  }
  // Several product pages of one person count as one; `tuned` of parts taken away must not make them the best.
  for (const m of measured) if (m.name.startsWith('vitrine ')) m.tuned = Number.NEGATIVE_INFINITY;
  const shown = measured.filter((m) => !request.only || request.only.includes(m.name));
  const { results, differences } = summarise(shown, ['recall@10', 'ndcg@10'], request.seed);
  return {
    dataset: request.data
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1)!,
    kind: 'shop',
    split: request.split,
    variant: null,
    users: new Set(all.judged.map(({ person }) => person)).size,
    items: input.keys.length,
    best: 'vitrine',
    results,
    differences: [
      ...differences,
      ...differencesTo(
        shown,
        'history and browsed picture',
        ['browsed picture only'],
        ['recall@10', 'ndcg@10'],
        request.seed,
      ),
      ...knockoutDifferences(shown, ['recall@10', 'ndcg@10'], request.seed),
    ],
    notes: [
      'Product pages of the last 15 % of the window: what the same visitor went on to in that sitting, among all items they had not met. Intervals over people.',
      'Behaviour and fusion learned on the first 70 %, weights on the next 15 %; every row has its weights searched with the same effort. The picture on the page is the item’s first one.',
      `Encoder ${catalogue.encoder.name}; shares of modalities: ${fusion.model.weights.map((w) => `${w.modality} ${w.mean.toFixed(2)}`).join(', ')}.`,
    ],
  };
}

const only = (one: BlendCase, keep: (source: BlendedSource) => boolean): BlendCase => ({
  ...one,
  values: new Map([...one.values].filter(([source]) => keep(source))),
});

const tooLittle = (reason: string): Problem =>
  new Problem({
    code: 'VIT_EVALUATE_DATA',
    status: 400,
    title: 'The data cannot be used',
    detail: `Too little to judge by: ${reason}.`,
  });

function readShop(request: EvaluationRequest, catalogue: EncodedCatalogue): TrainingInput {
  const people = new Map<string, number>();
  const rows: { person: number; item: number; at: number; weight: number }[] = [];
  for (const event of readNdjsonRows<EventLine>(join(request.data, 'events.ndjson'))) {
    const who = event.userId === undefined ? event.visitorId && `visitor ${event.visitorId}` : `user ${event.userId}`;
    const at = Date.parse(event.at ?? '');
    const weight = interestOf({ type: event.type, value: event.value ?? null });
    if (!who || !Number.isFinite(at) || weight === 0) continue;
    const person = people.get(who) ?? people.size;
    people.set(who, person);
    for (const id of event.itemIds ?? (event.itemId === undefined ? [] : [event.itemId])) {
      const item = catalogue.numbers.get(id);
      if (item !== undefined) rows.push({ person, item, at, weight });
    }
  }
  return {
    seed: request.seed,
    kinds: ['fusion', 'behaviour', 'blend'],
    people: people.size,
    keys: Int32Array.from(catalogue.ids.keys()),
    categories: catalogue.categories,
    events: {
      person: Int32Array.from(rows, (row) => row.person),
      item: Int32Array.from(rows, (row) => row.item),
      at: Float64Array.from(rows, (row) => row.at),
      weight: Float32Array.from(rows, (row) => row.weight),
    },
    modalities: catalogue.modalities,
    dimension: catalogue.encoder.dimension,
    liveFusion: null,
    liveBehaviour: null,
  };
}
