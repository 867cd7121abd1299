/**
 * The last keys that changed, with a position that only grows: whoever noted the position when they read something can ask later what
 * they read too early. Noting costs one store, whatever was forgotten since.
 */
export class ChangeLog {
  readonly #ring: Int32Array;
  #position = 0;

  /** `remembered`: how many changes are kept. */
  constructor(remembered = 256) {
    this.#ring = new Int32Array(remembered);
  }

  /** Changes noted so far. */
  get position(): number {
    return this.#position;
  }

  note(key: number): void {
    this.#ring[this.#position++ % this.#ring.length] = key;
  }

  /** Everything may have changed: nothing noted before can be asked for any more. */
  noteAll(): void {
    this.#position += this.#ring.length + 1;
  }

  /** Adds the keys noted from `position` on to `into`; false when that is too long ago to know. */
  since(position: number, into: Set<number>): boolean {
    if (this.#position - position > this.#ring.length) return false;
    for (let at = position; at < this.#position; at++) into.add(this.#ring[at % this.#ring.length]!);
    return true;
  }
}
