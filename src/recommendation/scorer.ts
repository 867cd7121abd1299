import { Injectable } from '@nestjs/common';
import { halfRankFor } from '../maths/rank-decay.js';
import { LiveCatalogue } from '../retrieval/retrieval.api.js';
import { gateByItem, weightsFor } from './blend-model.js';
import type { Found } from './candidate-finder.js';
import { Crowd, keysOf, type Tables } from './crowd.js';
import { LiveVectors } from './item-vectors.js';
import { NewArrivals } from './new-arrivals.js';
import { pastKeys } from './past-keys.js';
import { type Probe, probeOf } from './probe.js';
import type { Question } from './question.js';
import {
  isAnswered,
  pictureLeads,
  positionsOf,
  type Ranked,
  type RankingInput,
  rankCandidates,
  type SourceValues,
  valuesOfProbes,
  valuesOfScores,
} from './ranking.js';
import type { Because, BlendedSource, Source } from './source.js';

/** Share of the best score that a full penalty takes. */
const LOWERING = { negatives: 0.7, dismissed: 0.15, variant: 0.25, popularity: 0.05 } as const;
/** How far an exact match of letters lifts the words above everything else in a search. */
const EXACT_FACTOR = 3;

/** The candidates of one ranking, and what they are compared with. */
interface Compared {
  keys: readonly number[];
  positions: ReadonlyMap<number, number>;
  vectors: LiveVectors;
  halfRank: number;
}

/** Scores candidates: each source normalised over them, the blend's weights for this call, penalties and rules. */
@Injectable()
export class Scorer {
  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly crowd: Crowd,
    private readonly arrivals: NewArrivals,
  ) {}

  /** The candidates best first, and the weight of each source. Cost: candidates × (questions · d + sources · log candidates). */
  rank(
    question: Question,
    tables: Tables,
    { keys, nearest }: Pick<Found, 'keys' | 'nearest'>,
  ): { ranked: Ranked[]; weights: Record<BlendedSource, number> } {
    const { request, visitor, context, negatives, interests } = question;
    const asked = [...context.probes, ...interests, ...negatives.probes].filter((probe) => !isAnswered(probe, nearest));
    const vectors = new LiveVectors(
      this.catalogue,
      asked.flatMap(({ fused }) => (fused ? [fused] : [])),
    );
    const halfRank = halfRankFor(question.allowed.count);
    const sources = new Map<BlendedSource, SourceValues>();
    const positions = positionsOf(keys);
    const words = context.probes.some((probe) => probe.source === 'context.text');
    const leads = pictureLeads({ words, past: interests.length > 0 });
    for (const source of ['context.image', 'context.item', 'context.text'] as const) {
      const probes = context.probes.filter((probe) => probe.source === source);
      const steepHead = source === 'context.image' && leads;
      if (probes.length > 0)
        sources.set(source, valuesOfProbes(probes, keys, vectors, halfRank, { steepHead, nearest, positions }));
    }
    if (interests.length > 0) {
      const known = pastKeys(visitor.past, this.catalogue).likedKeys;
      sources.set('history', valuesOfProbes(interests, keys, vectors, halfRank, { known, nearest, positions }));
    }
    const lastSeen =
      visitor.past.session.at(-1) ??
      (context.keys.length === 1 ? this.catalogue.byKey(context.keys[0]!)?.id : undefined);
    const because: Partial<Record<keyof Tables, Because | undefined>> = {
      session: lastSeen === undefined ? undefined : { itemId: lastSeen },
      together: context.keys.length === 1 ? { itemId: this.catalogue.byKey(context.keys[0]!)!.id } : undefined,
    };
    for (const [name, table] of Object.entries(tables) as [keyof Tables, Tables[keyof Tables]][]) {
      if (table.size > 0) sources.set(name, valuesOfScores(table, positions, halfRank, because[name]));
    }
    if (question.blend.itemEvidence)
      gateByItem(
        question.blend,
        keys.map((key) => this.crowd.people(key)),
        sources,
      );
    const weights = weightsFor(question.blend, {
      placement: request.placement,
      events: visitor.past.liked.size,
      present: new Set(sources.keys()),
      emphasis: request.emphasis ?? { images: 1, text: 1, history: 1 },
    });
    if (request.placement === 'search') this.exactFirst(context.probes, keys, sources, weights);
    let order: ReadonlyMap<number, number> | null = null;
    const ranked = rankCandidates({
      keys,
      catalogue: this.catalogue,
      sources,
      weights,
      rules: question.rules,
      lowering: this.lowering(question, tables, { keys, positions, vectors, halfRank }, negatives.probes),
      rest: (key): { source: Source; order: number } => {
        order ??= this.orderOfRest(tables);
        return { source: tables.popular.has(key) ? 'popular' : 'new', order: order.get(key) ?? order.size };
      },
    });
    return { ranked, weights };
  }

  /** How those are ordered that no source speaks for: the popular, then the newest. */
  private orderOfRest(tables: Tables): Map<number, number> {
    const order = new Map<number, number>();
    for (const key of [...tables.popular.keys(), ...this.arrivals.newest()])
      if (!order.has(key)) order.set(key, order.size);
    return order;
  }

  /** An exact id, SKU or title stands first in a search, whatever else agrees on another item. */
  private exactFirst(
    probes: readonly Probe[],
    keys: readonly number[],
    sources: ReadonlyMap<BlendedSource, SourceValues>,
    weights: Record<BlendedSource, number>,
  ): void {
    const words = sources.get('context.text');
    const letters = probes.find((probe) => probe.letters)?.letters;
    if (!words || !letters || !keys.some((key) => letters.get(key)?.exact)) return;
    keys.forEach((key, at) => {
      if (!letters.get(key)?.exact) words.values[at]! /= EXACT_FACTOR;
    });
    weights['context.text'] *= EXACT_FACTOR;
  }

  private lowering(
    question: Question,
    tables: Tables,
    { keys, positions, vectors, halfRank }: Compared,
    negatives: readonly Probe[],
  ) {
    const { visitor, context } = question;
    const lowering: RankingInput['lowering'][number][] = [];
    if (negatives.length > 0) {
      const { values } = valuesOfProbes(negatives, keys, vectors, halfRank);
      lowering.push({ source: 'negatives', values, share: LOWERING.negatives });
    }
    const disliked = keysOf(this.catalogue, visitor.past.disliked.slice(0, 3)).flatMap((key) => {
      const fused = this.catalogue.vector(key);
      return fused ? [probeOf({ source: 'dismissed', fused })] : [];
    });
    if (disliked.length > 0) {
      const { values } = valuesOfProbes(disliked, keys, vectors, halfRank / 2);
      lowering.push({ source: 'dismissed', values, share: LOWERING.dismissed });
    }
    const variants = context.keys
      .flatMap((key) => this.catalogue.variants(this.catalogue.byKey(key)?.group ?? key))
      .flatMap((key) => positions.get(key) ?? []);
    if (variants.length > 0) {
      const values = new Float64Array(keys.length);
      for (const at of variants) values[at] = 1;
      lowering.push({ source: 'variant', values, share: LOWERING.variant });
    }
    if (visitor.past.liked.size > 0 && tables.popular.size > 0) {
      lowering.push({
        source: 'popularity',
        values: this.crowd.tooPopular(question, tables, positions),
        share: LOWERING.popularity,
      });
    }
    return lowering;
  }
}
