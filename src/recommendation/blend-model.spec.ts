import { describe, expect, it } from 'vitest';
import { DEFAULT_BLEND, weightsFor } from './blend-model.js';
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
