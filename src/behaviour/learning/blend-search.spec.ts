import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../maths/random.js';
import { sparseFromTriples } from '../../maths/sparse-matrix.js';
import { FixedScores } from '../models/scorer.js';
import { blendObjective, type CandidateTable, gatherCandidates, judgeBlend, searchWeights } from './blend-search.js';
import { holdOut, objective } from './held-out.js';

const PEOPLE = 60;
const ITEMS = 150;

/** People with two wanted items each, and sources of fixed scores, the same for everybody. */
async function tableOf(scores: readonly ((item: number) => number)[]): Promise<CandidateTable> {
  const random = seededRandom(3);
  const people = Array.from({ length: PEOPLE }, (_, u) => u);
  const known = sparseFromTriples(
    PEOPLE,
    ITEMS,
    people,
    people.map(() => Math.floor(random.next() * ITEMS)),
  );
  const wanted = people.flatMap((u) => [
    [u, Math.floor(40 * random.next() ** 2)],
    [u, 40 + Math.floor(60 * random.next() ** 2)],
  ]);
  const relevant = sparseFromTriples(
    PEOPLE,
    ITEMS,
    wanted.map(([u]) => u!),
    wanted.map(([, i]) => i!),
  );
  const sources = scores.map((score, k) => ({
    name: `source ${k}`,
    scorer: new FixedScores(Float32Array.from({ length: ITEMS }, (_, i) => score(i))),
  }));
  return gatherCandidates(
    sources,
    sources.map(() => 1),
    holdOut(known, relevant),
    50,
  );
}

describe('weights of a blend', () => {
  it('are judged fast as they are judged in full, ties included', async () => {
    const random = seededRandom(8);
    const table = await tableOf([(i) => -i, (i) => -(i % 7), (i) => Math.abs(i - 70) % 11, (i) => (i > 100 ? 1 : 0)]);
    const value = blendObjective(table);
    for (let run = 0; run < 40; run++) {
      const weights = table.sources.map(() => (random.next() < 0.4 ? 0 : Math.round(random.next() * 8) / 4));
      expect(value(weights)).toBeCloseTo(objective(judgeBlend(table, weights)), 9);
    }
  });

  it('are found from several starts, since one alone ends on the nearest hill', async () => {
    let better = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const random = seededRandom(seed);
      const table = await tableOf(
        Array.from({ length: 5 }, () => {
          const scores = Array.from(
            { length: ITEMS },
            (_, i) => random.normal() + (random.next() < 0.2 ? 3 / (1 + i / 20) : 0),
          );
          return (i: number) => scores[i]!;
        }),
      );
      const { weights, value } = searchWeights(table);
      expect(value).toBeCloseTo(objective(judgeBlend(table, weights)), 9);
      expect(weights.every((w) => w >= 0)).toBe(true);
      const one = searchWeights(table, { starts: 1 }).value;
      expect(value).toBeGreaterThanOrEqual(one);
      if (value > one + 0.005) better++;
    }
    expect(better).toBeGreaterThan(2);
  });
});
