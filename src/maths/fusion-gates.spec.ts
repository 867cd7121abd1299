import { describe, expect, it } from 'vitest';
import { tuneGates } from './fusion-gates.js';
import { type GatedFusion, projectGated } from './gated-fusion.js';
import { seededRandom } from './random.js';

const D = 12;
const ITEMS = 120;
const random = seededRandom(11);
const tastes = Array.from({ length: 12 }, () => Float32Array.from({ length: D }, () => random.normal()));

/** `look` shows which of twelve tastes an item is of, `words` shows nothing. */
const modalities = ['look', 'words'].map((name) => {
  const vectors = new Float32Array(ITEMS * D);
  for (let i = 0; i < ITEMS; i++) {
    const row = Float32Array.from(
      { length: D },
      (_, c) => (name === 'look' ? tastes[i % 12]![c]! : 0) + 0.6 * random.normal(),
    );
    const length = Math.hypot(...row);
    vectors.set(
      row.map((v) => v / length),
      i * D,
    );
  }
  return { name, width: D, vectors, present: new Uint8Array(ITEMS).fill(1) };
});
const data = { items: ITEMS, modalities, categories: new Array<undefined>(ITEMS).fill(undefined) };
/** Each item with another of its taste. */
const pairs = (count: number) => ({
  a: Int32Array.from({ length: count }, (_, e) => e % ITEMS),
  b: Int32Array.from({ length: count }, (_, e) => (e + 12 * (1 + Math.floor(e / ITEMS))) % ITEMS),
});
const fusion = (look: number, words: number | null): GatedFusion => ({
  dimension: D,
  modalities: [
    ['look', look],
    ['words', words],
  ].map(([name, bias]) => ({
    name: name as string,
    inputDimension: D,
    mean: new Float32Array(D),
    map: null,
    scale: 1,
    bias: bias as number | null,
    categoryBias: {},
    attention: null,
  })),
});

describe('gates set by how well partners are found', () => {
  it('take weight from what says nothing and give it to what tells partners, and never switch anything off', () => {
    const wrong = fusion(-1, 1);
    const { offsets, before, after } = tuneGates(wrong, data, pairs(240), 1);
    expect(offsets[0]! - offsets[1]!).toBeGreaterThanOrEqual(2);
    expect(after).toBeGreaterThan(before + 0.2);
    const tuned = {
      ...wrong,
      modalities: wrong.modalities.map((m, k) => ({ ...m, bias: m.bias! + offsets[k]! })),
    };
    expect(projectGated(tuned, 'words', modalities[1]!.vectors.slice(0, D))).not.toBeNull();
  });

  it('stay where they are when they are right, for fewer than 50 pairs, and with a single modality', () => {
    const right = fusion(4, -4);
    expect(tuneGates(right, data, pairs(240), 1).offsets).toEqual([0, 0]);
    expect(tuneGates(fusion(-1, 1), data, pairs(49), 1).offsets).toEqual([0, 0]);
    expect(tuneGates(fusion(-1, null), data, pairs(240), 1).offsets).toEqual([0, 0]);
  });

  it('are the same for the same seed', () => {
    expect(tuneGates(fusion(-1, 1), data, pairs(240), 5)).toEqual(tuneGates(fusion(-1, 1), data, pairs(240), 5));
  });
});
