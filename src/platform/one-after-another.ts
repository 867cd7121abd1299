/** Runs work one after another, in the order of asking; work that fails does not stop what comes behind it. */
export class OneAfterAnother {
  private last: Promise<unknown> = Promise.resolve();

  /** Resolves, or fails, as the work does. Work that asks for a turn of its own kind and waits for it would wait for itself. */
  do<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }
}
