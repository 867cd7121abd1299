import { decayByRank, decaySorted } from '../maths/rank-decay.js';
import { sharesOf } from '../maths/shares.js';
import type { LiveCatalogue, LiveItem } from '../retrieval/retrieval.api.js';
import type { ItemVectors } from './item-vectors.js';
import type { LiveRule } from './live-rules.js';
import { answersOf, type Probe } from './probe.js';
import type { Because, BlendedSource, PenaltySource, Source } from './source.js';

/** One source over the candidates: values in [0, 1], and what each goes back to. */
export interface SourceValues {
  values: Float64Array;
  because(at: number): Because | undefined;
  /** The question that the item answers best, where the source asks questions. */
  probe(at: number): Probe | undefined;
}

/** An item with its score and where it comes from. */
export interface Ranked {
  readonly key: number;
  readonly item: LiveItem;
  readonly score: number;
  readonly contributions: readonly Contribution[];
  readonly penalties: readonly { source: PenaltySource; amount: number }[];
}

/** What one source gives to an item's score. */
export interface Contribution {
  source: Source;
  amount: number;
  because?: Because;
  probe?: Probe;
}

/** Of several questions of one source, the best answer counts most and agreeing ones a little. */
const BEST_SHARE = 0.8;
/** Items that the visitor knows already speak for their likes, less for themselves. */
const KNOWN_FACTOR = 0.6;

/** What was found near questions, best first: everything nearer is in the list. */
type Nearest = ReadonlyMap<Probe, readonly { key: number; score: number }[]>;

/** Whether the search has answered a question already: one that is put to the fused space and to nothing else. */
export const isAnswered = (probe: Probe, nearest: Nearest): boolean =>
  nearest.has(probe) && !probe.picture && !probe.words && !probe.letters;

/**
 * Candidates by several questions of one source: each question ranks them for itself (`decayByRank` × its share), then
 * `.8 · best + .2 · mean`, stretched so that the best candidate has 1. Of a question that the search has answered only what it found counts: what stands further down would get
 * a sixteenth or less.
 * @param options.known what the visitor knows already; `steepHead` see `decayByRank`; `positions` as `positionsOf` gives them, for several calls over the same keys
 */
export const valuesOfProbes = (
  probes: readonly Probe[],
  keys: readonly number[],
  vectors: ItemVectors,
  halfRank: number,
  {
    known,
    steepHead,
    nearest = new Map(),
    positions,
  }: {
    known?: ReadonlySet<number>;
    steepHead?: boolean;
    nearest?: Nearest;
    positions?: ReadonlyMap<number, number>;
  } = {},
): SourceValues => {
  const n = keys.length;
  const sums = new Float64Array(n);
  const highest = new Float64Array(n);
  const best = new Int32Array(n).fill(-1);
  const add = (at: number, value: number, index: number): void => {
    if (!(value > 0)) return;
    sums[at]! += value;
    if (value <= highest[at]!) return;
    highest[at] = value;
    best[at] = index;
  };
  probes.forEach((probe, index) => {
    const share = (at: number): number => (known?.has(keys[at]!) ? KNOWN_FACTOR * probe.share : probe.share);
    const found = isAnswered(probe, nearest) ? nearest.get(probe)! : null;
    if (!found) {
      const values = decayByRank(answersOf(probe, keys, vectors), halfRank, steepHead);
      for (let at = 0; at < n; at++) if (values[at]! > 0) add(at, share(at) * values[at]!, index);
      return;
    }
    positions ??= positionsOf(keys);
    const values = decaySorted(found, halfRank, steepHead);
    for (let rank = 0; rank < values.length; rank++) {
      const at = positions.get(found[rank]!.key);
      if (at !== undefined) add(at, share(at) * values[rank]!, index);
    }
  });
  const values = probes.length === 1 ? highest : sums;
  let top = 0;
  for (let at = 0; at < n; at++) {
    if (probes.length > 1) values[at] = BEST_SHARE * highest[at]! + ((1 - BEST_SHARE) * sums[at]!) / probes.length;
    if (values[at]! > top) top = values[at]!;
  }
  if (top > 0) for (let at = 0; at < n; at++) values[at] = values[at]! / top;
  const probe = (at: number): Probe | undefined => probes[best[at]!];
  return { values, probe, because: (at) => probe(at)?.because };
};

/** Where each candidate stands among all. */
export const positionsOf = (keys: readonly number[]): Map<number, number> => {
  const positions = new Map<number, number>();
  for (let at = 0; at < keys.length; at++) positions.set(keys[at]!, at);
  return positions;
};

/**
 * Whether a picture on the page is ranked with a steep head: beside the visitor's past, so that the first places show what the picture shows and the rest what they like. Words
 * say how the picture is to be changed: beside them it keeps its long shoulder.
 */
export const pictureLeads = (sources: { words: boolean; past: boolean }): boolean => sources.past && !sources.words;

/** Candidates by a table of scores; those it does not name have 0. @param positions as `positionsOf` gives them */
export const valuesOfScores = (
  scores: ReadonlyMap<number, number>,
  positions: ReadonlyMap<number, number>,
  halfRank: number,
  because?: Because,
): SourceValues => {
  const values = new Float64Array(positions.size).fill(Number.NaN);
  for (const [key, score] of scores) {
    const at = positions.get(key);
    if (at !== undefined) values[at] = score;
  }
  return { values: decayByRank(values, halfRank), because: () => because, probe: () => undefined };
};

