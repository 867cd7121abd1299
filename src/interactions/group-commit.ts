/** What one submitter waits for. */
interface Waiting<Row, Answer> {
  rows: readonly Row[];
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** Where more came during a write, so many times as long as it took, and at most so long, is waited before the next. */
const REST = 4;
const LONGEST_REST_MS = 100;

/**
 * Gathers small writes that arrive together into one, so that a thousand single posts cost a few transactions. Whoever submits is
 * answered after the write that holds their rows has committed. One write at a time; one that is not full waits `windowMs` for
 * company; where more came while one was written, the next waits several times as long as that took, so that a busy machine writes rarely, and much at once.
 */
export class GroupCommit<Row, Answer> {
  private waiting: Waiting<Row, Answer>[] = [];
  private running: Promise<void> | null = null;

  /**
   * @param write commits all submissions at once and returns one answer for each, in order
   * @param windowMs how long a write waits for company
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
    let waitMs = this.windowMs;
    while (this.waiting.length > 0) {
      if (this.rowsWaiting < this.mostRows) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const group = this.take();
      const from = performance.now();
      try {
        const answers = await this.write(group.map(({ rows }) => rows));
        for (const [index, { resolve }] of group.entries()) resolve(answers[index]!);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
      waitMs = Math.max(this.windowMs, Math.min(LONGEST_REST_MS, REST * (performance.now() - from)));
    }
    this.running = null;
  }

  private get rowsWaiting(): number {
    return this.waiting.reduce((sum, { rows }) => sum + rows.length, 0);
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
