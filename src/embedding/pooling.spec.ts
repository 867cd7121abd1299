import { describe, expect, it } from 'vitest';
import { dot } from '../maths/vectors.js';
import { honestReviews, looksLikeSpam, pooledPictures, pooledReviews, reviewWeight } from './pooling.js';

const unit = (...parts: number[]) => Float32Array.from(parts, (part) => part / Math.hypot(...parts));
const review = (text: string, more: { author?: string; helpful?: number; createdAt?: Date } = {}) => ({
  text,
  author: more.author ?? null,
  helpful: more.helpful ?? null,
  createdAt: more.createdAt ?? null,
});
const day = (date: string) => new Date(`${date}T00:00:00Z`);
const long = 'the sole gave way after a month of walking to work and back again in rain and snow over the old bridge';

describe('the pictures of an item', () => {
  it('count less the farther they are from the rest', () => {
    const shoe = unit(1, 0.1, 0);
    const chart = unit(0, 0, 1);
    const pooled = pooledPictures([shoe, unit(1, 0, 0.1), unit(1, 0.2, 0), chart])!;
    const plain = 0.5 / Math.hypot(2.5, 0.5);
    expect(dot(pooled, chart)).toBeLessThan(plain + 0.05);
    expect(dot(pooled, shoe)).toBeGreaterThan(0.95);
    expect(pooledPictures([])).toBeNull();
  });
});

describe('the reviews of an item', () => {
  it('count more when helpful, long and recent', () => {
    const now = day('2026-06-01');
    const base = reviewWeight(review(long, { createdAt: now }), now);
    expect(reviewWeight(review(long, { createdAt: now, helpful: 9 }), now)).toBeGreaterThan(base * 2);
    expect(reviewWeight(review('nice one', { createdAt: now }), now)).toBeLessThan(base / 5);
    expect(reviewWeight(review(long, { createdAt: day('2025-06-01') }), now)).toBeCloseTo(base / 2, 2);
  });

  it('leave out advertising, shouting, repetition, and second reviews of one author or wording', () => {
    expect(looksLikeSpam('Get yours at www.cheap-shoes.example today')).toBe(true);
    expect(looksLikeSpam('call +49 170 1234567 for discount')).toBe(true);
    expect(looksLikeSpam('good '.repeat(20))).toBe(true);
    expect(looksLikeSpam('BUY THIS AMAZING PRODUCT NOW BEFORE IT IS ALL GONE!!! ONLY 5$')).toBe(true);
    expect(looksLikeSpam('!!!')).toBe(true);
    expect(looksLikeSpam('Fits well. I am 1.80 m and took size 42; washed at 40 °C, 3 times.')).toBe(false);
    const kept = honestReviews([
      review(long, { author: 'Ann' }),
      review('Also good', { author: 'ann' }),
      review(`${long}!`),
      review('Warm'),
    ]);
    expect(kept.map(({ text }) => text)).toEqual([long, 'Warm']);
  });

  it('speak for themselves as soon as there is one of some length', () => {
    const said = unit(0, 1, 0);
    const text = unit(1, 0, 0);
    expect(dot(pooledReviews([{ ...review(long), vector: said }], text)!, said)).toBeGreaterThan(0.85);
    expect(dot(pooledReviews([{ ...review('ok'), vector: said }], text)!, said)).toBeLessThan(0.5);
    expect(pooledReviews([], text)).toBeNull();
  });
});
