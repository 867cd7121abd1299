import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { bytesOfPicture, type Catalog, type ImportReported } from '../catalog/catalog.api.js';
import type { EventsService } from '../interactions/interactions.api.js';
import { type BatchCounts, type BatchLine, Problem } from '../platform/platform.api.js';
import type { RowKind } from './feed-reader.port.js';
import type { IdSet } from './id-set.js';

/** How the pictures of imported items came out. */
export interface PictureCounts {
  ok: number;
  failed: number;
  pending: number;
}

/** Where imported rows go. */
export interface ImportTarget {
  /** Stores rows of one kind; lines of the answer are the lines given. */
  take(kind: RowKind, rows: readonly BatchLine[], dryRun: boolean): Promise<BatchCounts>;
  /** States of all pictures of these items. */
  pictures(itemIds: Pick<IdSet, 'has'>): Promise<PictureCounts>;
  /** Items that wait to be embedded. */
  due(): Promise<number>;
  /** Tells the people who run the shop how far this import is. */
  report(report: ImportReported): Promise<void>;
}

const stream = async function* (rows: readonly BatchLine[]): AsyncGenerator<BatchLine> {
  yield* rows;
};

/** Rows go straight into the database that this process has open. */
export class LocalTarget implements ImportTarget {
  constructor(
    private readonly catalog: Catalog,
    private readonly events: Pick<EventsService, 'importRows'>,
    private readonly imagesDir: string | undefined,
    private readonly id: string = randomUUID(),
  ) {}

  take(kind: RowKind, rows: readonly BatchLine[], dryRun: boolean): Promise<BatchCounts> {
    if (kind === 'items')
      return this.catalog.items.importRows(stream(rows), { dryRun, files: true, imagesDir: this.imagesDir });
    if (kind === 'reviews') return this.catalog.reviews.importRows(stream(rows), { dryRun });
    return this.events.importRows(stream(rows), { dryRun });
  }

  async pictures(itemIds: Pick<IdSet, 'has'>): Promise<PictureCounts> {
    const counts: PictureCounts = { ok: 0, failed: 0, pending: 0 };
    for (let after: number | null = 0; after !== null; ) {
      const page: Awaited<ReturnType<Catalog['items']['listItems']>> = await this.catalog.items.listItems(after, 500);
      count(page.items, itemIds, counts);
      after = page.lastKey;
    }
    return counts;
  }

  due(): Promise<number> {
    return this.catalog.ledger.countDue();
  }

  report(report: ImportReported): Promise<void> {
    return this.catalog.imports.record(this.id, report);
  }
}

interface ListedItem {
  id: string;
  images: { state: 'pending' | 'ready' | 'failed' }[];
}

const count = (
  items: readonly Pick<ListedItem, 'id' | 'images'>[],
  itemIds: Pick<IdSet, 'has'>,
  into: PictureCounts,
): void => {
  for (const { id, images } of items) {
    if (itemIds.has(id)) for (const { state } of images) into[state === 'ready' ? 'ok' : state]++;
  }
};

/** Rows go over HTTP to the Vitrine that owns the data folder; pictures in files are sent along as data. */
export class HttpTarget implements ImportTarget {
  private readonly id = randomUUID();

  constructor(
    private readonly owner: { url: string; token: string },
    private readonly imagesDir: string | undefined,
  ) {}

  async take(kind: RowKind, rows: readonly BatchLine[], dryRun: boolean): Promise<BatchCounts> {
    const good = rows.filter((row) => 'value' in row);
    const values =
      kind === 'items' ? await this.withBytes(good.map(({ value }) => value)) : good.map(({ value }) => value);
    const body = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    const answer = await this.call<BatchCounts>('POST', `/v1/${kind}/batch?dryRun=${dryRun}&importId=${this.id}`, body);
    // The batch counts its own lines.
    return { ...answer, rejected: answer.rejected.map((row) => ({ ...row, line: good[row.line - 1]!.line })) };
  }

  async pictures(itemIds: Pick<IdSet, 'has'>): Promise<PictureCounts> {
    const counts: PictureCounts = { ok: 0, failed: 0, pending: 0 };
    for await (const items of this.pages()) count(items, itemIds, counts);
    return counts;
  }

  async due(): Promise<number> {
    return (await this.call<{ due: number }>('GET', '/v1/admin/imports')).due;
  }

  async report(report: ImportReported): Promise<void> {
    await this.call('PUT', `/v1/admin/imports/${this.id}`, JSON.stringify(report), 'application/json');
  }

  private async *pages(): AsyncGenerator<ListedItem[]> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: { items: ListedItem[]; cursor: string | null } = await this.call(
        'GET',
        `/v1/items?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      yield page.items;
      cursor = page.cursor;
    }
  }

  private async withBytes(items: readonly unknown[]): Promise<unknown[]> {
    const limit = pLimit(8);
    return Promise.all(items.map((item) => limit(() => this.itemWithBytes(item))));
  }

  private async itemWithBytes(item: unknown): Promise<unknown> {
    const images = (item as { images?: unknown } | null)?.images;
    if (!Array.isArray(images)) return item;
    return { ...(item as object), images: await Promise.all(images.map((image) => this.pictureWithBytes(image))) };
  }

  /** A file that cannot be read becomes data that cannot be decoded, so that the item is accepted and its problem says why. */
  private async pictureWithBytes(image: unknown): Promise<unknown> {
    const { file, ...rest } = (image ?? {}) as { file?: unknown };
    if (typeof file !== 'string') return image;
    const taken = await bytesOfPicture(file, this.imagesDir);
    return { ...rest, data: 'bytes' in taken ? taken.bytes.toString('base64') : `(${taken.problem.detail})` };
  }

  private async call<T>(method: string, path: string, body?: string, type = 'application/x-ndjson'): Promise<T> {
    const response = await fetch(this.owner.url + path, {
      method,
      body,
      headers: {
        authorization: `Bearer ${this.owner.token}`,
        ...(body === undefined ? {} : { 'content-type': type }),
      },
    });
    const answer = (await response.json()) as T & { detail?: string };
    if (response.ok) return answer;
    throw new Problem({
      code: 'VIT_IMPORT_REFUSED',
      status: response.status,
      fault: 'shop',
      title: 'The running Vitrine refused the rows',
      detail: `${method} ${path} was answered ${response.status}: ${answer.detail ?? 'no reason given'}`,
    });
  }
}
