import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../interactions/interactions.api.js';
import { readPast } from './past.js';

const now = Date.parse('2026-05-01T12:00:00Z');
const did = (type: string, itemId: string, minutesAgo: number, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  id: `${type} ${itemId} ${minutesAgo}`,
  type,
  itemIds: [itemId],
  at: new Date(now - minutesAgo * 60_000),
  value: null,
  sessionId: null,
  query: null,
  ...more,
});

describe('a visitor’s past', () => {
  it('weighs a purchase more than a view and yesterday more than last year', () => {
    const { liked } = readPast([did('view', 'a', 1), did('purchase', 'b', 2), did('view', 'c', 365 * 1440)], undefined);
    expect(liked.get('b')!).toBeGreaterThan(liked.get('a')!);
    expect(liked.get('c')!).toBeLessThan(0.01);
  });

  it('says the same tomorrow as today', () => {
    const today = readPast([did('view', 'a', 1), did('view', 'b', 600)], undefined);
    const tomorrow = readPast([did('view', 'a', 1441), did('view', 'b', 2040)], undefined);
    expect([...tomorrow.liked]).toEqual([...today.liked]);
  });

  it('knows what lies in the cart: added, and neither removed nor bought since', () => {
    const history = [
      did('add_to_cart', 'd', 1),
      did('purchase', 'c', 2),
      did('remove_from_cart', 'b', 3),
      did('add_to_cart', 'c', 4),
      did('add_to_cart', 'b', 5),
      did('add_to_cart', 'a', 6),
    ];
    expect([...readPast(history, undefined).cart].sort()).toEqual(['a', 'd']);
  });

  it('turns away from what was dismissed or rated badly', () => {
    const past = readPast(
      [
        did('dismiss', 'a', 1),
        did('rating', 'b', 2, { value: 1 }),
        did('view', 'b', 3),
        did('rating', 'c', 4, { value: 5 }),
      ],
      undefined,
    );
    expect(past.disliked.sort()).toEqual(['a', 'b']);
    expect([...past.liked.keys()]).toEqual(['c']);
    expect([...past.dismissed]).toEqual(['a']);
  });

  it('takes the session by its id, else up to the first long pause, oldest first', () => {
    const history = [
      did('view', 'd', 1),
      did('view', 'c', 20),
      did('view', 'b', 90),
      did('view', 'a', 95, { sessionId: 's' }),
    ];
    expect(readPast(history, undefined).session).toEqual(['c', 'd']);
    expect(readPast(history, 's').session).toEqual(['a']);
  });
});
