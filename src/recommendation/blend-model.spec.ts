import { describe, expect, it } from 'vitest';
import { DEFAULT_BLEND, gateByItem, itemGates, weightsFor } from './blend-model.js';
import type { BlendedSource } from './source.js';

const onPage = (placement: string, ...present: BlendedSource[]) =>
  weightsFor(DEFAULT_BLEND, {
    placement,
    events: 0,
    present: new Set(present),
    emphasis: { images: 1, text: 1, history: 1 },
  });

describe('loose words on the page of a chair put a running shoe first', () => {
  it('no more: beside a picture or an item, words count less than what is looked at', () => {
    const weights = onPage('product', 'context.image', 'context.item', 'context.text');
    expect(weights['context.text']).toBeLessThan(weights['context.image'] / 1.9);
  });

  it('words alone, and words in a search, keep their weight', () => {
    const alone = onPage('product', 'context.text')['context.text'];
    expect(alone).toBeGreaterThan(onPage('product', 'context.image', 'context.text')['context.text']);
    const search = onPage('search', 'context.image', 'context.text');
    expect(search['context.text']).toBe(search['context.image']);
  });
});

describe('an item that hardly anybody has met', () => {
  const blend = { ...DEFAULT_BLEND, itemEvidence: 2, itemShift: 0.5 };

  it('stands by its looks: others count half at two people, likeness gains what they lose', () => {
    expect(itemGates(blend, 0)).toEqual({ others: 0, likeness: 1.5 });
    expect(itemGates(blend, 2)).toEqual({ others: 0.5, likeness: 1.25 });
    expect(itemGates(blend, 1000).others).toBeCloseTo(1, 9);
    const values = new Map<BlendedSource, { values: Float64Array }>([
      ['behaviour', { values: Float64Array.of(1, 1) }],
      ['context.image', { values: Float64Array.of(0.5, 0.5) }],
      ['popular', { values: Float64Array.of(1, 1) }],
    ]);
    gateByItem(blend, [0, 1000], values);
    expect([...values.get('behaviour')!.values].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([0, 1]);
    expect([...values.get('context.image')!.values].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([0.75, 0.5]);
    expect([...values.get('popular')!.values]).toEqual([1, 1]);
  });

  it('is served as ever by a blend that learned no such gate', () => {
    expect(itemGates(DEFAULT_BLEND, 0)).toEqual({ others: 1, likeness: 1 });
  });
});
