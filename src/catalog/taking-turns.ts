/**
 * Lets work on the same ids happen in the order in which it came, and other work side by side. Within this process; across
 * processes the database has the last word.
 */
export class TakingTurns {
  private readonly last = new Map<string, Promise<void>>();

  async run<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = ids.map((id) => this.last.get(id));
    let end: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      end = resolve;
    });
    // All turns are taken at one moment, so no two pieces of work can wait for each other.
    for (const id of ids) this.last.set(id, turn);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      end();
      for (const id of ids) if (this.last.get(id) === turn) this.last.delete(id);
    }
  }
}
