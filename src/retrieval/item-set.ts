/** A set of item keys. Reading is all that indexes and sources need; `Bitset` is the one that is built. */
export interface ItemSet {
  /** Whether the item with this key is in the set. O(1). */
  has(key: number): boolean;
  /** How many items are in it. */
  readonly count: number;
  /** Its keys, ascending. */
  keys(): Iterable<number>;
}

const ones = (word: number): number => {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/**
 * A set of item keys as one bit a key: 125 kB for a million keys. Grows by itself; keys are whole numbers from 0 to 2³¹ − 1.
 *
 * The combining methods change the set they are called on (and return it), so that a request clones once and then narrows:
 * `catalogue.recommendable(now).clone().intersect(matching).removeAll(excluded)`.
 */
export class Bitset implements ItemSet {
  #words: Uint32Array;
  #count = 0;

  /** `capacity`: keys expected; more only costs a copy. */
  constructor(capacity = 0) {
    this.#words = new Uint32Array((capacity + 31) >>> 5);
  }

  static of(keys: Iterable<number>): Bitset {
    const set = new Bitset();
    for (const key of keys) set.add(key);
    return set;
  }

  /** A copy as a bitset of any set of keys. */
  static from(set: ItemSet): Bitset {
    return set instanceof Bitset ? set.clone() : Bitset.of(set.keys());
  }

  /** The keys below `end` for which `holds`. O(end). */
  static where(end: number, holds: (key: number) => boolean): Bitset {
    const set = new Bitset(end);
    const words = set.#words;
    for (let key = 0; key < end; key++) if (holds(key)) words[key >>> 5]! |= 1 << (key & 31);
    set.#recount();
    return set;
  }

  /** A set over these words, which it takes over. */
  static adopting(words: Uint32Array): Bitset {
    const set = new Bitset();
    set.#words = words;
    set.#recount();
    return set;
  }

  get count(): number {
    return this.#count;
  }

  /** The bits themselves, 32 keys a word, lowest bit first; not to be written to. Words beyond the end are absent, and empty. */
  get words(): Uint32Array {
    return this.#words;
  }

  has(key: number): boolean {
    const word = this.#words[key >>> 5];
    return word !== undefined && ((word >>> (key & 31)) & 1) === 1;
  }

  add(key: number): this {
    if (!Number.isInteger(key) || key < 0 || key > 0x7fffffff)
      throw new RangeError(`An item key is a whole number from 0 to 2147483647, not ${key}`);
    const at = key >>> 5;
    if (at >= this.#words.length) this.#grow(at + 1);
    const bit = 1 << (key & 31);
    if ((this.#words[at]! & bit) === 0) {
      this.#words[at]! |= bit;
      this.#count++;
    }
    return this;
  }

  delete(key: number): this {
    if (this.has(key)) {
      this.#words[key >>> 5]! &= ~(1 << (key & 31));
      this.#count--;
    }
    return this;
  }

  addAll(keys: Iterable<number>): this {
    for (const key of keys) this.add(key);
    return this;
  }

  removeAll(keys: Iterable<number>): this {
    for (const key of keys) this.delete(key);
    return this;
  }

  /** Keeps only what is in `other` too. */
  intersect(other: ItemSet): this {
    if (other instanceof Bitset) {
      const words = this.#words;
      const theirs = other.#words;
      for (let i = 0; i < words.length; i++) words[i]! &= i < theirs.length ? theirs[i]! : 0;
      this.#recount();
      return this;
    }
    for (const key of this.keys()) if (!other.has(key)) this.delete(key);
    return this;
  }

  /** Takes out what is in `other`. */
  subtract(other: ItemSet): this {
    if (!(other instanceof Bitset)) return this.removeAll(other.keys());
    const words = this.#words;
    const theirs = other.#words;
    const shared = Math.min(words.length, theirs.length);
    for (let i = 0; i < shared; i++) words[i]! &= ~theirs[i]!;
    this.#recount();
    return this;
  }

  /** Adds what is in `other`. */
  union(other: ItemSet): this {
    if (!(other instanceof Bitset)) return this.addAll(other.keys());
    const theirs = other.#words;
    if (theirs.length > this.#words.length) this.#grow(theirs.length);
    for (let i = 0; i < theirs.length; i++) this.#words[i]! |= theirs[i]!;
    this.#recount();
    return this;
  }

  clone(): Bitset {
    const copy = new Bitset();
    copy.#words = this.#words.slice();
    copy.#count = this.#count;
    return copy;
  }

  *keys(): Generator<number> {
    const words = this.#words;
    for (let at = 0; at < words.length; at++) {
      let word = words[at]!;
      while (word !== 0) {
        const lowest = word & -word;
        yield (at << 5) + (31 - Math.clz32(lowest));
        word ^= lowest;
      }
    }
  }

  /** The keys that are in both, ascending: no call a key, for scans of many. */
  common(other: Bitset): Int32Array {
    const words = this.#words;
    const theirs = other.#words;
    const shared = Math.min(words.length, theirs.length);
    const keys = new Int32Array(Math.min(this.#count, other.#count));
    let n = 0;
    for (let at = 0; at < shared; at++) {
      let word = words[at]! & theirs[at]!;
      while (word !== 0) {
        const lowest = word & -word;
        keys[n++] = (at << 5) + (31 - Math.clz32(lowest));
        word ^= lowest;
      }
    }
    return keys.subarray(0, n);
  }

  /** Calls `visit` with every key, ascending: `keys()` without the cost of a generator. */
  each(visit: (key: number) => void): void {
    const words = this.#words;
    for (let at = 0; at < words.length; at++) {
      let word = words[at]!;
      while (word !== 0) {
        const lowest = word & -word;
        visit((at << 5) + (31 - Math.clz32(lowest)));
        word ^= lowest;
      }
    }
  }

  #grow(words: number): void {
    const grown = new Uint32Array(Math.max(words, Math.ceil(this.#words.length * 1.5)));
    grown.set(this.#words);
    this.#words = grown;
  }

  #recount(): void {
    let count = 0;
    for (const word of this.#words) count += ones(word);
    this.#count = count;
  }
}

/** A few keys as a set; repeats count once. */
export const keyList = (keys: readonly number[]): ItemSet => {
  const sorted = [...new Set(keys)].sort((a, b) => a - b);
  return { count: sorted.length, keys: () => sorted, has: (key) => sorted.includes(key) };
};
