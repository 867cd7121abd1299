import type { ItemRecord } from '../catalog/catalog.api.js';
import type { FusionModel } from '../fusion/fusion.api.js';
import { ChangeLog } from './change-log.js';
import { FieldIndexes } from './field-indexes.js';
import { compileFilter, type Filter, filterText } from './filter.js';
import { Bitset, type ItemSet } from './item-set.js';
import { javascriptKernel, type KernelSource } from './kernel/dot-kernel.js';
import type { LiveItem } from './live-item.js';
import { type Part, VectorTable } from './vector-table.js';

/** Modalities whose single vectors are held in memory, part by part. */
export type PartModality = 'image' | 'text' | 'review' | 'video';
export const partModalities: readonly PartModality[] = ['image', 'text', 'review', 'video'];

const REMEMBERED_FILTERS = 128;
/** Calls that overlap differ by so much at most in what they take for now. */
const LATE_MS = 10_000;
const noKeys: ItemSet = new Bitset();

interface RememberedFilter {
  set: Bitset;
  holds: (item: LiveItem) => boolean;
  /** The recommendable ones of the set, when changes stood at `position`. */
  now: { set: Bitset; position: number } | null;
}

/**
 * The catalogue in memory: items by key and id, the sets that filters and availability give, and the vectors. It holds what
 * `CatalogueFeed` hands it, which follows the database; everything here can be thrown away.
 *
 * Asking is synchronous. `recommendable` costs nothing while no item's hour comes, `matching` a few microseconds for a filter asked before,
 * and well under a millisecond at 100,000 items for a new one (once its fields are indexed).
 */
export class LiveCatalogue {
  readonly #items: (LiveItem | undefined)[] = [];
  readonly #keys = new Map<string, number>();
  readonly #groups = new Map<string, { group: number; keys: number[] }>();
  readonly #groupKeys = new Map<number, readonly number[]>();
  readonly #all = new Bitset();
  readonly #fields: FieldIndexes;
  readonly #remembered = new Map<string, RememberedFilter>();
  readonly #lists = new Map<string, readonly string[]>();
  readonly #words = new Map<string, string>();
  #nextGroup = -1;

  readonly #recommendable = new Bitset();
  readonly #unpublished = new Map<number, number>();
  #asOf = Number.NEGATIVE_INFINITY;
  #nextHour = Number.POSITIVE_INFINITY;
  /** The latest hour of publication that has come. */
  #lastHour = Number.NEGATIVE_INFINITY;

  #fusion: FusionModel | null = null;
  #vectors: VectorTable | null = null;
  readonly #parts = new Map<PartModality, VectorTable>();

  /** Keys of items that came, changed or went, or whose hour came. */
  readonly changes = new ChangeLog();

