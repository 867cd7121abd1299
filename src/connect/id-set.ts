/** 64 bits of a text (cyrb53's two halves by bryc, public domain, before they are folded into 53). Ten million texts fall together with a chance of about 3 in a million. */
const hashOf = (text: string): [high: number, low: number] => {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    h1 = Math.imul(h1 ^ code, 2654435761);
    h2 = Math.imul(h2 ^ code, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return [h2 >>> 0, h1 >>> 0];
};

/**
 * A set of texts that is told how many there are and which are among them, in 16 to 32 bytes each however long they are: only their hashes are kept. It holds
 * on to none of the texts, which would otherwise hold on to the pieces of the file they were cut from.
 */
export class IdSet {
  private slots = new Uint32Array(2 * 1024);
  private count = 0;
  private hasZero = false;

  /** How many different texts were added. */
  get size(): number {
    return this.count;
  }

  add(text: string): this {
    const [high, low] = hashOf(text);
    if (this.count * 4 > this.slots.length) this.grow();
    this.put(high, low);
    return this;
  }

  has(text: string): boolean {
    const [high, low] = hashOf(text);
    if (high === 0 && low === 0) return this.hasZero;
    return this.slotOf(high, low, this.slots).isTaken;
  }

  private put(high: number, low: number): void {
    if (high === 0 && low === 0) {
      if (!this.hasZero) this.count++;
      this.hasZero = true;
      return;
    }
    const { slot, isTaken } = this.slotOf(high, low, this.slots);
    if (isTaken) return;
    this.slots[slot] = high;
    this.slots[slot + 1] = low;
    this.count++;
  }

  /** Where a hash is, or would be. An empty place is two zeros. */
  private slotOf(high: number, low: number, slots: Uint32Array): { slot: number; isTaken: boolean } {
    const mask = slots.length / 2 - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const slot = at * 2;
      if (slots[slot] === high && slots[slot + 1] === low) return { slot, isTaken: true };
      if (slots[slot] === 0 && slots[slot + 1] === 0) return { slot, isTaken: false };
    }
  }

  private grow(): void {
    const larger = new Uint32Array(this.slots.length * 2);
    for (let at = 0; at < this.slots.length; at += 2) {
      const [high, low] = [this.slots[at]!, this.slots[at + 1]!];
      if (high === 0 && low === 0) continue;
      const { slot } = this.slotOf(high, low, larger);
      larger[slot] = high;
      larger[slot + 1] = low;
    }
    this.slots = larger;
  }
}
