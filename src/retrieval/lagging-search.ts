import { exactNearestMany } from './exact-vector-index.js';
import { Bitset, type ItemSet, keyList } from './item-set.js';
import { TopK } from './top-k.js';
import { unitVector } from './unit-vector.js';
import type { Candidate } from './vector-index.port.js';
import type { VectorTable } from './vector-table.js';

/** What a finder found near one query; `scores`: inner products with the vectors it holds, where it tells them. */
export interface NearKeys {
  readonly keys: ArrayLike<number>;
  readonly scores?: ArrayLike<number>;
}

/** Something that finds keys quickly and may lag behind the table: a graph in a thread, an engine on another machine. */
export interface LaggingFinder {
  /** Keys whose present vector it does not hold yet. */
  readonly fresh: Bitset;
  /** Whether it can't be asked at all; the table then answers alone. */
  readonly isGone: boolean;
  /**
   * Keys near each unit query, at most about `ask`, in no promised order; `attempt` counts from 0 and looks wider each time. Null when looking
   * wider makes no sense any more.
   */
  find(
    queries: readonly Float32Array[],
    ask: number,
    attempt: number,
    wanted: Bitset | null,
  ): Promise<readonly NearKeys[] | null>;
}

/**
 * The answer of a finder, made right by the table: whatever the finder does not hold as the table does is scored from the table, so that a finder which lags can cost recall but never
 * tell an old score or a deleted item; what it does not hold yet is looked at exactly; when it finds fewer than are there, it looks wider, and
 * at last the table answers alone. Exactly `min(k, allowed ∩ present)`.
 */
export const nearestByLagging = async (
  table: VectorTable,
  finder: LaggingFinder,
  queries: readonly Float32Array[],
  k: number,
  allowed: ItemSet | null,
): Promise<Candidate[][]> => {
  const unit = queries.map((query) => unitVector(query, table.dimension, 'The query'));
  const wanted = allowed ? Bitset.from(allowed).intersect(table.present) : null;
  const exactly = (): Candidate[][] => exactNearestMany(table, unit, k, wanted);
  const reachable = (): number => (wanted ? wanted.intersect(table.present).count : table.present.count);
  if (k === 0 || (wanted ?? table.present).count === 0 || unit.length === 0) return unit.map(() => []);
  // What lies outside the finder is scanned anyway: past half of all, scanning everything is the shorter way.
  if (finder.isGone || finder.fresh.count * 2 > table.present.count) return exactly();
  for (let attempt = 0; ; attempt++) {
    // A few more than asked: for stale finds that fall out, and so that equal scores at the end are told apart by key.
    const ask = Math.min(k + 32 + Math.min(finder.fresh.count, 64), table.present.count);
    const passing = (key: number): boolean => wanted?.has(key) ?? true;
    // What it did not hold when it was asked, and what came while it searched.
    const before = finder.fresh.count === 0 ? [] : [...finder.fresh.keys()];
    const { position } = table.changes;
    const found = await finder.find(unit, ask, attempt, wanted);
    if (found === null) return exactly();
    const stale = new Set([...before, ...(finder.fresh.count === 0 ? [] : finder.fresh.keys())]);
    const isKnown = table.changes.since(position, stale);
    const late = [...stale].filter(passing);
    const answers = unit.map((query, at): Candidate[] => {
      const { keys, scores } = found[at]!;
      const top = new TopK(k);
      const anew = [...late];
      for (let n = 0; n < keys.length; n++) {
        const key = keys[n]!;
        if (stale.has(key) || !passing(key)) continue;
        if (!scores || !isKnown) anew.push(key);
        else if (table.has(key)) top.offer(key, scores[n]!);
      }
      if (anew.length > 0) for (const { key, score } of table.nearest(query, k, keyList(anew))) top.offer(key, score);
      return top.best();
    });
    const least = Math.min(...answers.map(({ length }) => length));
    if (least >= k || least >= reachable()) return answers;
  }
};
