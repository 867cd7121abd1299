import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testData } from '../../test/support/test-data.js';
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
  const header = `${`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${values.length / rows}), }`.padEnd(117)}\n`;
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY'),
    Buffer.from([1, 0, 118, 0]),
    Buffer.from(header, 'latin1'),
    Buffer.from(values.buffer),
  ]);
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
    for (const [k, item] of list.entries())
      parts[k < 6 ? 'train' : k < 7 ? 'val' : 'test'].push([userNumber[u]!, itemNumber[item]!]);
  }
  for (const [part, rows] of Object.entries(parts))
    writeFileSync(
      join(directory, `${part}.tsv`),
      `${rows
        .sort((a, b) => a[0] - b[0] || a[1] - b[1])
        .map((r) => r.join('\t'))
        .join('\n')}\n`,
    );
  const features = new Float32Array(ITEMS * WIDTH);
  for (let i = 0; i < ITEMS; i++)
    for (let c = 0; c < WIDTH; c++)
      features[itemNumber[i]! * WIDTH + c] = (c === i % 6 ? 1 : 0) + 0.3 * random.normal();
  writeFileSync(join(directory, 'features', 'look.npy'), npy(features, ITEMS));
  return directory;
}

const straight = (n: number): Int32Array => Int32Array.from({ length: n }, (_, k) => k);

describe('vitrine evaluate over people', () => {
  it('gives the same figures when the folder is renamed and people and items are renumbered', async () => {
    const one = await evaluate({
      data: writeUsers('first', straight(USERS), straight(ITEMS)),
      split: 'test',
      variant: 'A',
      seed: 1,
    });
    const random = seededRandom(5);
    const two = await evaluate({
      data: writeUsers('second', shuffle(straight(USERS), random), shuffle(straight(ITEMS), random)),
      split: 'test',
      variant: 'A',
      seed: 1,
    });
    expect(two.best).toBe(one.best);
    const figure = (report: typeof one, metric: string): number =>
      report.results.find((r) => r.name === report.best)!.metrics[metric]!.value;
    for (const metric of ['recall@20', 'ndcg@20'])
      expect(Math.abs(figure(one, metric) - figure(two, metric))).toBeLessThan(0.002);
    for (const { name, metrics } of one.results.filter((r) => r.name !== 'random'))
      expect(
        Math.abs(metrics['recall@20']!.value - two.results.find((r) => r.name === name)!.metrics['recall@20']!.value),
      ).toBeLessThan(0.002);
    expect(figure(one, 'recall@20')).toBeGreaterThan(
      one.results.find((r) => r.name === 'popularity')!.metrics['recall@20']!.value,
    );
    expect(one).toMatchObject({
      dataset: 'first',
      kind: 'users',
      split: 'test',
      variant: 'A',
      users: USERS,
      items: ITEMS,
    });
    const page = reportPage(one);
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/NaN|undefined/);
  }, 600_000);

  it.skipIf(testData('tiktok') === null)(
    'does so on a part of a real data set too',
    async () => {
      const source = testData('tiktok')!;
      const random = seededRandom(9);
      const people = shuffle(straight(9_400), random);
      const items = shuffle(straight(6_800), random);
      const write = (name: string, renumbered: boolean): string => {
        const directory = join(folder, name);
        mkdirSync(directory);
        for (const part of ['train.tsv', 'val.tsv']) {
          const rows = readFileSync(join(source, part), 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => line.split('\t').map(Number) as [number, number])
            .filter(([person]) => person % 12 === 0)
            .map(([p, i]) => (renumbered ? [people[p]!, items[i]!] : [p, i]));
          writeFileSync(join(directory, part), rows.map((row) => row.join('\t')).join('\n'));
        }
        return directory;
      };
      const only = ['popularity', 'item-knn', 'graph-filter'];
      const figures = async (directory: string): Promise<number[]> => {
        const { results } = await evaluate({ data: directory, split: 'val', variant: 'A', only, seed: 1 });
        return results.flatMap(({ metrics }) => [metrics['recall@20']!.value, metrics['ndcg@20']!.value]);
      };
      const one = await figures(write('part', false));
      const two = await figures(write('part-renumbered', true));
      expect(Math.max(...one)).toBeGreaterThan(0.03);
      one.forEach((value, k) => {
        expect(Math.abs(value - two[k]!)).toBeLessThan(0.002);
      });
    },
    300_000,
  );

  it('never reads the test part while it reports on val', async () => {
    const directory = writeUsers('val-only', straight(USERS), straight(ITEMS));
    rmSync(join(directory, 'test.tsv'));
    const report = await evaluate({
      data: directory,
      split: 'val',
      variant: 'A',
      only: ['popularity', 'random'],
      seed: 1,
    });
    expect(report.results.map((r) => r.name)).toEqual(['random', 'popularity']);
    await expect(
      evaluate({ data: directory, split: 'test', variant: 'A', only: ['popularity'], seed: 1 }),
    ).rejects.toThrow('test.tsv does not exist');
  }, 120_000);

  it('says which line of a file is wrong', async () => {
    const directory = join(folder, 'wrong');
    mkdirSync(directory);
    writeFileSync(join(directory, 'train.tsv'), '1\t2\n3\t\n');
    writeFileSync(join(directory, 'val.tsv'), '1\t3\n');
    await expect(evaluate({ data: directory, split: 'val', variant: 'A', seed: 1 })).rejects.toThrow(
      'train.tsv line 2',
    );
  });
});

