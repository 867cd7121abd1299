import type { HistoryEntry } from '../interactions/interactions.api.js';

/** What one kind of event says about liking a thing; below 0: about not liking it. */
const WEIGHTS: Readonly<Record<string, number>> = {
  view: 1,
  click: 1,
  wishlist: 3,
  add_to_cart: 3,
  purchase: 5,
  remove_from_cart: -1.5,
  dismiss: -3,
};
const HALF_LIFE_MS = 30 * 86_400_000;
const SESSION_GAP_MS = 30 * 60_000;

/** What is known of a visitor, by item id. */
export interface Past {
  /** Weight of each item that was liked, > 0, newest touched first. */
  liked: Map<string, number>;
  /** Items turned away. */
  disliked: string[];
  bought: Set<string>;
  dismissed: Set<string>;
  /** What lies in the cart: added, neither removed nor bought since. */
  cart: Set<string>;
  /** Items of the present session, oldest first. */
  session: string[];
}

const ratingWeight = (stars: number | null): number => (stars === null ? 1 : stars >= 4 ? 3 : stars > 2 ? 0.5 : -3);

/**
 * Reads a history (newest first). Weights are `type × 2^(−age / 30 days)` with the age counted back from the newest event, so that the same
 * history gives the same weights tomorrow.
 *
 * The present session: events of `sessionId`, or, without one, those before which no pause was longer than 30 minutes.
 */
export const readPast = (history: readonly HistoryEntry[], sessionId: string | undefined): Past => {
  const newest = history[0]?.at.getTime() ?? 0;
  const scores = new Map<string, number>();
  const past: Past = {
    liked: new Map(),
    disliked: [],
    bought: new Set(),
    dismissed: new Set(),
    cart: new Set(),
    session: [],
  };
  const settledInCart = new Set<string>();
  for (const entry of history) {
    const decay = 2 ** ((entry.at.getTime() - newest) / HALF_LIFE_MS);
    const weight = (entry.type === 'rating' ? ratingWeight(entry.value) : (WEIGHTS[entry.type] ?? 0)) * decay;
    for (const id of entry.itemIds) {
      if (weight !== 0) scores.set(id, (scores.get(id) ?? 0) + weight);
      if (entry.type === 'purchase') past.bought.add(id);
      if (entry.type === 'dismiss') past.dismissed.add(id);
      if (
        !settledInCart.has(id) &&
        (entry.type === 'add_to_cart' || entry.type === 'remove_from_cart' || entry.type === 'purchase')
      ) {
        settledInCart.add(id);
        if (entry.type === 'add_to_cart') past.cart.add(id);
      }
    }
  }
  for (const [id, score] of scores) {
    if (score > 0) past.liked.set(id, score);
    else past.disliked.push(id);
  }
  past.session = sessionOf(history, sessionId);
  return past;
};

const sessionOf = (history: readonly HistoryEntry[], sessionId: string | undefined): string[] => {
  const items: string[] = [];
  let next = history[0]?.at.getTime() ?? 0;
  for (const entry of history) {
    if (sessionId !== undefined ? entry.sessionId !== sessionId : next - entry.at.getTime() > SESSION_GAP_MS) {
      if (sessionId === undefined) break;
      continue;
    }
    next = entry.at.getTime();
    if ((WEIGHTS[entry.type] ?? 0) <= 0) continue;
    for (const id of entry.itemIds) if (!items.includes(id)) items.push(id);
  }
  return items.slice(0, 50).reverse();
};
