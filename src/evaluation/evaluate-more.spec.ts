import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pictureOf } from '../../test/recommendation/open-shop.js';
import { seededRandom } from '../maths/maths.api.js';
import { evaluate } from './evaluate.js';
import { reportPage } from './report-page.js';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-evaluate-more-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, files: Record<string, readonly unknown[]>): string => {
  const directory = join(folder, name);
  mkdirSync(directory);
  for (const [file, rows] of Object.entries(files))
    writeFileSync(join(directory, file), rows.map((row) => JSON.stringify(row)).join('\n'));
  return directory;
};

describe('vitrine evaluate over composed queries', () => {
  it('ranks the catalogue for a picture, for words and for both, and heeds what is not wanted', async () => {
    const things = (['circle', 'square', 'bars'] as const).flatMap((shape) =>
      ['red', 'green', 'blue', 'black'].map((colour) => ({ shape, colour })),
    );
    const directory = write('queries', {
      'catalog.ndjson': await Promise.all(
        things.map(async ({ shape, colour }) => ({
          id: `${colour}-${shape}`,
          title: `${colour} ${shape === 'bars' ? 'stripes' : shape}`,
          images: [{ data: await pictureOf(shape, colour) }],
        })),
      ),
      'queries.ndjson': [
        { image: 'red.jpg', expected: ['red-circle'] },
        { text: 'green square', expected: ['green-square'] },
        { image: 'red.jpg', text: 'a red circle', negatives: ['blue stripes'], expected: ['red-circle', 'red-square'] },
      ],
    });
    writeFileSync(join(directory, 'red.jpg'), Buffer.from(await pictureOf('circle', 'red', 1), 'base64'));
    const report = await evaluate({ data: directory, split: 'val', variant: 'A', seed: 1 });
    expect(report).toMatchObject({ kind: 'queries', users: 3, items: 12, best: 'vitrine' });
    expect(report.results.map(({ name }) => name)).toEqual(['image-only', 'text-only', 'vitrine']);
    const recall = (name: string) => report.results.find((r) => r.name === name)!.metrics['recall@10']!.value;
    expect(recall('vitrine')).toBeGreaterThan(0.8);
    // A query of words alone says nothing to the way that only looks: it must not be served better than chance by it.
    expect(recall('vitrine')).toBeGreaterThanOrEqual(recall('image-only'));
    for (const { metrics } of report.results)
      for (const { value, low, high } of Object.values(metrics)) expect(low <= value && value <= high).toBe(true);
    rmSync(join(directory, 'red.jpg'));
    await expect(evaluate({ data: directory, split: 'val', variant: 'A', seed: 1 })).rejects.toThrow('red.jpg');
  }, 240_000);
});

describe('vitrine evaluate over impressions that were logged', () => {
  it('tells what exploring costs, and what each arm would bring, from propensities', async () => {
    const random = seededRandom(4);
    const impressions: unknown[] = [];
    const events: unknown[] = [];
    for (let n = 0; n < 6000; n++) {
      const explored = random.next() < 0.1;
      const arm = random.next() < 0.75 ? 'a' : 'b';
      const last = explored ? `x${random.below(20)}` : 'best';
      impressions.push({
        requestId: `r${n}`,
        items: [
          { id: 'first', propensity: 1, placedBy: 'score' },
          { id: last, propensity: explored ? 0.1 / 20 : 0.9, placedBy: explored ? 'exploration' : 'score' },
        ],
        experiment: { id: 'e', arm, share: arm === 'a' ? 0.75 : 0.25 },
      });
      if (random.next() < (explored ? 0.02 : 0.1)) events.push({ type: 'click', requestId: `r${n}`, itemId: last });
      else if (random.next() < (arm === 'a' ? 0.1 : 0.3))
        events.push({ type: 'click', requestId: `r${n}`, itemId: 'first' });
    }
    const report = await evaluate({
      data: write('log', { 'impressions.ndjson': impressions, 'events.ndjson': events }),
      split: 'val',
      variant: 'A',
      seed: 1,
    });
    expect(report.kind).toBe('impressions');
    const rate = (name: string) => report.results.find((r) => r.name === name)!.metrics.clicks!;
    expect(rate('never exploring').value).toBeCloseTo(0.1, 1);
    expect(rate('always exploring').high).toBeLessThan(rate('never exploring').low);
    expect(rate('e: b').low).toBeGreaterThan(rate('e: a').high);
    expect(reportPage(report)).not.toMatch(/NaN|undefined/);
  }, 60_000);

  it('says so when nothing was left to chance', async () => {
    const one = { requestId: 'r', items: [{ id: 'a', propensity: 1, placedBy: 'score' }] };
    const data = write('certain', { 'impressions.ndjson': [one], 'events.ndjson': [] });
    await expect(evaluate({ data, split: 'val', variant: 'A', seed: 1 })).rejects.toThrow('left to chance');
  });
});
