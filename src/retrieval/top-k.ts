/**
 * Keeps the `k` best of many (key, score) pairs, by falling score and, between equal scores, by rising key. Each pair also carries a
 * `tag` (the part that scored). A binary heap with the worst of the kept at its root: O(1) for a pair that is not kept, O(log k) else.
 */
export class TopK {
  readonly #k: number;
  readonly #keys: Int32Array;
  readonly #scores: Float64Array;
  readonly #tags: Int32Array;
  #size = 0;

  constructor(k: number) {
    this.#k = k;
    this.#keys = new Int32Array(k);
    this.#scores = new Float64Array(k);
    this.#tags = new Int32Array(k);
  }

  get size(): number {
    return this.#size;
  }

  /** What scores less is not kept. */
  get least(): number {
    return this.#size < this.#k
      ? Number.NEGATIVE_INFINITY
      : this.#k === 0
        ? Number.POSITIVE_INFINITY
        : this.#scores[0]!;
  }

  offer(key: number, score: number, tag = 0): void {
    if (this.#size < this.#k) {
      let at = this.#size++;
      this.#put(at, key, score, tag);
      while (at > 0) {
        const parent = (at - 1) >>> 1;
        if (!this.#worse(at, parent)) break;
        this.#swap(at, parent);
        at = parent;
      }
      return;
    }
    if (this.#k === 0) return;
    const worst = this.#scores[0]!;
    if (score < worst || (score === worst && key > this.#keys[0]!)) return;
    this.#put(0, key, score, tag);
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.#size) return;
      const worseChild = left + 1 < this.#size && this.#worse(left + 1, left) ? left + 1 : left;
      if (!this.#worse(worseChild, at)) return;
      this.#swap(at, worseChild);
      at = worseChild;
    }
  }

  /** The kept pairs, best first. */
  sorted(): { key: number; score: number; ordinal: number }[] {
    const order = this.#order();
    const pairs = new Array<{ key: number; score: number; ordinal: number }>(order.length);
    for (let n = 0; n < order.length; n++) {
      const at = order[n]!;
      pairs[n] = { key: this.#keys[at]!, score: this.#scores[at]!, ordinal: this.#tags[at]! };
    }
    return pairs;
  }

  /** The same without their tags. */
  best(): { key: number; score: number }[] {
    const order = this.#order();
    const pairs = new Array<{ key: number; score: number }>(order.length);
    for (let n = 0; n < order.length; n++) {
      const at = order[n]!;
      pairs[n] = { key: this.#keys[at]!, score: this.#scores[at]! };
    }
    return pairs;
  }

  /** The same as numbers. */
  arrays(): { keys: Int32Array; scores: Float32Array } {
    const order = this.#order();
    const keys = new Int32Array(order.length);
    const scores = new Float32Array(order.length);
    for (let n = 0; n < order.length; n++) {
      keys[n] = this.#keys[order[n]!]!;
      scores[n] = this.#scores[order[n]!]!;
    }
    return { keys, scores };
  }

  #order(): Int32Array {
    const scores = this.#scores;
    const keys = this.#keys;
    const order = new Int32Array(this.#size);
    for (let at = 0; at < order.length; at++) order[at] = at;
    return order.sort((a, b) => scores[b]! - scores[a]! || keys[a]! - keys[b]!);
  }

  #worse(a: number, b: number): boolean {
    const difference = this.#scores[a]! - this.#scores[b]!;
    return difference < 0 || (difference === 0 && this.#keys[a]! > this.#keys[b]!);
  }

  #put(at: number, key: number, score: number, tag: number): void {
    this.#keys[at] = key;
    this.#scores[at] = score;
    this.#tags[at] = tag;
  }

  #swap(a: number, b: number): void {
    const key = this.#keys[a]!;
    const score = this.#scores[a]!;
    const tag = this.#tags[a]!;
    this.#put(a, this.#keys[b]!, this.#scores[b]!, this.#tags[b]!);
    this.#put(b, key, score, tag);
  }
}
