import { BLENDED, type BlendedSource } from './source.js';

export type SourceWeights = Readonly<Partial<Record<BlendedSource, number>>>;

/** A blend as the registry keeps it (`models`, kind `blend`): non-negative weights of normalised sources, by placement. */
export interface BlendParameters {
  format: 'blend/1';
  learned: boolean;
  /** Weights by placement; `*` for every placement not named. A source without a weight has 0. */
  placements: Readonly<Record<string, SourceWeights>>;
  /** Events of a visitor at which a personal source has half its weight. */
  evidence: number;
  /** Most that history, behaviour and session weigh together beside a picture, item or text on the page, as a share of the strongest of these. */
  personalBesideContext: number;
  /** People of an item at which what others did with it has half its weight; 0: always all of it. */
  itemEvidence?: number;
  /** What likeness gains for an item that nobody has met yet, as a share of its weight: the other side of `itemEvidence`. */
  itemShift?: number;
}

/** A blend with its name. */
export interface Blend extends BlendParameters {
  version: string;
}

const page: SourceWeights = {
  'context.image': 1,
  'context.item': 0.8,
  'context.text': 1,
  history: 1,
  behaviour: 0.6,
  session: 0.3,
  together: 0.15,
  popular: 0.06,
  new: 0.03,
};

/** The blend before one is learned: what the visitor looks at first, then what they did, then what others do. */
export const DEFAULT_BLEND: Blend = {
  version: 'default-blend-1',
  format: 'blend/1',
  learned: false,
  evidence: 1,
  personalBesideContext: 0.6,
  placements: {
    '*': page,
    cart: { ...page, 'context.item': 0.5, together: 1 },
    search: { 'context.image': 1, 'context.text': 1, 'context.item': 0.5, history: 0.05, behaviour: 0.03 },
    similar: { 'context.item': 1 },
    'bought-together': { together: 1, session: 0.2, 'context.item': 0.1 },
    popular: { popular: 1, new: 0.03 },
  },
};

/** What is known of a visitor and the page when weights are chosen. */
export interface BlendEvidence {
  placement: string;
  /** Different items in the visitor's past. */
  events: number;
  /** Sources that have anything to say in this call. */
  present: ReadonlySet<BlendedSource>;
  emphasis: { images: number; text: number; history: number };
}

/** Share of its weight that a text keeps on a page that shows an item; `emphasis.text` raises it again. */
const WORDS_BESIDE_A_PICTURE = 0.5;

/** Sources that speak of an item by what others did with it, and those that speak by how it looks and reads. */
const BY_OTHERS: readonly BlendedSource[] = ['behaviour', 'session', 'together'];
const BY_LIKENESS: readonly BlendedSource[] = ['context.image', 'context.item', 'context.text', 'history'];

/**
 * How an item's own evidence moves the weights: with `g = 1 − 2^(−people / itemEvidence)`, what others did counts g times, likeness `1 + itemShift · (1 − g)` times. An item that
 * nobody has met stands by its looks; everything is 1 while `itemEvidence` is 0.
 */
export const itemGates = (blend: BlendParameters, people: number): { others: number; likeness: number } => {
  if (!blend.itemEvidence) return { others: 1, likeness: 1 };
  const others = 1 - 2 ** (-people / blend.itemEvidence);
  return { others, likeness: 1 + (blend.itemShift ?? 0) * (1 - others) };
};

/** Applies `itemGates` to the normalised values of every source in place. @param people of each candidate */
export const gateByItem = (
  blend: BlendParameters,
  people: readonly number[],
  values: ReadonlyMap<BlendedSource, { values: Float64Array }>,
): void => {
  if (!blend.itemEvidence) return;
  people.forEach((count, at) => {
    const { others, likeness } = itemGates(blend, count);
    for (const source of BY_OTHERS) scale(values.get(source)?.values, at, others);
    for (const source of BY_LIKENESS) scale(values.get(source)?.values, at, likeness);
  });
};

const scale = (values: Float64Array | undefined, at: number, factor: number): void => {
  if (values) values[at] = values[at]! * factor;
};

const CONTEXT: readonly BlendedSource[] = ['context.image', 'context.item', 'context.text'];
const PERSONAL: readonly BlendedSource[] = ['history', 'behaviour', 'session'];

/**
 * Weights of the sources in one call, all ≥ 0, 0 for those with nothing to say.
 *
 * Personal sources are gated by how much the visitor has done, `1 − 2^(−events / evidence)`, and share a budget beside what is on the page, so
 * that three views of one habit cannot outvote the picture that was just clicked. The caller's emphasis comes last and is a plain
 * factor: raising it never lowers what it names.
 */
export const weightsFor = (blend: BlendParameters, given: BlendEvidence): Record<BlendedSource, number> => {
  const base = blend.placements[given.placement] ?? blend.placements['*'] ?? {};
  const weight = Object.fromEntries(
    BLENDED.map((source) => [source, given.present.has(source) ? Math.max(0, base[source] ?? 0) : 0]),
  ) as Record<BlendedSource, number>;
  const gate = 1 - 2 ** (-given.events / blend.evidence);
  const strongest = Math.max(...CONTEXT.map((source) => weight[source]));
  const personal = PERSONAL.reduce((sum, source) => sum + weight[source], 0);
  const budget = strongest > 0 ? Math.min(1, (blend.personalBesideContext * strongest) / Math.max(personal, 1e-9)) : 1;
  // A session on this very page is nobody's past: it counts without evidence of one.
  for (const source of PERSONAL) weight[source] *= budget * (source === 'session' ? 1 : gate) * given.emphasis.history;
  // Beside a picture or an item, words refine what is shown: loose ones must not outvote what the visitor is looking at.
  if (given.placement !== 'search' && (given.present.has('context.image') || given.present.has('context.item')))
    weight['context.text'] *= WORDS_BESIDE_A_PICTURE;
  weight['context.image'] *= given.emphasis.images;
  weight['context.text'] *= given.emphasis.text;
  return weight;
};
