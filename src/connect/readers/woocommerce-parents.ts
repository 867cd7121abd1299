import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';

/** Where something lies on the shelf. */
interface Place {
  at: number;
  bytes: number;
}

/** Things laid aside in a file of their own while a table streams by, so that only their places are in memory. The file goes with `close`. */
export class Shelf<T> {
  private readonly folder = mkdtempSync(join(tmpdir(), 'vitrine-import-'));
  private readonly file = openSync(join(this.folder, 'shelf'), 'w+', 0o600);
  private readonly recent = new LRUCache<number, { value: T }>({ max: 200 });
  private end = 0;

  /** Lays a value down, as JSON. */
  put(value: T): Place {
    const bytes = Buffer.from(JSON.stringify(value));
    writeSync(this.file, bytes, 0, bytes.length, this.end);
    const place = { at: this.end, bytes: bytes.length };
    this.end += bytes.length;
    return place;
  }

  get({ at, bytes }: Place): T {
    const known = this.recent.get(at);
    if (known) return known.value;
    const buffer = Buffer.alloc(bytes);
    readSync(this.file, buffer, 0, bytes, at);
    const value = JSON.parse(buffer.toString('utf8')) as T;
    this.recent.set(at, { value });
    return value;
  }

  close(): void {
    closeSync(this.file);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A row laid aside: what it became and the line it stands on. */
export interface ShelvedRow {
  line: number;
  item: Record<string, unknown>;
}

interface Parent extends Place {
  hasVariations: boolean;
}

/** The variable products of a WooCommerce export, for variations anywhere after them, and the variations that came before theirs. */
export class WooCommerceParents {
  private readonly shelf = new Shelf<ShelvedRow>();
  private readonly parents = new Map<string, Parent>();
  private readonly early: { place: Place; parent: string }[] = [];

  /** @param names what a variation's `Parent` may say: `id:12`, or the SKU */
  add(names: readonly string[], row: ShelvedRow): void {
    const parent: Parent = { ...this.shelf.put(row), hasVariations: false };
    for (const name of names) this.parents.set(name, parent);
  }

  /** The product that a variation belongs to, which then has one; undefined when it hasn't come yet. */
  of(name: string): Record<string, unknown> | undefined {
    const parent = this.parents.get(name);
    if (!parent) return undefined;
    parent.hasVariations = true;
    return this.shelf.get(parent).item;
  }

  /** Keeps a variation whose parent hasn't come yet. */
  wait(parent: string, row: ShelvedRow): void {
    this.early.push({ place: this.shelf.put(row), parent });
  }

  /** Variations that came before their parent, or that have none. */
  *waiting(): Generator<ShelvedRow & { parent: string }> {
    for (const { place, parent } of this.early) yield { ...this.shelf.get(place), parent };
  }

  /** Variable products that no variation stands for. */
  *alone(): Generator<ShelvedRow> {
    for (const parent of new Set(this.parents.values())) if (!parent.hasVariations) yield this.shelf.get(parent);
  }

  close(): void {
    this.shelf.close();
  }
}
