import type { BehaviourModel, EventMemory } from '../behaviour/behaviour.api.js';
import { type GatedFusion, projectGated } from '../maths/gated-fusion.js';
import { groupInterests } from '../maths/interests.js';
import { topK } from '../maths/maths.api.js';
import { halfRankFor } from '../maths/rank-decay.js';
import { dot } from '../maths/vectors.js';
import {
  type BlendedSource,
  type ItemVectors,
  type Probe,
  pictureLeads,
  pictureProbe,
  positionsOf,
  probeOf,
  type SourceValues,
  valuesOfProbes,
  valuesOfScores,
} from '../recommendation/blending.api.js';
import type { Situation } from './blend-situations.js';
import { vectorsOf } from './learn-fusion.js';
import type { TrainingInput } from './training-data.js';

const OF_A_SOURCE = 60;
/** Bought together: least people, as serving asks. */
const LEAST_PEOPLE = 3;
const SMALL_SHOP_PEOPLE = 500;

/** One situation with its candidates and what every source says of them, normalised as it is when it serves. */
export interface BlendCase {
  readonly placement: Situation['placement'];
  readonly person: number;
  /** Different items in the person's past. */
  readonly events: number;
  readonly values: ReadonlyMap<BlendedSource, { values: Float64Array }>;
  /** Distinct people who met each candidate before. */
  readonly people: readonly number[];
  /** 1 where the candidate is wanted. */
  readonly wanted: Uint8Array;
  /** How many are wanted, those that no source proposed included. */
  readonly wantedCount: number;
}

/** What the sources are asked with: everything as of before the part that is asked about. */
export interface BlendSources {
  readonly memory: EventMemory;
  readonly behaviour: BehaviourModel | null;
  readonly vectors: readonly (Float32Array | null)[];
  readonly fusion: GatedFusion | null;
}

export const sourcesOf = (
  input: TrainingInput,
  memory: EventMemory,
  behaviour: BehaviourModel | null,
  fusion: GatedFusion | null,
): BlendSources => ({
  memory,
  behaviour,
  fusion,
  vectors: fusion ? vectorsOf(fusion, input) : new Array<null>(input.keys.length).fill(null),
});

/** Asks every source about one situation. Cost: (interests + 2) · items · dimension. */
export class BlendTable {
  private readonly pictures: { vectors: Float32Array; present: Uint8Array; width: number } | null;
  private readonly keyed: ItemVectors;
  private readonly positions: ReadonlyMap<number, number>;
  private readonly halfRank: number;
  private readonly popular: ReadonlyMap<number, number>;

  constructor(
    private readonly input: TrainingInput,
    private readonly sources: BlendSources,
  ) {
    const image = input.modalities.find(({ name }) => name === 'image');
    this.pictures = image ?? null;
    this.positions = new Map(Array.from(input.keys, (key, at) => [key, at]));
    this.halfRank = halfRankFor(input.keys.length);
    this.popular = new Map(sources.memory.popular().map(({ key, score }) => [key, score]));
    // Positions stand for keys here: everything the sources name is turned into positions first.
    this.keyed = {
      fused: (query, ats) =>
        Float64Array.from(ats, (at) => {
          const vector = sources.vectors[at];
          return vector?.length === query.length ? dot(query, vector) : Number.NaN;
        }),
      best: (modality, question, ats) =>
        Float64Array.from(ats, (at) => {
          const picture = modality === 'image' ? this.picture(at) : null;
          return picture?.length === question.query.length ? question.to(picture) : Number.NaN;
        }),
    };
  }

