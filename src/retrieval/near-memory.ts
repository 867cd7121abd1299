import { hash } from 'node:crypto';
import { totalmem } from 'node:os';
import { LRUCache } from 'lru-cache';
import type { ChangeLog } from './change-log.js';
import { type Bitset, keyList } from './item-set.js';
import type { Candidate } from './vector-index.port.js';
import type { VectorTable } from './vector-table.js';

/** Bytes that remembered lists may take: enough for what some thousand visitors come to, and no more than a small machine can spare. */
const MOST_BYTES = Math.min(256 * 1024 * 1024, totalmem() / 32);
/** What an entry takes beside its arrays. */
const OVERHEAD = 500;

interface Remembered {
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
      sizeCalculation: ({ keys }) => OVERHEAD + keys.length * 8,
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
    return this.#lists.peek(idOf(table, filter, query))?.asked ?? 0;
  }

  /**
   * The nearest `k` of `allowed`, all of which pass the filter of this name; null when no list is remembered, or the one that is does not reach
   * so far.
   */
  recall(table: VectorTable, filter: string, query: Float32Array, k: number, allowed: Bitset): Candidate[] | null {
    const id = idOf(table, filter, query);
    const list = this.#lists.get(id);
    if (!list) return null;
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
    const keys = new Int32Array(best.length);
    const scores = new Float32Array(best.length);
    for (let n = 0; n < best.length; n++) {
      keys[n] = best[n]!.key;
      scores[n] = best[n]!.score;
    }
    this.#lists.set(idOf(table, filter, query), { keys, scores, asked, at });
  }
}

/** Names a question by a digest of its numbers, which themselves would take as much room as what was found. */
const idOf = (table: VectorTable, filter: string, query: Float32Array): string =>
  `${hash('sha256', new Uint8Array(query.buffer, query.byteOffset, query.byteLength), 'base64')} ${table.id} ${filter}`;
