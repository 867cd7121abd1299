import { LRUCache } from 'lru-cache';
import type { OutboxEntry } from '../platform/outbox/outbox.port.js';
import type { Person } from '../platform/privacy/personal-data-holder.port.js';

/** A person as the outbox names one. */
export const subjectOf = (person: Person): string => `${person.kind}:${person.id}`;

interface Kept<V> {
  subjects: readonly string[];
  value: V;
}

/**
 * Remembers something read about people until one of them changes. A read that is under way when its person changes is handed to whoever
 * asked before the change, but never remembered.
 */
export class PeopleCache<V> {
  private readonly kept: LRUCache<string, Kept<V>>;
  private readonly keysBySubject = new Map<string, Set<string>>();
  private readonly underWay = new Map<string, { subjects: ReadonlySet<string>; stale: boolean; value: Promise<V> }>();

  constructor(max: number) {
    this.kept = new LRUCache({ max, dispose: (kept, key) => this.forget(key, kept.subjects) });
  }

  /** What is remembered under `key`, else what `read` gives. `subjects` names everybody whose change makes it untrue. */
  async get(key: string, subjects: readonly string[], read: () => Promise<V>): Promise<V> {
    const kept = this.kept.get(key);
    if (kept) return kept.value;
    const running = this.underWay.get(key);
    if (running && !running.stale) return running.value;
    const entry = { subjects: new Set(subjects), stale: false, value: read() };
    this.underWay.set(key, entry);
    try {
      const value = await entry.value;
      if (!entry.stale) this.remember(key, subjects, value);
      return value;
    } finally {
      if (this.underWay.get(key) === entry) this.underWay.delete(key);
    }
  }

  /**
   * These people changed: drops whatever is remembered about them. `after` may give instead what is true of one person alone now; null if it
   * can't say.
   */
  drop(entries: readonly OutboxEntry[], after?: (value: V, entry: OutboxEntry) => V | null): void {
    const subjects = new Set(entries.map(({ subject }) => subject));
    for (const entry of this.underWay.values()) {
      for (const subject of entry.subjects) if (subjects.has(subject)) entry.stale = true;
    }
    for (const entry of entries) {
      for (const key of [...(this.keysBySubject.get(entry.subject) ?? [])]) {
        const kept = this.kept.peek(key)!;
        const value = kept.subjects.length === 1 ? (after?.(kept.value, entry) ?? null) : null;
        if (value === null) this.kept.delete(key);
        else this.remember(key, kept.subjects, value);
      }
    }
  }

  private remember(key: string, subjects: readonly string[], value: V): void {
    this.kept.set(key, { subjects, value });
    for (const subject of subjects) {
      const keys = this.keysBySubject.get(subject);
      if (keys) keys.add(key);
      else this.keysBySubject.set(subject, new Set([key]));
    }
  }

  private forget(key: string, subjects: readonly string[]): void {
    for (const subject of subjects) {
      const keys = this.keysBySubject.get(subject);
      keys?.delete(key);
      if (keys?.size === 0) this.keysBySubject.delete(subject);
    }
  }
}
