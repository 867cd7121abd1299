import { describe, expect, it, vi } from 'vitest';
import { EventMemory } from './event-memory.js';
import { decodeItemWeights, encodeItemWeights, SparseItemModel } from './sparse-item-model.js';

const now = Date.parse('2026-06-01T00:00:00Z');
const event = (
  person: string,
  type: string,
  keys: number[],
  extra: Partial<{ session: string; atMs: number; value: number }> = {},
) => ({
  person,
  type,
  keys,
  session: extra.session ?? null,
  atMs: extra.atMs ?? now,
  value: extra.value ?? null,
});

describe('what events say right now', () => {
  it('makes nothing popular by one visitor alone', () => {
    const memory = new EventMemory(now);
    for (let i = 0; i < 50; i++) memory.add(event('fan', 'view', [1]));
    for (let i = 0; i < 5; i++) memory.add(event(`shopper-${i}`, 'view', [2]));
    expect(memory.popular()[0]?.key).toBe(2);
    expect(memory.support(1)).toBe(1);
    expect(memory.support(2)).toBe(5);
  });

  it('lets old popularity fade', () => {
    const memory = new EventMemory(now);
    for (let i = 0; i < 4; i++) memory.add(event(`a${i}`, 'view', [1], { atMs: now - 60 * 86_400_000 }));
    for (let i = 0; i < 2; i++) memory.add(event(`b${i}`, 'view', [2]));
    expect(memory.popular().map(({ key }) => key)).toEqual([2, 1]);
  });

  it('tells what is bought together, once enough different people did', () => {
    const memory = new EventMemory(now);
    for (let i = 0; i < 3; i++) memory.add(event(`p${i}`, 'purchase', [1, 2]));
    for (let i = 0; i < 3; i++) memory.add(event('one', 'purchase', [1, 3], { atMs: now + i * 86_400_000 }));
    expect([...memory.together([1], 2).keys()]).toEqual([2]);
    expect([...memory.together([1], 1).keys()].sort()).toEqual([2, 3]);
  });

  it('follows like sessions to their next item and never proposes what was just seen', () => {
    const memory = new EventMemory(now);
    for (let i = 0; i < 3; i++)
      for (const key of [1, 2, 3]) memory.add(event(`s${i}`, 'view', [key], { session: 'x' }));
    for (const key of [7, 8]) memory.add(event('other', 'view', [key], { session: 'y' }));
    const next = memory.session([1, 2]);
    expect([...next.keys()]).toEqual([3]);
  });

  it('says what was true before until what changed is derived, and then the same as if it had been there from the start', {
    timeout: 30_000,
  }, async () => {
    const memory = new EventMemory(now);
    const anew = new EventMemory(now);
    const both = (...given: Parameters<typeof event>) => {
      memory.add(event(...given));
      anew.add(event(...given));
    };
    for (let i = 0; i < 6_000; i++) both(`p${i % 900}`, i % 9 === 0 ? 'purchase' : 'view', [i % 2_503, (i * 7) % 31]);
    const before = memory.popular();
    for (let i = 0; i < 40; i++) both(`q${i}`, 'purchase', [5_000, 5_001]);
    expect(memory.popular()).toBe(before);
    // Once a second at most, and on a slow machine less often.
    await vi.waitUntil(() => memory.popular() !== before, { timeout: 20_000 });
    expect(memory.popular().map(({ key }) => key)).toContain(5_000);
    expect(memory.popular()).toEqual(anew.popular());
    for (const keys of [[5_000], [3, 30], [17]]) {
      expect(memory.session(keys)).toEqual(anew.session(keys));
      expect(memory.together(keys, 2)).toEqual(anew.together(keys, 2));
    }
  });

  it('follows what was added without being asked, so that two questions in a row have one answer', async () => {
    const memory = new EventMemory(now);
    memory.add(event('a', 'view', [1]));
    expect(memory.popular().map(({ key }) => key)).toEqual([1]);
    memory.add(event('b', 'view', [2]));
    await new Promise((wake) => setTimeout(wake, 2_000));
    expect(memory.popular().map(({ key }) => key)).toEqual([1, 2]);
  });

  it('counts a bad rating and a dismissal for nothing', () => {
    const memory = new EventMemory(now);
    memory.add(event('a', 'rating', [1], { value: 1 }));
    memory.add(event('a', 'dismiss', [2]));
    expect(memory.popular()).toEqual([]);
  });
});

describe('sparse item weights', () => {
  const weights = {
    keys: Uint32Array.of(4, 9),
    rowStart: Uint32Array.of(0, 2, 3),
    targets: Uint32Array.of(1, 9, 4),
    weights: Float32Array.of(0.5, 0.25, -1),
  };

  it('come back from bytes as they went in', () => {
    expect(decodeItemWeights(encodeItemWeights(weights))).toEqual(weights);
  });

  it('fold a history in by its rows', () => {
    const scores = new SparseItemModel('m', weights).scores([
      { key: 4, weight: 2 },
      { key: 77, weight: 1 },
    ]);
    expect(scores).toEqual(
      new Map([
        [1, 1],
        [9, 0.5],
      ]),
    );
  });

  it('are refused when cut short or made of NaN', () => {
    const bytes = encodeItemWeights(weights);
    expect(() => decodeItemWeights(bytes.subarray(0, bytes.length - 4))).toThrow(/cut short/);
    expect(() =>
      decodeItemWeights(encodeItemWeights({ ...weights, weights: Float32Array.of(0.5, Number.NaN, 1) })),
    ).toThrow(/no number/);
  });
});
