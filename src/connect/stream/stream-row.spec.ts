import { describe, expect, it } from 'vitest';
import { linesOf, placeOf, rowOf, type StreamMessage } from './stream-row.js';

const now = Date.UTC(2026, 5, 1);
const message = (value: unknown, more: Partial<StreamMessage> = {}): StreamMessage => ({
  topic: 'shop.events',
  partition: 2,
  offset: '41',
  timestamp: now - 60_000,
  value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  ...more,
});
const view = { type: 'view', visitorId: 'v1', itemId: 'p1' };

describe('a message of a stream', () => {
  it('that is an event without id or time gets its place as id and its production as time, at every delivery', () => {
    const row = rowOf(message(view), undefined, now);
    expect(row).toEqual({
      kind: 'events',
      value: { ...view, id: `shop.events/2/41@${now - 60_000}`, at: new Date(now - 60_000).toISOString() },
    });
    expect(rowOf(message(view), undefined, now + 3_600_000)).toEqual(row);
  });

  it('keeps the id and the time it has, and a wrong one too, so that it is named', () => {
    const given = { ...view, id: 'mine', at: '2026-05-01T00:00:00Z' };
    expect(rowOf(message(given), undefined, now)).toEqual({ kind: 'events', value: given });
    expect(rowOf(message({ ...view, id: 7, at: 'soon' }), undefined, now)).toMatchObject({
      value: { id: 7, at: 'soon' },
    });
  });

  it('has another id in a topic that was made anew, and an id short enough under any name', () => {
    expect(placeOf(message(view))).not.toBe(placeOf(message(view, { timestamp: now })));
    const long = placeOf(message(view, { topic: 'x'.repeat(249), offset: '9223372036854775807' }));
    expect(long.length).toBeLessThanOrEqual(128);
    expect(long).not.toBe(placeOf(message(view, { topic: 'y'.repeat(249), offset: '9223372036854775807' })));
  });

  it("is not given a time by a producer's clock that can't be right", () => {
    for (const timestamp of [-1, 0, now + 2 * 24 * 3_600_000])
      expect(rowOf(message(view, { timestamp }), undefined, now)).toEqual({
        kind: 'events',
        value: { ...view, id: `shop.events/2/41@${timestamp}` },
      });
  });

  it('is what its header says, else its topic, else its shape', () => {
    const item = { id: 'p1', title: 'Chair' };
    expect(rowOf(message(item), undefined, now)).toEqual({ kind: 'items', value: item });
    expect(rowOf(message({ id: 'r1', itemId: 'p1', text: 'good' }), undefined, now)).toMatchObject({ kind: 'reviews' });
    expect(rowOf(message(item), 'reviews', now)).toMatchObject({ kind: 'reviews' });
    expect(rowOf(message(item, { kind: 'items' }), 'reviews', now)).toMatchObject({ kind: 'items' });
  });

  it('that can be no row says why', () => {
    expect(rowOf(message(null), undefined, now)).toMatchObject({
      errors: [{ message: expect.stringMatching(/deletions/) }],
    });
    expect(rowOf(message('{"a":'), undefined, now)).toMatchObject({
      errors: [{ message: expect.stringMatching(/ends too early/) }],
    });
    expect(rowOf({ ...message(view), value: Buffer.from([0xff, 0xfe]) }, undefined, now)).toMatchObject({
      errors: [{ message: 'is not UTF-8' }],
    });
    expect(rowOf(message(view, { kind: 'orders' }), undefined, now)).toMatchObject({
      errors: [{ message: expect.stringMatching(/none of items, reviews, events/), received: 'orders' }],
    });
  });

  it('is counted by its place among those taken together', () => {
    const rows = [view, { id: 'p1', title: 'Chair' }, view].map((value) => rowOf(message(value), undefined, now));
    expect(linesOf(rows, 'events').map(({ line }) => line)).toEqual([1, 3]);
    expect(linesOf(rows, 'items').map(({ line }) => line)).toEqual([2]);
  });
});