describe('vitrine evaluate over sessions and baskets', () => {
  it('fits on train and val before it reports on the test sessions, where new items are dropped', async () => {
    const directory = join(folder, 'clicks');
    mkdirSync(directory);
    const random = seededRandom(21);
    const write = (part: string, day: number, sessions: number, extra = ''): void => {
      const lines: string[] = [];
      for (let s = 0; s < sessions; s++) {
        let item = random.below(30);
        for (let k = 0; k < 4; k++) {
          lines.push(`${part}${s}\ti${item}\t${day * 86_400_000 + s * 60_000 + k * 1000}`);
          item = random.next() < 0.8 ? (item + 1) % 30 : random.below(30);
        }
      }
      writeFileSync(join(directory, `${part}.tsv`), `${lines.join('\n')}\n${extra}`);
    };
    write('train', 1, 150);
    write('val', 2, 40, 'late\tonly-in-val\t172800000\nlate\ti1\t172801000\n');
    write(
      'test',
      3,
      40,
      'last\tonly-in-val\t259200000\nlast\ti1\t259201000\nnew\tnever-seen\t259200000\nnew\ti2\t259201000\n',
    );
    const report = await evaluate({ data: directory, kind: 'sessions', split: 'test', variant: 'A', seed: 1 });
    // 40 sessions with three positions each, and the one whose first item only val had shown.
    expect(report.users).toBe(121);
    expect(report.items).toBe(31);
    const hit = (name: string): number => report.results.find((r) => r.name === name)!.metrics['hr@20']!.value;
    expect(hit('vitrine')).toBeGreaterThan(hit('popularity'));
    expect(report.differences.every((d) => d.low <= d.value && d.value <= d.high)).toBe(true);
    await expect(
      evaluate({ data: directory, kind: 'sessions', split: 'val', variant: 'A', only: ['no-such-model'], seed: 1 }),
    ).rejects.toThrow('no-such-model');
  }, 300_000);

  it('chooses on a part of the train baskets and reports on the test ones', async () => {
    const directory = join(folder, 'shopping');
    mkdirSync(directory);
    const random = seededRandom(22);
    const basket = (k: number): string => {
      const theme = random.below(5);
      const things = new Set(
        Array.from({ length: 2 + random.below(3) }, () =>
          random.next() < 0.85 ? `t${theme}-${random.below(4)}` : 'milk',
        ),
      );
      return [k, ...things].join('\t');
    };
    writeFileSync(join(directory, 'train.tsv'), `${Array.from({ length: 400 }, (_, k) => basket(k)).join('\n')}\n`);
    writeFileSync(join(directory, 'test.tsv'), `${Array.from({ length: 80 }, (_, k) => basket(k)).join('\n')}\n`);
    const report = await evaluate({ data: directory, split: 'test', variant: 'A', seed: 1 });
    expect(report.kind).toBe('baskets');
    const best = report.results.find((r) => r.name === report.best)!;
    expect(best.metrics['mrr@10']!.value).toBeGreaterThan(
      report.results.find((r) => r.name === 'popularity')!.metrics['mrr@10']!.value,
    );
  }, 300_000);
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
