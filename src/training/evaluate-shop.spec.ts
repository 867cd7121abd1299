import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { evaluate } from '../evaluation/evaluation.api.js';
import { seededRandom } from '../maths/maths.api.js';
import { evaluateShop } from './evaluate-shop.js';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-shop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('vitrine evaluate over a shop of its own', () => {
  it('sets history, what is on the page, and both side by side, with what each part is worth', async () => {
    const kinds = ['oak chair', 'wool blanket', 'glass vase', 'steel pan', 'paper lamp', 'clay mug'];
    const items = Array.from({ length: 120 }, (_, i) => ({ id: `i${i}`, title: `${kinds[i % 6]} number ${i}` }));
    const random = seededRandom(12);
    const events: unknown[] = [];
    for (let visit = 0; visit < 380; visit++) {
      const person = random.below(140);
      for (let step = 0; step < 4; step++)
        events.push({
          type: 'view',
          userId: `u${person}`,
          itemId: `i${6 * Math.floor(20 * random.next() ** 1.5) + (person % 6)}`,
          at: new Date(1.7e12 + visit * 3_600_000 + step * 60_000).toISOString(),
        });
    }
    writeFileSync(join(folder, 'catalog.ndjson'), items.map((item) => JSON.stringify(item)).join('\n'));
    writeFileSync(join(folder, 'events.ndjson'), events.map((event) => JSON.stringify(event)).join('\n'));
    const report = await evaluate({ data: folder, split: 'val', variant: 'A', seed: 1 }, { shop: evaluateShop });
    expect(report).toMatchObject({ kind: 'shop', items: 120, best: 'vitrine' });
    const value = (name: string) => report.results.find((r) => r.name === name)!.metrics['ndcg@10']!;
    expect(value('vitrine').low).toBeGreaterThan(value('popularity').value);
    expect(value('history only').value).toBeGreaterThan(value('popularity').value);
    const worth = report.differences.filter(({ baseline }) => baseline === 'vitrine without behaviour');
    expect(worth.map(({ metric }) => metric)).toEqual(['recall@10', 'ndcg@10']);
    for (const { low, value: middle, high } of report.differences) expect(low <= middle && middle <= high).toBe(true);
  }, 240_000);
});
