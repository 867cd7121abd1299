import {
  categoryPath,
  type Filter,
  type FilterableItem,
  type FilterBound,
  type FilterField,
  type FilterTest,
  type FilterValue,
  valuesOf,
} from './filter.js';
import { Bitset } from './item-set.js';

/** Where the field indexes find the items they are built from. */
export interface ItemSource {
  /** All items with their keys. */
  each(visit: (key: number, item: FilterableItem) => void): void;
  /** All keys; not to be changed. */
  readonly all: Bitset;
  keyOf(id: string): number | undefined;
}

/** Keys that share a value: a sorted list while they are few, a bitset from one key in 32 on. */
class Posting {
  #list: number[] | null = [];
  #set: Bitset | null = null;

  get isEmpty(): boolean {
    return (this.#list?.length ?? this.#set!.count) === 0;
  }

  add(key: number): void {
    if (this.#set) {
      this.#set.add(key);
      return;
    }
    const list = this.#list!;
    if (list.length === 0 || list[list.length - 1]! < key) list.push(key);
    else {
      const at = lowerBound(list, key);
      if (list[at] !== key) list.splice(at, 0, key);
    }
    if (list.length > 256 && list.length > list[list.length - 1]! / 32) {
      this.#set = Bitset.of(list);
      this.#list = null;
    }
  }

  delete(key: number): void {
    if (this.#set) {
      this.#set.delete(key);
      return;
    }
    const list = this.#list!;
    const at = lowerBound(list, key);
    if (list[at] === key) list.splice(at, 1);
  }

  addTo(into: Bitset): void {
    if (this.#set) into.union(this.#set);
    else for (const key of this.#list!) into.add(key);
  }
}

const lowerBound = (list: readonly number[], key: number): number => {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Postings by value. `termsOf` gives an item's values. */
class TermIndex {
  readonly #postings = new Map<FilterValue, Posting>();
  readonly #having = new Bitset();

  constructor(private readonly termsOf: (item: FilterableItem) => Iterable<FilterValue>) {}

  add(key: number, item: FilterableItem): void {
    for (const term of this.termsOf(item)) {
      this.#having.add(key);
      let posting = this.#postings.get(term);
      if (!posting) {
        posting = new Posting();
        this.#postings.set(term, posting);
      }
      posting.add(key);
    }
  }

  delete(key: number, item: FilterableItem): void {
    this.#having.delete(key);
    for (const term of this.termsOf(item)) {
      const posting = this.#postings.get(term);
      posting?.delete(key);
      if (posting?.isEmpty) this.#postings.delete(term);
    }
  }

  having(): Bitset {
    return this.#having.clone();
  }

  withAny(terms: readonly FilterValue[]): Bitset {
    const found = new Bitset();
    for (const term of terms) this.#postings.get(term)?.addTo(found);
    return found;
  }
}

/** One number a key, for ranges. Fields of several values hold no numbers, so one is enough. */
class NumberColumn {
  #values = new Float64Array(0);
  #end = 0;

  constructor(private readonly field: FilterField) {}

  add(key: number, item: FilterableItem): void {
    if (key >= this.#values.length) {
      const grown = new Float64Array(Math.max(key + 1, Math.ceil(this.#values.length * 1.5), 1_024)).fill(Number.NaN);
      grown.set(this.#values);
      this.#values = grown;
    }
    const value = valuesOf(item, this.field).find((each) => typeof each === 'number');
    this.#values[key] = typeof value === 'number' ? value : Number.NaN;
    this.#end = Math.max(this.#end, key + 1);
  }

  delete(key: number): void {
    if (key < this.#values.length) this.#values[key] = Number.NaN;
  }

  within(low: FilterBound | null, high: FilterBound | null): Bitset {
    const values = this.#values;
    // A comparison with NaN fails, so keys without a number fall out by themselves.
    const from = low?.value ?? Number.NEGATIVE_INFINITY;
    const to = high?.value ?? Number.POSITIVE_INFINITY;
    const openLow = low?.open ?? false;
    const openHigh = high?.open ?? false;
    const words = new Uint32Array((this.#end + 31) >>> 5);
    for (let key = 0; key < this.#end; key++) {
      const value = values[key]!;
      if ((openLow ? value > from : value >= from) && (openHigh ? value < to : value <= to))
        words[key >>> 5]! |= 1 << (key & 31);
    }
    return Bitset.adopting(words);
  }
}

interface FieldIndex {
  add(key: number, item: FilterableItem): void;
  delete(key: number, item: FilterableItem): void;
}

function* pathPrefixes(item: FilterableItem): Generator<string> {
  for (const category of item.categories) {
    const path = categoryPath(category);
    yield path;
    for (let at = path.lastIndexOf(' > '); at > 0; at = path.lastIndexOf(' > ', at - 1)) yield path.slice(0, at);
  }
}

/**
 * Filters answered by sets instead of item by item. The index of a field is built when a filter first asks for it (one pass over the
 * catalogue) and kept true from then on; what nobody filters by costs nothing.
 */
export class FieldIndexes {
  readonly #terms = new Map<string, TermIndex>();
  readonly #columns = new Map<string, NumberColumn>();

  constructor(private readonly source: ItemSource) {}

  /** A key now stands for another item; null for none. */
  changed(key: number, before: FilterableItem | null, after: FilterableItem | null): void {
    for (const index of this.#built()) {
      if (before) index.delete(key, before);
      if (after) index.add(key, after);
    }
  }

  /** Exactly the keys whose items pass; a fresh set. */
  matching(filter: Filter): Bitset {
    switch (filter.is) {
      case 'all':
        return this.source.all.clone();
      case 'none':
        return new Bitset();
      case 'and': {
        // The first test that is not a negation starts, so that negations only ever take away.
        const [start, ...rest] = [...filter.parts].sort((a, b) => Number(a.is === 'not') - Number(b.is === 'not'));
        const found = this.matching(start!);
        for (const part of rest) {
          if (found.count === 0) break;
          if (part.is === 'not') found.subtract(this.#test(part.part));
          else found.intersect(this.matching(part));
        }
        return found;
      }
      case 'or': {
        const found = new Bitset();
        for (const part of filter.parts) found.union(this.matching(part));
        return found;
      }
      case 'not':
        return this.source.all.clone().subtract(this.#test(filter.part));
      default:
        return this.#test(filter);
    }
  }

  #test(test: FilterTest): Bitset {
    if (test.field === 'id' && test.is !== 'range') return this.#ids(test);
    switch (test.is) {
      case 'equals':
        return this.#term(test.field).withAny(test.values);
      case 'exists':
        return this.#term(test.field).having();
      case 'under':
        return this.#term('category/').withAny([test.path]);
      case 'range':
        return this.#column(test.field).within(test.low, test.high);
    }
  }

  /** Ids are looked up, not indexed a second time. */
  #ids(test: FilterTest): Bitset {
    if (test.is !== 'equals') return this.source.all.clone();
    return Bitset.of(test.values.flatMap((id) => this.source.keyOf(String(id)) ?? []));
  }

  /** Indexes the fields most filters name, so that no request waits for it. */
  prepare(): void {
    for (const name of ['brand', 'category', 'category/', 'availability', 'tags'] as const) this.#term(name);
    this.#column('price');
  }

  #column(field: FilterField): NumberColumn {
    let column = this.#columns.get(field);
    if (!column) {
      column = this.#fill(new NumberColumn(field));
      this.#columns.set(field, column);
    }
    return column;
  }

  #term(name: FilterField | 'category/'): TermIndex {
    let index = this.#terms.get(name);
    if (!index) {
      index = this.#fill(new TermIndex(name === 'category/' ? pathPrefixes : (item) => valuesOf(item, name)));
      this.#terms.set(name, index);
    }
    return index;
  }

  #fill<T extends FieldIndex>(index: T): T {
    this.source.each((key, item) => index.add(key, item));
    return index;
  }

  *#built(): Generator<FieldIndex> {
    yield* this.#terms.values();
    yield* this.#columns.values();
  }
}
