import type { SparseMatrix } from '../maths/maths.api.js';

const ROUNDS = 4;

/** Scrambles 32 bits (the finaliser of MurmurHash3). */
const mix = (value: number): number => {
  let v = value >>> 0;
  v ^= v >>> 16;
  v = Math.imul(v, 0x85ebca6b);
  v ^= v >>> 13;
  v = Math.imul(v, 0xc2b2ae35);
  return (v ^ (v >>> 16)) >>> 0;
};

/**
 * An order of people and items that depends on what they did and look like, and not on how they are numbered: colours of the graph between them, refined
 * four times (Weisfeiler and Leman 1968), each colour from the multiset of the neighbours' colours, starting from degrees and content. A run over a copy with other numbers then adds up the
 * same numbers in the same order, draws the same chance for the same item, and breaks ties alike. Two with the same colour are alike for any model; they keep their
 * given order. Cost rounds · entries.
 *
 * @param content rows (items, width) of every modality
 * @returns for each position in the order, the number it had
 */
export function canonicalOrder(
  x: SparseMatrix,
  content: readonly { width: number; values: Float32Array }[],
): { people: Int32Array; items: Int32Array } {
  const lanes = [0x9e3779b9, 0x7f4a7c15].map((salt) => {
    let people = new Uint32Array(x.rows);
    let items = contentColours(x.columns, content, salt);
    for (let r = 0; r < x.rows; r++) people[r] = mix(x.offsets[r + 1]! - x.offsets[r]! + salt);
    for (let round = 0; round < ROUNDS; round++) {
      const nextPeople = people.map((colour) => mix(colour + salt));
      const nextItems = items.map((colour) => mix(colour + salt));
      for (let r = 0; r < x.rows; r++)
        for (let e = x.offsets[r]!; e < x.offsets[r + 1]!; e++) {
          const i = x.indices[e]!;
          nextPeople[r] = (nextPeople[r]! + mix(items[i]! ^ salt)) >>> 0;
          nextItems[i] = (nextItems[i]! + mix(people[r]! ^ salt)) >>> 0;
        }
      people = nextPeople;
      items = nextItems;
    }
    return { people, items };
  });
  const sorted = (of: 'people' | 'items', n: number): Int32Array =>
    Int32Array.from({ length: n }, (_, k) => k).sort(
      (a, b) => lanes[0]![of][a]! - lanes[0]![of][b]! || lanes[1]![of][a]! - lanes[1]![of][b]! || a - b,
    );
  return { people: sorted('people', x.rows), items: sorted('items', x.columns) };
}

function contentColours(
  items: number,
  content: readonly { width: number; values: Float32Array }[],
  salt: number,
): Uint32Array<ArrayBuffer> {
  const colours = new Uint32Array(items).fill(salt);
  for (const { width, values } of content) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < items && (i + 1) * width <= bits.length; i++)
      for (let c = 0; c < width; c++) colours[i] = mix(colours[i]! + bits[i * width + c]!);
  }
  return colours;
}
