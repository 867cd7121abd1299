import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../platform/platform.api.js';
import {
  type Among,
  type Bitset,
  type Candidate,
  type Filter,
  LiveCatalogue,
  type Plan,
  Retrieval,
  TopK,
} from '../retrieval/retrieval.api.js';
import { NewArrivals } from './new-arrivals.js';
import type { Probe } from './probe.js';

/** Up to so many allowed items single pictures and reviews are searched too; beyond, they only re-order what the fused space proposes. */
const PARTS_SEARCHED_UP_TO = 20_000;
/** In a larger catalogue, where that has to be afforded for every filter anew, up to so many. */
const PARTS_SEARCHED_OF_MANY = 5_000;
/** What every source proposes: so many more than the products wanted, and at least so many, since what a source has far down is worth next to nothing (`decayByRank`). */
const MORE_THAN_WANTED = 8;
const LEAST_PROPOSED = 40;
/** Pictures and words order what the fused space proposes by more than its vectors: so many times as much is proposed to them. */
const TO_BE_ORDERED = 2.5;

/** Everything that is going to be scored. */
export interface Found {
  keys: number[];
  /** By question in the fused space: the nearest of what is allowed, best first; nothing else of it is nearer. */
  nearest: ReadonlyMap<Probe, readonly Candidate[]>;
  plan: Plan;
  /** The vector index could not be asked. */
  unavailable: boolean;
}

/** Proposes candidates from every source that has something to say. */
@Injectable()
export class CandidateFinder {
  constructor(
    private readonly retrieval: Retrieval,
    private readonly catalogue: LiveCatalogue,
    private readonly arrivals: NewArrivals,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * The union of what all questions and tables propose among the allowed (all of which pass `filter` at `now`), ascending by key; filled up from
   * `popular`, the newest and the rest until it holds `products` different products, or all there are.
   */
  async find(
    probes: readonly Probe[],
    tables: readonly ReadonlyMap<number, number>[],
    wanted: readonly number[],
    allowed: Bitset,
    products: number,
    { filter, now }: { filter: Filter; now: Date },
  ): Promise<Found> {
    const keys = new Set<number>();
    const add = (key: number): void => {
      if (allowed.has(key)) keys.add(key);
    };
    const proposed = Math.max(LEAST_PROPOSED, products + MORE_THAN_WANTED);
    let plan: Plan = 'exact';
    let unavailable = false;
    const nearest = new Map<Probe, readonly Candidate[]>();
    if (allowed.count > 0 && probes.length > 0) {
      try {
        plan = await this.byVectors(probes, { allowed, filter, now }, proposed, nearest, add);
      } catch (error) {
        unavailable = true;
        this.logger.error({ err: error }, 'the vector index could not be asked; answering without it');
      }
    }
    for (const probe of probes) for (const key of probe.letters?.keys() ?? []) add(key);
    for (const table of tables) for (const key of bestOf(table, allowed, proposed)) add(key);
    for (const key of wanted) add(key);
    this.fill(keys, allowed, products);
    return { keys: Array.from(Int32Array.from(keys).sort()), nearest, plan, unavailable };
  }

  private async byVectors(
    probes: readonly Probe[],
    among: Among,
    k: number,
    nearest: Map<Probe, readonly Candidate[]>,
    add: (key: number) => void,
  ): Promise<Plan> {
    const fused = probes.filter((probe) => probe.fused);
    const most = fused.map(({ picture, words }) => (picture || words ? Math.ceil(TO_BE_ORDERED * k) : k));
    const ask = async (): Promise<Plan> => {
      if (fused.length === 0) return 'exact';
      const { candidates, plan } = await this.retrieval.nearestAmong(
        fused.map((probe) => probe.fused!),
        most,
        among,
      );
      candidates.forEach((list, at) => {
        nearest.set(fused[at]!, list);
        for (const { key } of list) add(key);
      });
      return plan;
    };
    const isSmallShop = this.catalogue.size <= PARTS_SEARCHED_UP_TO;
    const small = isSmallShop || among.allowed.count <= PARTS_SEARCHED_OF_MANY;
    const [plan, ...parts] = await Promise.all([
      ask(),
      ...probes.flatMap((probe) => {
        if (!small) return [];
        if (probe.picture) return [this.retrieval.nearestPartsAmong('image', probe.picture.query, k, among)];
        if (!probe.words) return [];
        return (['review', 'text', 'video'] as const).map((name) =>
          this.retrieval.nearestPartsAmong(name, probe.words![name].query, Math.ceil(k / 2), among),
        );
      }),
    ]);
    for (const list of parts) for (const { key } of list) add(key);
    return plan;
  }

  private fill(keys: Set<number>, allowed: Bitset, products: number): void {
    const groups = new Set<number>();
    for (const key of keys) {
      groups.add(this.catalogue.byKey(key)!.group);
      if (groups.size >= products) return;
    }
    const add = (key: number): boolean => {
      const item = allowed.has(key) ? this.catalogue.byKey(key) : undefined;
      if (item && !groups.has(item.group)) {
        groups.add(item.group);
        keys.add(key);
      }
      return groups.size >= products;
    };
    for (const key of this.arrivals.newest()) if (add(key)) return;
    for (const key of allowed.keys()) if (add(key)) return;
  }
}

/** Keys of the `most` allowed with the highest scores. Cost: one look at each of the table. */
const bestOf = (table: ReadonlyMap<number, number>, allowed: Bitset, most: number): number[] => {
  const top = new TopK(most);
  for (const [key, score] of table) if (allowed.has(key)) top.offer(key, score);
  return top.best().map(({ key }) => key);
};
