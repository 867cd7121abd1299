/**
 * Order on one database session that is spoken to over a line: what is posted is done in the order of posting.
 *
 * A statement need not wait for the answers to those before it, only for a transaction that is open. A transaction holds the session from its first post to its last; whoever comes next may post
 * right behind that, before its answer is here. In the order of asking.
 */
export class Turns {
  #isTaken = false;
  readonly #waiting: { takes: boolean; start: () => void }[] = [];

  /** Posts one statement when its turn comes. */
  single<T>(post: () => Promise<T>): Promise<T> {
    return this.#ask(false, post);
  }

  /** Waits for the session, posts, and keeps everybody else out until `leave`. */
  take<T>(post: () => T | Promise<T>): Promise<T> {
    return this.#ask(true, post);
  }

  /** Posts the last statement of whoever holds the session, and lets the next ones post behind it. */
  leave<T>(post: () => T): T {
    try {
      return post();
    } finally {
      this.#isTaken = false;
      this.#next();
    }
  }

  #ask<T>(takes: boolean, post: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const start = (): void => {
        try {
          resolve(post());
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ takes, start });
      this.#next();
    });
  }

  #next(): void {
    while (!this.#isTaken && this.#waiting.length > 0) {
      const { takes, start } = this.#waiting.shift()!;
      this.#isTaken = takes;
      start();
    }
  }
}
