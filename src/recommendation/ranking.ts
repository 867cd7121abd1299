import { decayByRank } from '../maths/rank-decay.js';
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
  key: number;
  item: LiveItem;
  score: number;
  contributions: { source: Source; amount: number; because?: Because; probe?: Probe }[];
  penalties: { source: PenaltySource; amount: number }[];
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
 * @param options.known what the visitor knows already; `steepHead` see `decayByRank`
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
  }: { known?: ReadonlySet<number>; steepHead?: boolean; nearest?: Nearest } = {},
): SourceValues => {
  const factors = known && Float64Array.from(keys, (key) => (known.has(key) ? KNOWN_FACTOR : 1));
  const positions = probes.some((probe) => isAnswered(probe, nearest))
    ? new Map(keys.map((key, at) => [key, at]))
    : null;
  const answers = probes.map((probe) => {
    const values =
      positions && isAnswered(probe, nearest)
        ? valuesOfFound(nearest.get(probe)!, positions, halfRank, steepHead)
        : decayByRank(answersOf(probe, keys, vectors), halfRank, steepHead);
    const { share } = probe;
    for (let at = 0; at < values.length; at++) values[at]! *= factors ? share * factors[at]! : share;
    return values;
  });
  const values = new Float64Array(keys.length);
  const best = new Int32Array(keys.length).fill(-1);
  let top = 0;
  for (let at = 0; at < keys.length; at++) {
    let sum = 0;
    let highest = 0;
    for (let index = 0; index < answers.length; index++) {
      const answer = answers[index]![at]!;
      sum += answer;
      if (answer > highest) {
        highest = answer;
        best[at] = index;
      }
    }
    values[at] = probes.length === 1 ? highest : BEST_SHARE * highest + ((1 - BEST_SHARE) * sum) / probes.length;
    top = Math.max(top, values[at]!);
  }
  if (top > 0) for (let at = 0; at < values.length; at++) values[at] = values[at]! / top;
  const probe = (at: number): Probe | undefined => probes[best[at]!];
  return { values, probe, because: (at) => probe(at)?.because };
};

/** The values of those found, at their positions among the candidates; 0 elsewhere. */
const valuesOfFound = (
  found: readonly { key: number; score: number }[],
  positions: ReadonlyMap<number, number>,
  halfRank: number,
  steepHead?: boolean,
): Float64Array => {
  const values = new Float64Array(positions.size);
  const decayed = decayByRank(
    Float64Array.from(found, ({ score }) => score),
    halfRank,
    steepHead,
  );
  found.forEach(({ key }, at) => {
    const position = positions.get(key);
    if (position !== undefined) values[position] = decayed[at]!;
  });
  return values;
};

/**
 * Whether a picture on the page is ranked with a steep head: beside the visitor's past, so that the first places show what the picture shows and the rest what they like. Words
 * say how the picture is to be changed: beside them it keeps its long shoulder.
 */
export const pictureLeads = (sources: { words: boolean; past: boolean }): boolean => sources.past && !sources.words;

/** Candidates by a table of scores; those it does not name have 0. */
export const valuesOfScores = (
  scores: ReadonlyMap<number, number>,
  keys: readonly number[],
  halfRank: number,
  because?: Because,
): SourceValues => {
  const values = new Float64Array(keys.length);
  for (let at = 0; at < values.length; at++) values[at] = scores.get(keys[at]!) ?? Number.NaN;
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
 * report) + what boosts add − penalties, all rounded to millionths.
 */
export const rankCandidates = (input: RankingInput): Ranked[] => {
  const sources = [...input.sources].filter(([source]) => input.weights[source] > 0);
  const ranked: Ranked[] = [];
  /** What speaks for each, summed. */
  const positive = new Float64Array(input.keys.length);
  let best = FILL;
  for (let at = 0; at < input.keys.length; at++) {
    const key = input.keys[at]!;
    const contributions: Ranked['contributions'] = [];
    for (let each = 0; each < sources.length; each++) {
      const [source, { values, because, probe }] = sources[each]!;
      const amount = input.weights[source] * values[at]!;
      if (!(amount > 0)) continue;
      contributions.push({ source, amount, because: because(at), probe: probe(at) });
      positive[at]! += amount;
    }
    best = Math.max(best, positive[at]!);
    ranked.push({ key, item: input.catalogue.byKey(key)!, score: 0, contributions, penalties: [] });
  }
  const rules = input.rules.filter(({ kind }) => kind === 'boost' || kind === 'bury');
  for (let at = 0; at < ranked.length; at++) {
    const entry = ranked[at]!;
    let lowered = 0;
    if (entry.contributions.length === 0) {
      const { source, order } = input.rest(entry.key);
      const amount = FILL * 2 ** (-order / 100);
      entry.contributions.push({ source, amount });
      positive[at]! += amount;
    }
    for (const { source, values, share } of input.lowering) {
      if (!(values[at]! > 0)) continue;
      const amount = share * best * values[at]!;
      entry.penalties.push({ source, amount });
      lowered += amount;
    }
    for (const rule of rules) {
      if (!rule.matches(entry.item)) continue;
      const amount = rule.amount * best;
      if (rule.kind === 'boost') {
        entry.contributions.push({ source: 'rule', amount });
        positive[at]! += amount;
      } else {
        entry.penalties.push({ source: 'rule', amount });
        lowered += amount;
      }
    }
    entry.score = Math.round((positive[at]! - lowered) * 1e6) / 1e6;
  }
  return ranked.sort((a, b) => b.score - a.score || a.key - b.key);
};

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
