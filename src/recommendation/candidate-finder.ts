import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '../platform/platform.api.js';
import {
  type Among,
  type Bitset,
  type Filter,
  LiveCatalogue,
  type Plan,
  Retrieval,
} from '../retrieval/retrieval.api.js';
import { NewArrivals } from './new-arrivals.js';
import type { Probe } from './probe.js';

/** Up to so many allowed items single pictures and reviews are searched too; beyond, they only re-order what the fused space proposes. */
const PARTS_SEARCHED_UP_TO = 20_000;
const OF_A_TABLE = 60;

/** Everything that is going to be scored. */
export interface Found {
  keys: number[];
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
    let plan: Plan = 'exact';
    let unavailable = false;
    if (allowed.count > 0 && probes.length > 0) {
      try {
        plan = await this.byVectors(probes, { allowed, filter, now }, Math.max(60, 2 * products), add);
      } catch (error) {
        unavailable = true;
        this.logger.error({ err: error }, 'the vector index could not be asked; answering without it');
      }
    }
    for (const probe of probes) for (const key of probe.letters?.keys() ?? []) add(key);
    for (const table of tables) for (const key of bestOf(table, allowed, Math.max(OF_A_TABLE, 2 * products))) add(key);
    for (const key of wanted) add(key);
    this.fill(keys, allowed, products);
    return { keys: [...keys].sort((a, b) => a - b), plan, unavailable };
  }

  private async byVectors(
    probes: readonly Probe[],
    among: Among,
    k: number,
    add: (key: number) => void,
  ): Promise<Plan> {
    const fused = probes.flatMap((probe) => (probe.fused ? [probe.fused] : []));
    const small = among.allowed.count <= PARTS_SEARCHED_UP_TO;
    const [nearest, ...parts] = await Promise.all([
      fused.length > 0 ? this.retrieval.nearestAmong(fused, k, among) : null,
      ...probes.flatMap((probe) => {
        if (!small) return [];
        if (probe.picture) return [this.retrieval.nearestPartsAmong('image', probe.picture.query, k, among)];
        if (!probe.words) return [];
        return (['review', 'text', 'video'] as const).map((name) =>
          this.retrieval.nearestPartsAmong(name, probe.words![name].query, Math.ceil(k / 2), among),
        );
      }),
    ]);
    for (const list of nearest?.candidates ?? []) for (const { key } of list) add(key);
    for (const list of parts) for (const { key } of list) add(key);
    return nearest?.plan ?? 'exact';
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

const bestOf = (table: ReadonlyMap<number, number>, allowed: Bitset, most: number): number[] => {
  const entries = [...table].filter(([key]) => allowed.has(key));
  if (entries.length > most) entries.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return entries.slice(0, most).map(([key]) => key);
};
