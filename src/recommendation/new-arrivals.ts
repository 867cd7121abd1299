import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OUTBOX, type Outbox } from '../platform/platform.api.js';
import { LiveCatalogue, type LiveItem } from '../retrieval/retrieval.api.js';

const DAY_MS = 86_400_000;
/** Days for which an item counts as new. */
export const NEW_DAYS = 30;
const REMEMBERED = 500;
const LEAST_MS_BETWEEN = 1_000;

/** Day on which an item came, as a whole number of UTC days: items of one delivery are equally new. */
export const arrivalDay = (item: LiveItem): number =>
  Math.floor((item.publishedAt ?? item.createdAt).getTime() / DAY_MS);

/** The newest items, remembered until the catalogue changes. */
@Injectable()
export class NewArrivals implements OnApplicationShutdown {
  private keys: readonly number[] = [];
  private dirty = true;
  private readAt = 0;
  private readonly unfollow: () => void;

  constructor(
    private readonly catalogue: LiveCatalogue,
    @Inject(OUTBOX) outbox: Outbox,
  ) {
    this.unfollow = outbox.follow('item', () => {
      this.dirty = true;
    });
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  /** Keys, newest first (equal days by key). Read again at most once a second while the catalogue changes. Cost then O(n log n). */
  newest(): readonly number[] {
    const now = performance.now();
    if (this.keys.length === 0 || (this.dirty && now - this.readAt >= LEAST_MS_BETWEEN)) {
      this.readAt = now;
      this.dirty = false;
      this.keys = [...this.catalogue.items()]
        .map((item) => ({ key: item.key, day: arrivalDay(item) }))
        .sort((a, b) => b.day - a.day || a.key - b.key)
        .slice(0, REMEMBERED)
        .map(({ key }) => key);
    }
    return this.keys;
  }
}
