import { Injectable } from '@nestjs/common';
import { everything, type Filter, filterText } from './filter.js';
import { IndexEngine } from './index-engine.js';
import { Bitset, type ItemSet } from './item-set.js';
import { LiveCatalogue, type PartModality } from './live-catalogue.js';
import { NearMemory } from './near-memory.js';
import { ScanThread } from './scan/scan-thread.js';
import { isExactCheaper } from './search-plan.js';
import { unitVector } from './unit-vector.js';
import type { Candidate, VectorIndex } from './vector-index.port.js';
import type { VectorTable } from './vector-table.js';

/** How the nearest were found. */
export type Plan = 'exact' | 'graph' | 'pgvector' | 'weaviate';

/** A found item and which of its parts (picture, review, segment; by ordinal) was nearest. */
export interface PartCandidate extends Candidate {
  ordinal: number;
}

/** What a visitor may see, and what it was made from: everything that passed `filter` at `now`, less what is not for this visitor. */
export interface Among {
  allowed: Bitset;
  filter: Filter;
  now: Date;
}

type Search = (
  queries: readonly Float32Array[],
  ks: readonly number[],
  allowed: Bitset,
  filter: Filter,
) => Promise<Candidate[][]>;

/** A question to the vectors, and how many of its nearest are wanted. */
interface Asked {
  query: Float32Array;
  k: number;
}

/** Fewer than these are looked at sooner than a memory is asked. */
const REMEMBERED_FROM = 512;
/** A filter that passes such a share of everything is answered from lists of everything, which all filters have in common; a narrower one from lists of its own. */
const BROAD = 0.3;
/** Such lists are at least, and at most, so long; between, so long that a quarter more than asked for are likely to pass the filter. */
const LEAST_REACH = 128;
const MOST_REACH = 1_024;

const planOf = { exact: 'exact', hnsw: 'graph', pgvector: 'pgvector', weaviate: 'weaviate' } as const;

/**
 * Nearest items by vector. Whatever is allowed, the answer holds exactly `min(k, allowed with a vector)` items: few allowed ones are scanned
 * exactly, many are found by the index, and where the index can't answer the exact scan does.
 */
@Injectable()
export class Retrieval {
  private readonly memory: NearMemory;

  constructor(
    private readonly catalogue: LiveCatalogue,
    private readonly engine: IndexEngine,
    private readonly scans: ScanThread,
  ) {
    this.memory = new NearMemory(catalogue.changes);
  }

  /** Name of the index as answers show it under `model.index`. */
  get name(): string {
    return this.engine.name;
  }

  /** Why the index proper does not answer and the exact scan stands in; null when all is well. */
  get trouble(): string | null {
    return this.engine.trouble;
  }

  /**
   * The nearest by fused vector, best first. `query` lies in the space of `LiveCatalogue.fusionModel`. `allowed`: null for all.
   * @throws `Problem` `VIT_INDEX_VECTOR` for a query of another dimension, of length zero, or not finite.
   */
  async nearest(
    query: Float32Array,
    k: number,
    allowed: ItemSet | null,
  ): Promise<{ candidates: Candidate[]; plan: Plan }> {
    const { candidates, plan } = await this.nearestMany([query], k, allowed);
    return { candidates: candidates[0]!, plan };
  }

  /**
   * As `nearest` for several queries over one set of allowed items, in one go. `k`: for each query its own, or one for all. `filter`: what `allowed` was made from, for an index that
   * judges filters itself; all of `allowed` must pass it.
   */
  async nearestMany(
    queries: readonly Float32Array[],
    k: number | readonly number[],
    allowed: ItemSet | null,
    filter?: Filter,
  ): Promise<{ candidates: Candidate[][]; plan: Plan }> {
    const table = this.catalogue.vectorTable();
    if (!table || queries.length === 0) return { candidates: queries.map(() => []), plan: 'exact' };
    const ks = numbersFor(queries, k);
    const reachable = allowed && this.reachable(table, allowed);
    const index = this.indexFor(table, reachable?.count ?? table.present.count, Math.max(...ks));
    if (index) {
      try {
        const candidates = await byNumber(queries, ks, (some, most) =>
          index.nearestMany(some, most, reachable, filter),
        );
        this.engine.answered(null);
        return { candidates, plan: planOf[index.kind] };
      } catch (error) {
        this.engine.answered(error instanceof Error ? error : new Error(String(error)));
      }
    }
    const unit = queries.map((query) => unitVector(query, table.dimension, 'The query'));
    return { candidates: await this.scans.nearestMany(table, unit, ks, reachable), plan: 'exact' };
  }

  /**
   * As `nearestMany`, and remembers what it found: the same question is answered from memory while hardly anything changes, whoever asks and
   * whatever of it they may not see.
   */
  async nearestAmong(
    queries: readonly Float32Array[],
    k: number | readonly number[],
    among: Among,
  ): Promise<{ candidates: Candidate[][]; plan: Plan }> {
    const table = this.catalogue.vectorTable();
    if (!table || queries.length === 0) return { candidates: queries.map(() => []), plan: 'exact' };
    const ks = numbersFor(queries, k);
    const asked = queries.map((query, at) => ({ query: unitVector(query, table.dimension, 'The query'), k: ks[at]! }));
    let plan: Plan | null = null;
    const candidates = await this.remembering(table, asked, among, async (...search) => {
      const found = await this.nearestMany(...search);
      plan = found.plan;
      return found.candidates;
    });
    const index = this.indexFor(table, among.allowed.count, Math.max(...ks));
    return { candidates, plan: plan ?? (index ? planOf[index.kind] : 'exact') };
  }

