import type { ImportReported } from '../catalog/catalog.api.js';
import type { ImportReport } from './import-files.js';
import type { ImportTarget } from './import-target.js';

const EVERY_MS = 1_000;

/** Keeps the shop's record of one import: written when it begins, about every second, and when it ends or fails. A dry run leaves none. */
export class ImportRecord {
  private readonly startedAt = new Date().toISOString();
  private last = 0;
  private latest: ImportReport | null = null;

  constructor(
    private readonly target: Pick<ImportTarget, 'report'>,
    private readonly files: readonly string[],
    private readonly dryRun: boolean,
  ) {}

  /** Notes how far it is. */
  async tell(report: ImportReport): Promise<void> {
    this.latest = report;
    if (this.dryRun || Date.now() - this.last < EVERY_MS) return;
    this.last = Date.now();
    await this.target.report(this.reported('running'));
  }

  /** Waits for the import and notes how it ended; what it throws is thrown on. */
  async of<T extends { report: ImportReport; message?: string }>(work: Promise<T>): Promise<T> {
    try {
      const done = await work;
      this.latest = done.report;
      if (!this.dryRun) await this.target.report(this.reported('done', done.message));
      return done;
    } catch (error) {
      // Why the import failed matters more than that the note of it could not be written.
      if (!this.dryRun)
        await this.target.report(this.reported('failed', (error as Error).message)).catch(() => undefined);
      throw error;
    }
  }

  private reported(state: ImportReported['state'], message?: string): ImportReported {
    const report = this.latest;
    const kinds = report
      ? (['items', 'reviews', 'events'] as const).filter((kind) => (kind === 'items' ? report.variants : report[kind]))
      : [];
    return {
      state,
      source: this.files
        .map((file) => (file === '-' ? 'standard input' : file))
        .join(', ')
        .slice(0, 2_000),
      kind: kinds.length === 1 ? kinds[0]! : kinds.length === 0 ? 'items' : 'mixed',
      format: report?.format.slice(0, 100),
      read: report?.read ?? 0,
      accepted: report?.accepted ?? 0,
      unchanged: report?.unchanged ?? 0,
      ignored: report?.ignored ?? 0,
      rejected: report?.rejected ?? [],
      rejectedCount: report?.rejectedCount ?? 0,
      message: message?.slice(0, 2_000),
      startedAt: this.startedAt,
    };
  }
}