  constructor(readonly kernel: KernelSource = javascriptKernel) {
    this.#fields = new FieldIndexes({
      all: this.#all,
      keyOf: (id) => this.#keys.get(id),
      each: (visit) => this.#all.each((key) => visit(key, this.#items[key]!)),
    });
  }

  /** Items held. */
  get size(): number {
    return this.#all.count;
  }

  /** The fusion model whose vectors are held: queries are to be projected by this one. */
  get fusionModel(): FusionModel | null {
    return this.#fusion;
  }

  /** Its version. */
  get fusion(): string | null {
    return this.#fusion?.version ?? null;
  }

  byId(id: string): LiveItem | undefined {
    const key = this.#keys.get(id);
    return key === undefined ? undefined : this.#items[key];
  }

  byKey(key: number): LiveItem | undefined {
    return this.#items[key];
  }

  /** All items, ascending by key. */
  *items(): Generator<LiveItem> {
    for (const key of this.#all.keys()) yield this.#items[key]!;
  }

  /** Keys of the variants of one product. */
  variants(group: number): readonly number[] {
    return this.#groupKeys.get(group) ?? (this.#all.has(group) ? [group] : []);
  }

  /** All keys; not to be changed: clone first. */
  all(): Bitset {
    return this.#all;
  }

  /** In stock or to be preordered, and published by `now`. Not to be changed: clone first. */
  recommendable(now: Date): Bitset {
    const time = now.getTime();
    if (time < this.#asOf && time >= this.#lastHour) this.#asOf = time;
    // Who asked a moment before another may be answered after them: that is no step back in time.
    else if (time < this.#asOf && this.#asOf - time <= LATE_MS) return this.#recommendable;
    else if (time < this.#asOf) {
      this.#asOf = time;
      this.#lastHour = Number.NEGATIVE_INFINITY;
      this.changes.noteAll();
      this.#all.each((key) => this.#place(this.#items[key]!));
    } else if (time >= this.#nextHour) {
      this.#asOf = time;
      for (const [key, at] of this.#unpublished) {
        if (at > time) continue;
        this.changes.note(key);
        this.#place(this.#items[key]!);
      }
    } else this.#asOf = time;
    if (time >= this.#nextHour) {
      this.#nextHour = Number.POSITIVE_INFINITY;
      for (const at of this.#unpublished.values()) this.#nextHour = Math.min(this.#nextHour, at);
    }
    return this.#recommendable;
  }

  /** The recommendable items that pass the filter (a fresh set, yours to change), and their share of the recommendable ones. */
  matching(filter: Filter, now: Date): { set: Bitset; selectivity: number } {
    const recommendable = this.recommendable(now);
    if (filter.is === 'all') return { set: recommendable.clone(), selectivity: 1 };
    const text = filterText(filter);
    let known = this.#remembered.get(text);
    if (known) this.#remembered.delete(text);
    else known = { set: this.#fields.matching(filter), holds: compileFilter(filter), now: null };
    this.#remembered.set(text, known);
    if (this.#remembered.size > REMEMBERED_FILTERS) this.#remembered.delete(this.#remembered.keys().next().value!);
    const { position } = this.changes;
    if (known.now?.position !== position) known.now = { set: known.set.clone().intersect(recommendable), position };
    const set = known.now.set.clone();
    return { set, selectivity: recommendable.count === 0 ? 0 : set.count / recommendable.count };
  }

  /** The item's unit fused vector, undefined while it has none. Not to be written to, and good until the item changes. */
  vector(key: number): Float32Array | undefined {
    return this.#vectors?.get(key);
  }

  /** Keys of items that have a fused vector. */
  withVector(): ItemSet {
    return this.#vectors?.present ?? noKeys;
  }

  /** The item's single vectors of one modality in the encoder's space, by ordinal; the pooled one (ordinal 0) where it has no parts. */
  parts(modality: PartModality, key: number): Part[] {
    return this.#parts.get(modality)?.parts(key) ?? [];
  }

  /** Of its readable pictures, in order. */
  pictures(key: number): Float32Array[] {
    return this.parts('image', key).map(({ vector }) => vector);
  }

  /** The vector of picture `ordinal` (from 1). */
  picture(key: number, ordinal: number): Float32Array | undefined {
    return this.#parts.get('image')?.part(key, ordinal);
  }

  /** Of its reviews, newest first. */
  reviews(key: number): Float32Array[] {
    return this.parts('review', key).map(({ vector }) => vector);
  }

  /** Of its title and description, pooled. */
  text(key: number): Float32Array | undefined {
    return this.#parts.get('text')?.get(key);
  }

  /** The tables behind `parts` and `vector`. */
  partTable(modality: PartModality): VectorTable | undefined {
    return this.#parts.get(modality);
  }

  vectorTable(): VectorTable | null {
    return this.#vectors;
  }

  /** Indexes the fields most filters name: a tenth of a second at 100,000 items, once, instead of in somebody's request. */
  prepareFilters(): void {
    this.#fields.prepare();
  }

  /** Takes in a new or changed item. */
  put(record: ItemRecord): void {
    const before = this.#items[record.key];
    if (before) this.#leaveGroup(before);
    if (before && before.id !== record.id) this.#keys.delete(before.id);
    const item = this.#live(record);
    while (this.#items.length < record.key) this.#items.push(undefined);
    this.#items[record.key] = item;
    this.#keys.set(item.id, item.key);
    this.#all.add(item.key);
    this.#place(item);
    this.#changed(item.key, before ?? null, item);
  }

  /** Forgets an item and its vectors; unknown keys are no error. */
  remove(key: number): void {
    const item = this.#items[key];
    this.#vectors?.delete(key);
    for (const table of this.#parts.values()) table.delete(key);
    if (!item) return;
    this.#leaveGroup(item);
    this.#keys.delete(item.id);
    this.#items[key] = undefined;
    this.#all.delete(key);
    this.#recommendable.delete(key);
    this.#unpublished.delete(key);
    this.#changed(key, item, null);
  }

  /** Replaces an item's single vectors of one modality; those of another dimension than the first ever put are left out. */
  putParts(modality: PartModality, key: number, parts: readonly Part[]): void {
    let table = this.#parts.get(modality);
    if (!table) {
      if (parts.length === 0) return;
      table = new VectorTable(parts[0]!.vector.length, 'int8', this.kernel);
      this.#parts.set(modality, table);
    }
    const { dimension } = table;
    const fitting = parts.filter(({ vector }) => vector.length === dimension);
    const single = fitting.filter(({ ordinal }) => ordinal > 0);
    table.put(key, single.length > 0 ? single : fitting);
  }

  /** From now on the vectors are these, of this model. */
  useVectors(model: FusionModel, table: VectorTable): void {
    this.#fusion = model;
    this.#vectors = table;
  }

  /** Drops all single vectors: those of another encoder follow. */
  clearParts(): void {
    this.#parts.clear();
  }

  /** Bytes reserved for vectors, by table. */
  vectorBytes(): Record<string, number> {
    const bytes: Record<string, number> = { fused: this.#vectors?.bytes ?? 0 };
    for (const [modality, table] of this.#parts) bytes[modality] = table.bytes;
    return bytes;
  }

  #live(record: ItemRecord): LiveItem {
    return {
      key: record.key,
      id: record.id,
      groupId: record.groupId,
      group: this.#joinGroup(record),
      title: record.title,
      url: record.url,
      categories: this.#list(record.categories),
      brand: record.brand === null ? null : this.#word(record.brand),
      sku: record.sku,
      price: record.price && { amount: record.price.amount, currency: this.#word(record.price.currency) },
      availability: record.availability,
      tags: this.#list(record.tags),
      attributes: record.attributes,
      publishedAt: record.publishedAt,
      language: record.language === null ? null : this.#word(record.language),
      createdAt: record.createdAt,
      image: record.image,
      pictures: record.pictures
        .filter(({ state, contentHash }) => state === 'ready' && contentHash !== null)
        .map(({ ordinal, contentHash, alt }) => ({ ordinal, contentHash: contentHash!, alt })),
      reviewCount: record.reviewCount,
    };
  }

  #joinGroup({ key, groupId }: ItemRecord): number {
    if (groupId === null) return key;
    let group = this.#groups.get(groupId);
    if (!group) {
      group = { group: this.#nextGroup--, keys: [] };
      this.#groups.set(groupId, group);
      this.#groupKeys.set(group.group, group.keys);
    }
    group.keys.push(key);
    return group.group;
  }

  #leaveGroup({ key, groupId }: LiveItem): void {
    const group = groupId === null ? undefined : this.#groups.get(groupId);
    if (!group) return;
    group.keys.splice(group.keys.indexOf(key), 1);
    if (group.keys.length === 0) {
      this.#groups.delete(groupId!);
      this.#groupKeys.delete(group.group);
    }
  }

  #place(item: LiveItem): void {
    const { key, availability, publishedAt } = item;
    const sold = availability === 'in_stock' || availability === 'preorder';
    const at = publishedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
    if (sold && at > this.#asOf) {
      this.#unpublished.set(key, at);
      this.#nextHour = Math.min(this.#nextHour, at);
      this.#recommendable.delete(key);
      return;
    }
    this.#unpublished.delete(key);
    this.#lastHour = Math.max(this.#lastHour, at);
    if (sold) this.#recommendable.add(key);
    else this.#recommendable.delete(key);
  }

  #changed(key: number, before: LiveItem | null, after: LiveItem | null): void {
    this.changes.note(key);
    this.#fields.changed(key, before, after);
    for (const { set, holds } of this.#remembered.values()) {
      if (after && holds(after)) set.add(key);
      else set.delete(key);
    }
  }

  #word(text: string): string {
    const known = this.#words.get(text);
    if (known !== undefined) return known;
    this.#words.set(text, text);
    return text;
  }

  #list(words: readonly string[]): readonly string[] {
    const text = words.join('\u0000');
    let known = this.#lists.get(text);
    if (!known) {
      known = words.map((word) => this.#word(word));
      this.#lists.set(text, known);
    }
    return known;
  }
}
