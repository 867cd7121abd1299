import { pino } from 'pino';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../maths/random.js';
import { exactNearestMany } from '../exact-vector-index.js';
import { Bitset } from '../item-set.js';
import { loadKernel } from '../kernel/dot-kernel.js';
import { unitNoise } from '../vector-index.conformance.js';
import { VectorTable } from '../vector-table.js';
import { ScanThread } from './scan-thread.js';

const ITEMS = 6_000;
const DIMENSION = 40;
const threads: ScanThread[] = [];
const thread = (): ScanThread => {
  const made = new ScanThread(pino({ level: 'silent' }));
  threads.push(made);
  return made;
};
const random = seededRandom(31);
const vector = (): Float32Array => unitNoise(random, DIMENSION);
const filled = async (): Promise<VectorTable> => {
  const table = new VectorTable(DIMENSION, 'float32', await loadKernel());
  for (let key = 1; key <= ITEMS; key++) table.put(key, [{ ordinal: 0, vector: vector() }]);
  return table;
};
const questions = (count: number): Float32Array[] => Array.from({ length: count }, vector);

describe('exact scans in a thread', () => {
  afterAll(() => Promise.all(threads.map((each) => each.onApplicationShutdown())));

  it('give what the scan here gives, for as many of each question as are wanted of it, and leave this thread alone', async () => {
    const table = await filled();
    const scans = thread();
    const third = Bitset.where(ITEMS + 1, (key) => key % 3 === 0);
    for (const [allowed, ks] of [
      [null, [10, 1, 75]],
      [third, [5, 20, 20, 3, 40, 7]],
    ] as const) {
      const asked = questions(ks.length);
      const expected = exactNearestMany(table, asked, ks, allowed);
      const here = vi.spyOn(table, 'nearestMany');
      expect(await scans.nearestMany(table, asked, ks, allowed)).toEqual(expected);
      expect(here).not.toHaveBeenCalled();
      here.mockRestore();
    }
  });

  it('give the answer of the moment in which it is given: what changed while they ran is as it is now', async () => {
    const table = await filled();
    const scans = thread();
    const [question] = questions(1);
    const asked = [question!, ...questions(2)];
    const ks = [10, 10, 10];
    const [before] = exactNearestMany(table, asked, ks, null);
    const joined = scans.nearestMany(table, asked, ks, null);
    table.put(ITEMS + 2, [{ ordinal: 0, vector: table.get(before![4]!.key)!.slice() }]);
    expect(await joined).toEqual(exactNearestMany(table, asked, ks, null));
    const answer = scans.nearestMany(table, asked, ks, null);
    table.delete(before![0]!.key);
    table.put(ITEMS + 1, [{ ordinal: 0, vector: question! }]);
    table.put(before![1]!.key, [{ ordinal: 0, vector: vector().map((value) => -value) }]);
    const [now] = await answer;
    expect(now).toEqual(exactNearestMany(table, asked, ks, null)[0]);
    expect(now![0]!.key).toBe(ITEMS + 1);
  });

  it('are made here when everything changed meanwhile, and when the thread is gone', async () => {
    const table = await filled();
    const scans = thread();
    const asked = questions(3);
    const answer = scans.nearestMany(table, asked, [4, 4, 4], null);
    for (let key = 1; key <= 400; key++) table.put(key, [{ ordinal: 0, vector: vector() }]);
    expect(await answer).toEqual(exactNearestMany(table, asked, [4, 4, 4], null));
    await scans.onApplicationShutdown();
    expect(await scans.nearestMany(table, asked, [4, 4, 4], null)).toEqual(
      exactNearestMany(table, asked, [4, 4, 4], null),
    );
  });
});
