import { Injectable } from '@nestjs/common';

/** Steps of a round go on until it has taken so long: rounds of one step each would wake the other threads for every single message. */
const ROUND_MS = 8;

/**
 * Few long steps of the thread that answers in each round of its event loop, whoever is nearly done first, else in the order of asking.
 *
 * A round deals with all that is ready before it looks for what has come since, and accepts one new connection (libuv from 1.45 on): with sixteen lists
 * made in each, a caller who was new waited for as many rounds as there were new ones before him, each of them a tenth of a second and more, and every
 * answer of the database for one. While nothing else is under way nobody waits.
 */
@Injectable()
export class Pace {
  private readonly begun: (() => void)[] = [];
  private readonly fresh: (() => void)[] = [];
  private isTaken = false;

  /** Resolves when the caller may do its next long step. `isLast`: what remains of it is short work, so it goes ahead of those who begin. */
  turn(isLast = false): Promise<void> {
    if (!this.isTaken) {
      this.isTaken = true;
      setImmediate(() => void this.round());
      return Promise.resolve();
    }
    return new Promise((go) => (isLast ? this.begun : this.fresh).push(go));
  }

  private async round(): Promise<void> {
    const from = performance.now();
    do {
      const next = this.begun.shift() ?? this.fresh.shift();
      if (!next) {
        this.isTaken = false;
        return;
      }
      next();
      // Behind the step, which runs as soon as this function rests.
      await undefined;
      await undefined;
    } while (performance.now() - from < ROUND_MS);
    setImmediate(() => void this.round());
  }
}
