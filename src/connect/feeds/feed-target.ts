import type { BatchCounts, BatchLine } from '../../platform/platform.api.js';
import type { RowKind } from '../feed-reader.port.js';
import type { ImportTarget, PictureCounts } from '../import-target.js';

/** Rows of a feed on their way into the shop; what was stored is noted as the feed's own. */
export class FeedTarget implements ImportTarget {
  constructor(
    private readonly shop: ImportTarget,
    private readonly own: (itemIds: readonly string[]) => Promise<void>,
  ) {}

  async take(kind: RowKind, rows: readonly BatchLine[], dryRun: boolean): Promise<BatchCounts> {
    const counts = await this.shop.take(kind, rows, dryRun);
    if (kind !== 'items') return counts;
    const refused = new Set(counts.rejected.map(({ line }) => line));
    const stored = rows.flatMap((row) =>
      'value' in row && !refused.has(row.line) ? [(row.value as { id: string }).id] : [],
    );
    if (stored.length > 0) await this.own(stored);
    return counts;
  }

  /** Nobody waits for the pictures of a feed, and to count them means to go through the whole catalogue. */
  async pictures(): Promise<PictureCounts> {
    return { ok: 0, failed: 0, pending: 0 };
  }

  due(): Promise<number> {
    return this.shop.due();
  }

  report(report: Parameters<ImportTarget['report']>[0]): Promise<void> {
    return this.shop.report(report);
  }
}