  case(situation: Situation): BlendCase {
    const { placement, context, past, session, hidden } = situation;
    const images = placement === 'product' ? context.flatMap((at) => this.imageProbe(at)) : [];
    const items = context.flatMap((at) => this.probe('context.item', at));
    const interests = this.interests(past);
    const tables = this.tables(situation, session);
    const allowed = (at: number): boolean => !hidden.has(at);
    const keys = this.candidates([...images, ...items, ...interests], [...tables.values()], allowed);
    const values = new Map<BlendedSource, SourceValues>();
    const ask = (
      source: BlendedSource,
      probes: readonly Probe[],
      options?: Parameters<typeof valuesOfProbes>[4],
    ): void => {
      if (probes.length > 0) values.set(source, valuesOfProbes(probes, keys, this.keyed, this.halfRank, options));
    };
    ask('context.image', images, { steepHead: pictureLeads({ words: false, past: interests.length > 0 }) });
    ask('context.item', items);
    ask('history', interests, { known: new Set(past.keys()) });
    const positions = positionsOf(keys);
    for (const [source, table] of tables)
      if (table.size > 0) values.set(source, valuesOfScores(table, positions, this.halfRank));
    return {
      placement,
      person: situation.person,
      events: past.size,
      values,
      people: keys.map((at) => this.sources.memory.support(at)),
      wanted: Uint8Array.from(keys, (at) => (situation.wanted.has(at) ? 1 : 0)),
      wantedCount: situation.wanted.size,
    };
  }

  private picture(at: number): Float32Array | null {
    const { pictures } = this;
    return pictures?.present[at] === 1
      ? pictures.vectors.subarray(at * pictures.width, (at + 1) * pictures.width)
      : null;
  }

  private imageProbe(at: number): Probe[] {
    const vector = this.picture(at);
    const { fusion } = this.sources;
    if (!vector || !fusion) return [];
    const model = {
      project: (name: string, given: Float32Array) => projectGated(fusion, name, given),
      centre: (name: string) => fusion.modalities.find((m) => m.name === name)?.mean ?? null,
    };
    return [pictureProbe('context.image', undefined, vector, model, this.sources.vectors[at] ?? undefined)];
  }

  private probe(source: 'context.item', at: number): Probe[] {
    const fused = this.sources.vectors[at];
    return fused ? [probeOf({ source, fused })] : [];
  }

  private interests(past: ReadonlyMap<number, number>): Probe[] {
    const items = [...past].flatMap(([key, weight]) => {
      const vector = this.sources.vectors[key];
      return vector ? [{ key, weight, vector }] : [];
    });
    const interests = groupInterests(items);
    const strongest = interests[0]?.share ?? 1;
    return interests.map((interest) =>
      probeOf({ source: 'history', share: Math.sqrt(interest.share / strongest), fused: interest.vector }),
    );
  }

  private tables({ past, context }: Situation, session: readonly number[]): Map<BlendedSource, Map<number, number>> {
    const { behaviour, memory } = this.sources;
    const seen = [...new Set([...session, ...context])];
    const scores = behaviour?.scores([...past].map(([at, weight]) => ({ key: this.input.keys[at]!, weight })));
    const byPosition = new Map<number, number>();
    for (const [key, score] of scores ?? []) byPosition.set(this.positions.get(key)!, score);
    return new Map<BlendedSource, Map<number, number>>([
      ['behaviour', byPosition],
      ['session', seen.length > 0 ? memory.session(seen) : new Map()],
      [
        'together',
        context.length > 0
          ? memory.together(context, this.input.people < SMALL_SHOP_PEOPLE ? 2 : LEAST_PEOPLE)
          : new Map(),
      ],
      ['popular', new Map(this.popular)],
    ]);
  }

  private candidates(
    probes: readonly Probe[],
    tables: readonly ReadonlyMap<number, number>[],
    allowed: (at: number) => boolean,
  ): number[] {
    const keys = new Set<number>();
    const n = this.input.keys.length;
    const best = new Int32Array(OF_A_SOURCE);
    const scores = new Float32Array(n);
    const take = (): void => {
      const count = topK(scores, 0, n, OF_A_SOURCE, best);
      for (const at of best.subarray(0, count)) keys.add(at);
    };
    for (const probe of probes) {
      for (let at = 0; at < n; at++) {
        const vector = this.sources.vectors[at];
        scores[at] = vector && probe.fused && allowed(at) ? dot(probe.fused, vector) : Number.NEGATIVE_INFINITY;
      }
      take();
      if (!probe.picture) continue;
      for (let at = 0; at < n; at++) {
        const picture = this.picture(at);
        scores[at] = picture && allowed(at) ? probe.picture.to(picture) : Number.NEGATIVE_INFINITY;
      }
      take();
    }
    for (const table of tables) {
      const entries = [...table].filter(([at]) => allowed(at)).sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      for (const [at] of entries.slice(0, OF_A_SOURCE)) keys.add(at);
    }
    return [...keys].sort((a, b) => a - b);
  }
}
