import { setImmediate as breathe } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { sql } from 'kysely';
import { CatalogReader } from '../catalog/catalog.api.js';
import { GemmEngine } from '../maths/onnx-gemm.js';
import { CLOCK, type Clock, DATABASE, type Database, LOGGER, type Logger, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { ActiveBehaviour, type BehaviourModel, type ScoredItem } from './active-behaviour.port.js';
import { EVENT_WEIGHTS, EventMemory, type RememberedEvent } from './event-memory.js';
import { readBehaviour, serveBehaviour } from './served-behaviour.js';

const MEMORY_DAYS = 90;
const MOST_EVENTS = 200_000;
const EVENTS_A_PERSON = 300;
const ROWS_AT_ONCE = 5000;
const DAY_MS = 86_400_000;

interface Row {
  key: number;
  type: string;
  user_id: string | null;
  visitor_id: string | null;
  session_id: string | null;
  item_ids: string[];
  at: Date;
}

/**
 * The live behaviour model and the events of the last 90 days in memory (at most 200,000, newest first). A person's events are read again when that person is
 * heard of, so that what is erased is forgotten too; what is derived is made anew behind the scenes, at most once a second and never for more than a twentieth of the time.
 */
@Injectable()
export class LiveBehaviour extends ActiveBehaviour implements OnModuleInit, OnApplicationShutdown {
  private model: BehaviourModel | null = null;
  private memory: EventMemory;
  private readonly people = new Map<string, readonly RememberedEvent[]>();
  private readonly dirty = new Set<string>();
  private readonly keyOf = new Map<string, number>();
  private readonly engine = new GemmEngine(1);
  private readonly unfollow: (() => void)[];
  private timer: NodeJS.Timeout | null = null;
  private tookMs = 0;
  private stopped = false;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly catalogue: CatalogReader,
  ) {
    super();
    this.memory = new EventMemory([], 0);
    this.unfollow = [
      outbox.follow('person', (entries) => {
        for (const { subject } of entries) this.dirty.add(subject);
        this.schedule();
      }),
      outbox.follow('model', async (entries) => {
        if (entries.some(({ subject }) => subject === 'behaviour')) await this.loadModel();
      }),
    ];
  }

  async onModuleInit(): Promise<void> {
    await this.loadModel();
    await this.loadEvents();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    for (const stop of this.unfollow) stop();
  }

  current(): BehaviourModel | null {
    return this.model;
  }

  together(keys: readonly number[]): Map<number, number> {
    return this.memory.together(keys);
  }

  session(keys: readonly number[]): Map<number, number> {
    return this.memory.session(keys);
  }

  popular(_now: Date): readonly ScoredItem[] {
    return this.memory.popular();
  }

  support(key: number): number {
    return this.memory.support(key);
  }

  /** Resolves when everything heard so far has been taken in (for tests and for the first start). */
  async settled(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.refresh();
  }

  private async loadModel(): Promise<void> {
    const row = await this.database.query.selectFrom('models').select(['version', 'parameters', 'artefact']).where('kind', '=', 'behaviour').where('state', '=', 'live').executeTakeFirst();
    this.model = row?.artefact ? await serveBehaviour(row.version, readBehaviour(row.version, row.parameters, row.artefact), this.engine) : null;
  }

  private async loadEvents(): Promise<void> {
    const since = new Date(this.clock.now().getTime() - MEMORY_DAYS * DAY_MS);
    const found = new Map<string, RememberedEvent[]>();
    let before = Number.MAX_SAFE_INTEGER;
    for (let read = 0; read < MOST_EVENTS; ) {
      const rows = (await this.rows().where('key', '<', before).where('at', '>', since).orderBy('key', 'desc').limit(ROWS_AT_ONCE).execute()) as Row[];
      if (rows.length === 0) break;
      before = rows[rows.length - 1]!.key;
      read += rows.length;
      await this.learnKeys(rows);
      for (const row of rows) {
        const subject = subjectOf(row);
        if (!subject) continue;
        const list = found.get(subject) ?? [];
        list.push(this.remember(row));
        found.set(subject, list);
      }
      await breathe();
    }
    for (const [subject, list] of found) this.people.set(subject, list.sort((a, b) => a.at - b.at).slice(-EVENTS_A_PERSON));
    this.rebuild();
  }

  private rows() {
    return this.database.query.selectFrom('events').select(['key', 'type', 'user_id', 'visitor_id', 'session_id', 'item_ids', 'at']).where('type', 'in', Object.keys(EVENT_WEIGHTS));
  }

  private async learnKeys(rows: readonly Row[]): Promise<void> {
    const unknown = new Set(rows.flatMap((r) => r.item_ids).filter((id) => !this.keyOf.has(id)));
    if (unknown.size === 0) return;
    for (const [id, key] of await this.catalogue.keysOf(unknown)) this.keyOf.set(id, key);
  }

  private remember(row: Row): RememberedEvent {
    const keys = row.item_ids.map((id) => this.keyOf.get(id)).filter((key): key is number => key !== undefined);
    return { type: row.type, keys, at: row.at.getTime(), sessionId: row.session_id };
  }

  private schedule(): void {
    if (this.timer || this.stopped) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.refresh().catch((error: unknown) => this.logger.warn({ error }, 'recent behaviour could not be refreshed; it is tried again at the next event'));
    }, Math.max(1000, 20 * this.tookMs));
    this.timer.unref();
  }

  private async refresh(): Promise<void> {
    const subjects = [...this.dirty];
    this.dirty.clear();
    const since = new Date(this.clock.now().getTime() - MEMORY_DAYS * DAY_MS);
    for (let from = 0; from < subjects.length; from += 200) {
      const part = subjects.slice(from, from + 200);
      const ids = (kind: string): string[] => part.filter((s) => s.startsWith(kind)).map((s) => s.slice(kind.length));
      const rows = (await this.rows()
        .where('at', '>', since)
        .where((where) => where.or([sql<boolean>`user_id = any(${ids('user:')}::text[])`, sql<boolean>`visitor_id = any(${ids('visitor:')}::text[])`]))
        .orderBy('at', 'desc')
        .limit(part.length * EVENTS_A_PERSON)
        .execute()) as Row[];
      await this.learnKeys(rows);
      const found = new Map<string, RememberedEvent[]>(part.map((s) => [s, []]));
      for (const row of rows) found.get(subjectOf(row) ?? '')?.push(this.remember(row));
      for (const [subject, list] of found) {
        if (list.length === 0) this.people.delete(subject);
        else this.people.set(subject, list.reverse().slice(-EVENTS_A_PERSON));
      }
    }
    this.rebuild();
    if (this.dirty.size > 0) this.schedule();
  }

  private rebuild(): void {
    const started = performance.now();
    this.memory = new EventMemory(this.people.values(), this.clock.now().getTime());
    this.tookMs = performance.now() - started;
  }
}

const subjectOf = (row: Row): string | null => (row.user_id !== null ? `user:${row.user_id}` : row.visitor_id !== null ? `visitor:${row.visitor_id}` : null);
