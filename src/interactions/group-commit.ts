/** What one submitter waits for. */
interface Waiting<Row, Answer> {
  rows: readonly Row[];
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers small writes that arrive together into one, so that a thousand single posts cost a few transactions. Whoever submits is
 * answered after the write that holds their rows has committed. One write at a time; the first waits `windowMs`, later ones
 * form while the one before runs.
 */
export class GroupCommit<Row, Answer> {
  private waiting: Waiting<Row, Answer>[] = [];
  private running: Promise<void> | null = null;

  /**
   * @param write commits all submissions at once and returns one answer for each, in order
   * @param windowMs how long the first submission waits for company
   * @param mostRows rows of one write, unless a single submission has more
   */
  constructor(
    private readonly write: (submissions: readonly (readonly Row[])[]) => Promise<Answer[]>,
    private readonly windowMs: number,
    private readonly mostRows: number,
  ) {}

  submit(rows: readonly Row[]): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ rows, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Resolves when everything submitted so far has been answered. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async drain(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.windowMs));
    while (this.waiting.length > 0) {
      const group = this.take();
      try {
        const answers = await this.write(group.map(({ rows }) => rows));
        for (const [index, { resolve }] of group.entries()) resolve(answers[index]!);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.running = null;
  }

  private take(): Waiting<Row, Answer>[] {
    let rows = 0;
    let count = 0;
    while (count < this.waiting.length && (count === 0 || rows + this.waiting[count]!.rows.length <= this.mostRows)) {
      rows += this.waiting[count]!.rows.length;
      count++;
    }
    return this.waiting.splice(0, count);
  }
}