/** What the candidates are ranked by. */
export interface RankingInput {
  keys: readonly number[];
  catalogue: LiveCatalogue;
  sources: ReadonlyMap<BlendedSource, SourceValues>;
  weights: Readonly<Record<BlendedSource, number>>;
  /** What lowers scores: values in [0, 1] and the share of the best score that 1 takes. */
  lowering: readonly { source: PenaltySource; values: Float64Array; share: number }[];
  rules: readonly LiveRule[];
  /** What to say for, and how to order, those that no source speaks for. */
  rest(key: number): { source: Source; order: number };
}

/** Contribution of an item that no source speaks for: it fills a list and stands behind everything else. */
const FILL = 1e-3;

/**
 * The candidates by score, best first, equal scores by key. Score = Σ weight × value of each source (the contributions that reasons
 * report) + what boosts add − penalties, all rounded to millionths. What a score is made of is told when it is asked for: of hundreds of candidates a dozen are shown.
 */
export const rankCandidates = (input: RankingInput): Ranked[] => {
  const { keys, catalogue, lowering } = input;
  const n = keys.length;
  const sources = [...input.sources].filter(([source]) => input.weights[source] > 0);
  /** What speaks for each, summed. */
  const positive = new Float64Array(n);
  for (const [source, { values }] of sources) {
    const weight = input.weights[source];
    for (let at = 0; at < n; at++) if (values[at]! > 0) positive[at]! += weight * values[at]!;
  }
  let best = FILL;
  for (let at = 0; at < n; at++) if (positive[at]! > best) best = positive[at]!;
  const rules = input.rules.filter(({ kind }) => kind === 'boost' || kind === 'bury');
  const origins: Origins = { ...input, sources, rules, best };
  const items = new Array<LiveItem>(n);
  const scores = new Float64Array(n);
  for (let at = 0; at < n; at++) {
    const item = catalogue.byKey(keys[at]!)!;
    let up = positive[at]!;
    if (up === 0) up = fillOf(input.rest(keys[at]!).order);
    let down = 0;
    for (let each = 0; each < lowering.length; each++) {
      const { values, share } = lowering[each]!;
      if (values[at]! > 0) down += share * best * values[at]!;
    }
    for (let each = 0; each < rules.length; each++) {
      const rule = rules[each]!;
      if (!rule.matches(item)) continue;
      if (rule.kind === 'boost') up += rule.amount * best;
      else down += rule.amount * best;
    }
    items[at] = item;
    scores[at] = Math.round((up - down) * 1e6) / 1e6;
  }
  const order = new Int32Array(n);
  for (let at = 0; at < n; at++) order[at] = at;
  order.sort((a, b) => scores[b]! - scores[a]! || keys[a]! - keys[b]!);
  const ranked = new Array<Candidate>(n);
  for (let place = 0; place < n; place++) {
    const at = order[place]!;
    ranked[place] = new Candidate(origins, at, items[at]!, scores[at]!);
  }
  return ranked;
};

const fillOf = (order: number): number => FILL * 2 ** (-order / 100);

/** What the scores of one ranking come from. */
interface Origins extends Omit<RankingInput, 'sources'> {
  sources: readonly (readonly [BlendedSource, SourceValues])[];
  /** The highest sum of what speaks for a candidate. */
  best: number;
}

class Candidate implements Ranked {
  constructor(
    private readonly origins: Origins,
    private readonly at: number,
    readonly item: LiveItem,
    readonly score: number,
  ) {}

  get key(): number {
    return this.item.key;
  }

  get contributions(): Contribution[] {
    const { at } = this;
    const { sources, weights, rules, rest, best } = this.origins;
    const contributions: Contribution[] = [];
    for (const [source, { values, because, probe }] of sources) {
      const amount = weights[source] * values[at]!;
      if (amount > 0) contributions.push({ source, amount, because: because(at), probe: probe(at) });
    }
    if (contributions.length === 0) {
      const { source, order } = rest(this.key);
      contributions.push({ source, amount: fillOf(order) });
    }
    for (const rule of rules)
      if (rule.kind === 'boost' && rule.matches(this.item))
        contributions.push({ source: 'rule', amount: rule.amount * best });
    return contributions;
  }

  get penalties(): { source: PenaltySource; amount: number }[] {
    const { lowering, rules, best } = this.origins;
    const penalties: { source: PenaltySource; amount: number }[] = [];
    for (const { source, values, share } of lowering)
      if (values[this.at]! > 0) penalties.push({ source, amount: share * best * values[this.at]! });
    for (const rule of rules)
      if (rule.kind === 'bury' && rule.matches(this.item))
        penalties.push({ source: 'rule', amount: rule.amount * best });
    return penalties;
  }
}

/** The best variant of each product, in the order given. */
export const onePerGroup = (ranked: readonly Ranked[]): Ranked[] => {
  const groups = new Set<number>();
  return ranked.filter(({ item }) => {
    if (groups.has(item.group)) return false;
    groups.add(item.group);
    return true;
  });
};

/** Reasons with shares that add up to exactly 1 (in millionths), largest first. A share that rounds to nothing is left out. */
export const reasonsOf = (entry: Ranked): { source: Source; share: number; because?: Because }[] => {
  const merged = new Map<Source, { source: Source; amount: number; because?: Because }>();
  for (const { source, amount, because } of entry.contributions) {
    const known = merged.get(source);
    if (known) known.amount += amount;
    else merged.set(source, { source, amount, because });
  }
  const parts = [...merged.values()].sort((a, b) => b.amount - a.amount);
  const shares = sharesOf(parts.map(({ amount }) => amount));
  return parts.flatMap(({ source, because }, index) =>
    shares[index]! > 0 ? [{ source, share: shares[index]!, ...(because ? { because } : {}) }] : [],
  );
};
