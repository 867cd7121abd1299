/** One at a time, in the order of asking. */
export class Mutex {
  private tail: Promise<void> = Promise.resolve();

  /** Resolves when it is this caller's turn; the returned function lets the next one in (calling it twice does nothing). */
  async acquire(): Promise<() => void> {
    const before = this.tail;
    let release = (): void => undefined;
    this.tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}
