/** Keeps the `most` highest scores of a stream in a binary heap: O(log most) an offer, memory for `most`. Of equal scores the earlier stays. */
export class TopFew<T> {
  /** The lowest kept entry first. */
  readonly #heap: { score: number; order: number; value: T }[] = [];
  #offered = 0;

  constructor(private readonly most: number) {}

  offer(score: number, value: T): void {
    const entry = { score, order: this.#offered++, value };
    if (this.#heap.length < this.most) {
      this.#heap.push(entry);
      this.#up(this.#heap.length - 1);
    } else if (this.#heap[0] && isLower(this.#heap[0], entry)) {
      this.#heap[0] = entry;
      this.#down(0);
    }
  }

  /** What was kept, highest first. */
  sorted(): { score: number; value: T }[] {
    return [...this.#heap].sort((a, b) => (isLower(a, b) ? 1 : -1)).map(({ score, value }) => ({ score, value }));
  }

  #up(at: number): void {
    for (let child = at; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!isLower(this.#heap[child]!, this.#heap[parent]!)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #down(at: number): void {
    for (let parent = at; ; ) {
      let lowest = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2])
        if (child < this.#heap.length && isLower(this.#heap[child]!, this.#heap[lowest]!)) lowest = child;
      if (lowest === parent) return;
      this.#swap(parent, lowest);
      parent = lowest;
    }
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}

const isLower = (a: { score: number; order: number }, b: { score: number; order: number }): boolean =>
  a.score < b.score || (a.score === b.score && a.order > b.order);
