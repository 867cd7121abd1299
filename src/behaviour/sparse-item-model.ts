import type { BehaviourModel, WeightedItem } from './active-behaviour.port.js';

const MAGIC = 0x314d4256; // "VBM1", little-endian
const HEADER_WORDS = 3;

/** Item–item weights in compressed rows: what having met `keys[row]` says for `targets[rowStart[row] … rowStart[row + 1])`. */
export interface SparseItemWeights {
  /** (rows) item keys, ascending. */
  keys: Uint32Array;
  /** (rows + 1) */
  rowStart: Uint32Array;
  /** (entries) item keys. */
  targets: Uint32Array;
  /** (entries) */
  weights: Float32Array;
}

/** Linear item–item model kept sparse: `score(j) = Σ_h weight_h · B[h, j]` (EASE family and graph filters, folded in; Steck 2019). */
export class SparseItemModel implements BehaviourModel {
  private readonly rowOf = new Map<number, number>();

  constructor(
    readonly version: string,
    private readonly parts: SparseItemWeights,
  ) {
    for (const [row, key] of parts.keys.entries()) this.rowOf.set(key, row);
  }

  /** Cost: the kept entries of the history's rows. */
  scores(history: readonly WeightedItem[]): Map<number, number> {
    const { rowStart, targets, weights } = this.parts;
    const scores = new Map<number, number>();
    for (const { key, weight } of history) {
      const row = this.rowOf.get(key);
      if (row === undefined) continue;
      for (let at = rowStart[row]!; at < rowStart[row + 1]!; at++) {
        const target = targets[at]!;
        scores.set(target, (scores.get(target) ?? 0) + weight * weights[at]!);
      }
    }
    return scores;
  }
}

/** The weights as bytes for the registry: header, then the four arrays, little-endian. */
export const encodeItemWeights = ({ keys, rowStart, targets, weights }: SparseItemWeights): Buffer => {
  const header = Uint32Array.of(MAGIC, keys.length, targets.length);
  return Buffer.concat(
    [header, keys, rowStart, targets, weights].map((array) =>
      Buffer.from(array.buffer, array.byteOffset, array.byteLength),
    ),
  );
};

/** @throws Error when the bytes are no such weights, are cut short, or hold a weight that is no number. */
export const decodeItemWeights = (bytes: Buffer): SparseItemWeights => {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  if (buffer.byteLength < HEADER_WORDS * 4) throw new Error('behaviour model: cut short');
  const [magic, rows = 0, entries = 0] = new Uint32Array(buffer, 0, HEADER_WORDS);
  if (magic !== MAGIC || buffer.byteLength !== 4 * (HEADER_WORDS + rows + rows + 1 + 2 * entries))
    throw new Error('behaviour model: not of this form, or cut short');
  let at = HEADER_WORDS * 4;
  const words = (length: number): Uint32Array => {
    const array = new Uint32Array(buffer, at, length);
    at += length * 4;
    return array;
  };
  const keys = words(rows);
  const rowStart = words(rows + 1);
  const targets = words(entries);
  const weights = new Float32Array(buffer, at, entries);
  if (!weights.every(Number.isFinite)) throw new Error('behaviour model: holds a weight that is no number');
  return { keys, rowStart, targets, weights };
};