  /** Items by their single nearest picture, review, text or segment; remembers as `nearestAmong` does. */
  async nearestPartsAmong(modality: PartModality, query: Float32Array, k: number, among: Among): Promise<Candidate[]> {
    const table = this.catalogue.partTable(modality);
    if (!table) return [];
    const asked = { query: unitVector(query, table.dimension, 'The query'), k };
    const found = await this.remembering(table, [asked], among, async (queries, [most], allowed) => [
      table.nearest(queries[0]!, most!, allowed),
    ]);
    return found[0]!;
  }

  /** Those of the allowed that have a vector. Where everything has one, and nearly always everything has, that is all of them. */
  private reachable(table: VectorTable, allowed: ItemSet): Bitset {
    return allowed instanceof Bitset && table.present.count === this.catalogue.size
      ? allowed
      : Bitset.from(allowed).intersect(table.present);
  }

  private async remembering(
    table: VectorTable,
    asked: readonly Asked[],
    { allowed, filter, now }: Among,
    search: Search,
  ): Promise<Candidate[][]> {
    const reachable = this.reachable(table, allowed);
    const searched = (some: readonly Asked[], ks: readonly number[], among: Bitset, by: Filter) =>
      search(
        some.map(({ query }) => query),
        ks,
        among,
        by,
      );
    const ks = (some: readonly Asked[]): number[] => some.map(({ k }) => k);
    if (reachable.count <= REMEMBERED_FROM || asked.length === 0) return searched(asked, ks(asked), reachable, filter);
    const answers = new Map<Asked, Candidate[]>();
    /** Those of the questions that stay open; the rest were answered from lists under this filter. */
    const recall = (open: readonly Asked[], by: Filter): Asked[] =>
      open.filter((one) => {
        const known = this.memory.recall(table, filterText(by), one.query, one.k, reachable);
        if (known) answers.set(one, known);
        return known === null;
      });
    const learn = async (open: readonly Asked[], by: Filter, mostOf: (k: number) => number): Promise<void> => {
      if (open.length === 0) return;
      const at = this.memory.positions(table);
      const most = open.map(({ k }) => mostOf(k));
      const found = await searched(open, most, this.catalogue.matching(by, now).set, by);
      open.forEach(({ query }, index) =>
        this.memory.store(table, filterText(by), query, found[index]!, most[index]!, at),
      );
    };
    const share = reachable.count / Math.max(1, this.catalogue.recommendable(now).count);
    const isBroad = share >= BROAD;
    const reachFor = (k: number): number =>
      Math.min(MOST_REACH, Math.max(LEAST_REACH, roundLength((1.25 * k) / share)));
    let open = recall(asked, filter);
    if (open.length > 0 && isBroad && filter.is !== 'all') {
      open = recall(open, everything);
      const tooShort = open.filter(
        ({ query, k }) => this.memory.reach(table, filterText(everything), query) < reachFor(k),
      );
      await learn(tooShort, everything, reachFor);
      open = recall(open, everything);
    }
    if (open.length > 0) {
      await learn(open, filter, filter.is === 'all' ? reachFor : withSpare);
      const unsettled = recall(open, filter);
      // So much of it is not for this visitor that no list reaches: they are searched for alone.
      const found = unsettled.length > 0 ? await searched(unsettled, ks(unsettled), reachable, filter) : [];
      unsettled.forEach((one, index) => answers.set(one, found[index]!));
    }
    return asked.map((one) => answers.get(one)!);
  }

  /** The index that answers for so many allowed items; null when the exact scan is the shorter way, or the only one. */
  private indexFor(table: VectorTable, allowed: number, k: number): VectorIndex | null {
    const index = this.engine.over(table);
    const present = table.present.count;
    if (!index || index.kind === 'exact' || index.isBehind) return null;
    return isExactCheaper({ present, allowed, dimension: table.dimension, k }) ? null : index;
  }

  /** Items by their single nearest picture, exactly; `query` lies in the encoder's space. */
  async nearestPictures(query: Float32Array, k: number, allowed: ItemSet | null): Promise<PartCandidate[]> {
    return this.nearestParts('image', query, k, allowed);
  }

  /** The same for the parts of any modality held in memory: reviews, texts, segments of clips. */
  async nearestParts(
    modality: PartModality,
    query: Float32Array,
    k: number,
    allowed: ItemSet | null,
  ): Promise<PartCandidate[]> {
    const table = this.catalogue.partTable(modality);
    if (!table) return [];
    return table.nearest(unitVector(query, table.dimension, 'The query'), k, allowed);
  }
}

/** What is remembered under a filter of its own: a quarter and sixteen more than asked for, since a few of them are not for every visitor. */
const withSpare = (k: number): number => Math.ceil(1.25 * k) + 16;

const numbersFor = (queries: readonly Float32Array[], k: number | readonly number[]): readonly number[] =>
  typeof k === 'number' ? queries.map(() => k) : k;

/** One search for all queries of which equally many are wanted. */
const byNumber = async (
  queries: readonly Float32Array[],
  ks: readonly number[],
  search: (some: readonly Float32Array[], k: number) => Promise<Candidate[][]>,
): Promise<Candidate[][]> => {
  const answers = new Array<Candidate[]>(queries.length);
  await Promise.all(
    [...new Set(ks)].map(async (k) => {
      const places = [...queries.keys()].filter((at) => ks[at] === k);
      const found = await search(
        places.map((at) => queries[at]!),
        k,
      );
      places.forEach((at, n) => {
        answers[at] = found[n]!;
      });
    }),
  );
  return answers;
};

/** The next power of two, or three quarters of it: few lengths, so that filters of nearly the same breadth can use each other's lists. */
const roundLength = (atLeast: number): number => {
  const power = 2 ** Math.ceil(Math.log2(atLeast));
  return 0.75 * power >= atLeast ? 0.75 * power : power;
};
