import { LRUCache } from 'lru-cache';
import type { ChangeLog } from './change-log.js';
import { type Bitset, keyList } from './item-set.js';
import type { Candidate } from './vector-index.port.js';
import type { VectorTable } from './vector-table.js';

/** Bytes that remembered lists may take. */
const MOST_BYTES = 96 * 1024 * 1024;
/** What an entry takes beside its arrays. */
const OVERHEAD = 400;

interface Remembered {
  query: Float32Array;
  /** The best of everything that passed the filter then, best first. */
  keys: Int32Array;
  scores: Float32Array;
  /** How many were asked for: with fewer found, nothing else passed it. */
  asked: number;
  at: Positions;
}

/** How far the vectors and the items had changed. */
export interface Positions {
  vectors: number;
  items: number;
}

/**
 * What lay near a question that was asked before, whoever asked it: the interests of a visitor and the items on pages are vectors of the
 * catalogue, so that the same questions come again and again.
 *
 * A remembered list holds the best of all that passed a filter. Whoever may see fewer of them (bought, dismissed, on the page) is answered
 * from it as long as enough are left, since whatever is not in it comes after it; what changed since is scored anew. So an answer from here
 * is the one a search would have given, and never tells an old score or an item that is gone.
 */
export class NearMemory {
  readonly #lists: LRUCache<string, Remembered>;

  constructor(
    /** Notes items whose record, or whether they are recommendable, changed. */
    private readonly items: ChangeLog,
    mostBytes = MOST_BYTES,
  ) {
    this.#lists = new LRUCache({
      maxSize: mostBytes,
      sizeCalculation: ({ query, keys }) => OVERHEAD + query.byteLength + keys.length * 8,
    });
  }

  /** Lists held. */
  get size(): number {
    return this.#lists.size;
  }

  /** Where changes stand now: to be read before a search whose answer is going to be stored. */
  positions(table: VectorTable): Positions {
    return { vectors: table.changes.position, items: this.items.position };
  }

  /** How many were asked for when what is remembered of a question was found; 0 when nothing is. */
  reach(table: VectorTable, filter: string, query: Float32Array): number {
    const list = this.#lists.peek(idOf(table, filter, query));
    return list && isSame(list.query, query) ? list.asked : 0;
  }

  /**
   * The nearest `k` of `allowed`, all of which pass the filter of this name; null when no list is remembered, or the one that is does not reach
   * so far.
   */
  recall(table: VectorTable, filter: string, query: Float32Array, k: number, allowed: Bitset): Candidate[] | null {
    const id = idOf(table, filter, query);
    const list = this.#lists.get(id);
    if (!list || !isSame(list.query, query)) return null;
    const changed = new Set<number>();
    if (!table.changes.since(list.at.vectors, changed) || !this.items.since(list.at.items, changed)) {
      this.#lists.delete(id);
      return null;
    }
    const found: Candidate[] = [];
    const { keys, scores } = list;
    for (let at = 0; at < keys.length && found.length < k; at++) {
      const key = keys[at]!;
      if (allowed.has(key) && !changed.has(key)) found.push({ key, score: scores[at]! });
    }
    if (found.length < k && keys.length >= list.asked) return null;
    if (changed.size === 0) return found;
    const anew = keyList([...changed].filter((key) => allowed.has(key)));
    for (const { key, score } of table.nearest(query, k, anew)) found.push({ key, score });
    return found.sort((a, b) => b.score - a.score || a.key - b.key).slice(0, k);
  }

  /** Remembers the best of all that passed the filter when changes stood at `at`, of which `asked` were asked for. */
  store(
    table: VectorTable,
    filter: string,
    query: Float32Array,
    best: readonly Candidate[],
    asked: number,
    at: Positions,
  ): void {
    this.#lists.set(idOf(table, filter, query), {
      query: query.slice(),
      keys: Int32Array.from(best, ({ key }) => key),
      scores: Float32Array.from(best, ({ score }) => score),
      asked,
      at,
    });
  }
}

/** Two hashes of the bits beside the filter; equal questions have equal ids, and `isSame` tells the others apart. */
const idOf = (table: VectorTable, filter: string, query: Float32Array): string => {
  const bits = new Int32Array(query.buffer, query.byteOffset, query.length);
  let a = 0x811c9dc5;
  let b = query.length;
  for (let i = 0; i < bits.length; i++) {
    a = Math.imul(a ^ bits[i]!, 0x01000193);
    b = Math.imul((b << 5) ^ (b >>> 27) ^ bits[i]!, 0x9e3779b1);
  }
  return `${a} ${b} ${table.id} ${filter}`;
};

const isSame = (a: Float32Array, b: Float32Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};
