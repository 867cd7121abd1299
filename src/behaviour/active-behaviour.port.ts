/** One weighted item of a visitor's past: weight by kind of event and age, as `history` entries give it. */
export interface WeightedItem {
  key: number;
  weight: number;
}

/** One item with a score; only the order and the ratio between scores mean something. */
export interface ScoredItem {
  key: number;
  score: number;
}

/** A model learned from events alone, folded in at request time. */
export interface BehaviourModel {
  readonly version: string;
  /**
   * Scores of the items that the history speaks for; items it says nothing about are absent, never 0. Scores are comparable within
   * one call only. Items of the history itself are among them when the model proposes them. Cost: |history| × entries kept a column.
   */
  scores(history: readonly WeightedItem[]): Map<number, number>;
}

/** What this process knows from events right now. Never blocks: it answers from memory and is refreshed behind the scenes. */
export abstract class ActiveBehaviour {
  /** The live behaviour model, or null before one was learned. */
  abstract current(): BehaviourModel | null;
  /** A stored model that `prepare` has read, beside the live one; null when it is not in memory. */
  abstract byVersion(version: string): BehaviourModel | null;
  /** Reads these stored models into memory and forgets the others: what arms of an experiment serve with. Unknown or unreadable versions are left out. */
  abstract prepare(versions: readonly string[]): Promise<void>;
  /** What is bought together with `keys`; pairs fewer than the required number of distinct people bought are left out. */
  abstract together(keys: readonly number[]): Map<number, number>;
  /** What visitors of like sessions looked at next; `keys` oldest first, the last one counts most. */
  abstract session(keys: readonly number[]): Map<number, number>;
  /** Popular and trending items, best first: events decayed by age at `now`. */
  abstract popular(now: Date): readonly ScoredItem[];
  /** Number of distinct people who engaged with the item in the window in memory: how much behaviour an item has. */
  abstract support(key: number): number;
}
