import { expect, it } from 'vitest';
import { vectorDigest } from './vector-digest.js';

it('tells a vector from its opposite, and from itself with two numbers exchanged', () => {
  const vector = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i + 1));
  const exchanged = vector.slice();
  [exchanged[3], exchanged[4]] = [exchanged[4]!, exchanged[3]!];
  const digests = [vector, vector.map((value) => -value), exchanged].map(vectorDigest);
  expect(new Set(digests).size).toBe(3);
  expect(vectorDigest(vector.slice())).toBe(digests[0]);
});
