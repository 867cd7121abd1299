import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom, shuffle } from '../maths/maths.api.js';
import { recogniseKind } from './data-files.js';
import { evaluate } from './evaluate.js';
import { reportPage } from './report-page.js';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const USERS = 240;
const ITEMS = 90;
const WIDTH = 8;

function npy(values: Float32Array, rows: number): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${values.length / rows}), }`.padEnd(117) + '\n';
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, 118, 0]), Buffer.from(header, 'latin1'), Buffer.from(values.buffer)]);
}

/** People with tastes, popularity that falls off, content that shows the taste; written under the numbers that the two orders give. */
function writeUsers(name: string, userNumber: Int32Array, itemNumber: Int32Array): string {
  const directory = join(folder, name);
  mkdirSync(join(directory, 'features'), { recursive: true });
  const random = seededRandom(11);
  const parts: Record<'train' | 'val' | 'test', [number, number][]> = { train: [], val: [], test: [] };
  for (let u = 0; u < USERS; u++) {
    const mine = new Set<number>();
    while (mine.size < 9) {
      const item = Math.floor(ITEMS * random.next() ** 2);
      if (item % 6 === u % 6 || random.next() < 0.2) mine.add(item);
    }
    const list = shuffle([...mine], random);
    list.forEach((item, k) => parts[k < 6 ? 'train' : k < 7 ? 'val' : 'test'].push([userNumber[u]!, itemNumber[item]!]));
  }
  for (const [part, rows] of Object.entries(parts)) writeFileSync(join(directory, `${part}.tsv`), `${rows.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((r) => r.join('\t')).join('\n')}\n`);
  const features = new Float32Array(ITEMS * WIDTH);
  for (let i = 0; i < ITEMS; i++) for (let c = 0; c < WIDTH; c++) features[itemNumber[i]! * WIDTH + c] = (c === i % 6 ? 1 : 0) + 0.3 * random.normal();
  writeFileSync(join(directory, 'features', 'look.npy'), npy(features, ITEMS));
  return directory;
}

const straight = (n: number): Int32Array => Int32Array.from({ length: n }, (_, k) => k);

describe('vitrine evaluate over people', () => {
  it('gives the same figures when the folder is renamed and people and items are renumbered', async () => {
    const one = await evaluate({ data: writeUsers('first', straight(USERS), straight(ITEMS)), split: 'test', variant: 'A', seed: 1 });
    const random = seededRandom(5);
    const two = await evaluate({ data: writeUsers('second', shuffle(straight(USERS), random), shuffle(straight(ITEMS), random)), split: 'test', variant: 'A', seed: 1 });
    expect(two.best).toBe(one.best);
    const figure = (report: typeof one, metric: string): number => report.results.find((r) => r.name === report.best)!.metrics[metric]!.value;
    for (const metric of ['recall@20', 'ndcg@20']) expect(Math.abs(figure(one, metric) - figure(two, metric))).toBeLessThan(0.002);
    expect(figure(one, 'recall@20')).toBeGreaterThan(one.results.find((r) => r.name === 'popularity')!.metrics['recall@20']!.value);
    expect(one).toMatchObject({ dataset: 'first', kind: 'users', split: 'test', variant: 'A', users: USERS, items: ITEMS });
    const page = reportPage(one);
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/NaN|undefined/);
  }, 600_000);

  it('never reads the test part while it reports on val', async () => {
    const directory = writeUsers('val-only', straight(USERS), straight(ITEMS));
    rmSync(join(directory, 'test.tsv'));
    const report = await evaluate({ data: directory, split: 'val', variant: 'A', only: ['popularity', 'random'], seed: 1 });
    expect(report.results.map((r) => r.name)).toEqual(['random', 'popularity']);
    await expect(evaluate({ data: directory, split: 'test', variant: 'A', only: ['popularity'], seed: 1 })).rejects.toThrow('test.tsv does not exist');
  }, 120_000);

  it('says which line of a file is wrong', async () => {
    const directory = join(folder, 'wrong');
    mkdirSync(directory);
    writeFileSync(join(directory, 'train.tsv'), '1\t2\n3\t\n');
    writeFileSync(join(directory, 'val.tsv'), '1\t3\n');
    await expect(evaluate({ data: directory, split: 'val', variant: 'A', seed: 1 })).rejects.toThrow('train.tsv line 2');
  });
});

describe('the kind of a folder', () => {
  it('is seen in the shape of its lines, and asked for where they leave it open', () => {
    const make = (name: string, train: string): string => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'train.tsv'), train);
      return join(folder, name);
    };
    expect(recogniseKind(make('two', '1\t2\n1\t3\n'))).toBe('users');
    expect(recogniseKind(make('many', '1\t2\t3\t4\n2\t5\n'))).toBe('baskets');
    expect(() => recogniseKind(make('three', '1\t2\t3\n'))).toThrow('--kind');
  });
});
