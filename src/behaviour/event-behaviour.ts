import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CatalogReader } from '../catalog/catalog.api.js';
import { GemmEngine } from '../maths/onnx-gemm.js';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  LOGGER,
  type Logger,
  OUTBOX,
  type Outbox,
} from '../platform/platform.api.js';
import { ActiveBehaviour, type BehaviourModel, type ScoredItem } from './active-behaviour.port.js';
import { EventMemory, type RememberedEvent } from './event-memory.js';
import { DEFAULT_TUNING, type MemoryTuning, readTuning } from './memory-tuning.js';
import { readBehaviour, serveBehaviour } from './served-behaviour.js';
import { decodeItemWeights, SparseItemModel } from './sparse-item-model.js';

const WINDOW_DAYS = 90;
const PAGE = 2_000;
/** Refreshes follow each other at least this far apart, however fast events come. */
const LEAST_PAUSE_MS = 300;
/** A large shop shows a pair only when this many distinct people bought it; a small one has to do with two. */
const LEAST_PEOPLE = 3;
const SMALL_SHOP_PEOPLE = 500;
/** Erasure and withdrawn consent take events away: the memory is then built anew, at most this often. */
const REBUILD_MS = 5 * 60_000;

interface Row {
  key: number;
  type: string;
  user_id: string | null;
  visitor_id: string | null;
  session_id: string | null;
  item_ids: string[];
  value: number | null;
  at: Date;
}

interface StoredModel {
  version: string;
  parameters: Record<string, unknown>;
  artefact: Buffer | null;
}

/** `ActiveBehaviour` over the events table: read in pages at start, then followed; the live behaviour model comes from the registry. */
@Injectable()
export class EventBehaviour extends ActiveBehaviour implements OnModuleInit, OnApplicationShutdown {
  private memory: EventMemory;
  private tuning: MemoryTuning = DEFAULT_TUNING;
  private model: BehaviourModel | null = null;
  private readonly prepared = new Map<string, BehaviourModel>();
  private lastKey = 0;
  private people = new Set<string>();
  private readonly keyOf = new Map<string, number>();
  private readonly waiting = new Map<string, RememberedEvent[]>();
  private refreshing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private rebuildTimer: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly engine = new GemmEngine(1);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly catalog: CatalogReader,
  ) {
    super();
    this.memory = new EventMemory(this.clock.now().getTime());
  }

  async onModuleInit(): Promise<void> {
    this.outbox.follow('person', () => this.refreshSoon());
    this.outbox.follow('events', () => this.refreshSoon());
    this.outbox.follow('item', () => this.refreshSoon());
    this.outbox.follow('model', (entries) =>
      entries.some(({ subject }) => subject === 'behaviour') ? this.loadModel() : undefined,
    );
    await this.loadModel();
    await this.refresh();
    this.rebuildTimer = setInterval(() => void this.rebuildIfErased(), REBUILD_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    clearInterval(this.rebuildTimer);
    await this.refreshing;
  }

  current(): BehaviourModel | null {
    return this.model;
  }

  byVersion(version: string): BehaviourModel | null {
    return this.model?.version === version ? this.model : (this.prepared.get(version) ?? null);
  }

  async prepare(versions: readonly string[]): Promise<void> {
    for (const version of this.prepared.keys()) if (!versions.includes(version)) this.prepared.delete(version);
    for (const version of versions) {
      if (this.prepared.has(version)) continue;
      const model = await this.open(await this.row('version', version));
      if (model) this.prepared.set(version, model);
    }
  }

  together(keys: readonly number[]): Map<number, number> {
    return this.memory.together(keys, this.people.size < SMALL_SHOP_PEOPLE ? 2 : LEAST_PEOPLE);
  }

  session(keys: readonly number[]): Map<number, number> {
    return this.memory.session(keys);
  }

  popular(): readonly ScoredItem[] {
    return this.memory.popular();
  }

  support(key: number): number {
    return this.memory.support(key);
  }

  private async loadModel(): Promise<void> {
    const row = await this.row('state', 'live');
    this.model = await this.open(row);
    this.tuning = readTuning(row?.parameters);
    this.memory.tune(this.tuning);
  }

  private row(column: 'state' | 'version', value: string): Promise<StoredModel | undefined> {
    return this.database.query
      .selectFrom('models')
      .select(['version', 'parameters', 'artefact'])
      .where('kind', '=', 'behaviour')
      .where(column, '=', value as never)
      .executeTakeFirst();
  }

  private async open(row: StoredModel | undefined): Promise<BehaviourModel | null> {
    if (!row?.artefact) return null;
    try {
      const { version, parameters, artefact } = row;
      return parameters.format === 'behaviour/1'
        ? await serveBehaviour(version, readBehaviour(version, parameters, artefact), this.engine)
        : new SparseItemModel(version, decodeItemWeights(artefact));
    } catch (error) {
      this.logger.error({ err: error, version: row.version }, 'a behaviour model cannot be read; serving without it');
      return null;
    }
  }

  private refreshSoon(): void {
    if (this.stopped) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.refresh();
    }, LEAST_PAUSE_MS).unref();
  }

  private refresh(): Promise<void> {
    this.refreshing ??= this.readOn()
      .catch((error: unknown) =>
        this.logger.warn({ err: error }, 'events could not be read; trying again with the next ones'),
      )
      .finally(() => {
        this.refreshing = undefined;
      });
    return this.refreshing;
  }

  /** Pages are read one by one, so that requests go between them. */
  private async readOn(): Promise<void> {
    const since = new Date(this.clock.now().getTime() - WINDOW_DAYS * 86_400_000);
    for (;;) {
      const rows: Row[] = await this.database.query
        .selectFrom('events')
        .select(['key', 'type', 'user_id', 'visitor_id', 'session_id', 'item_ids', 'value', 'at'])
        .where('key', '>', this.lastKey)
        .where('at', '>', since)
        .orderBy('key')
        .limit(PAGE)
        .execute();
      await this.resolve(rows.flatMap(({ item_ids }) => item_ids));
      for (const row of rows) this.take(row);
      this.lastKey = rows.at(-1)?.key ?? this.lastKey;
      if (rows.length < PAGE || this.stopped) return;
    }
  }

  /** Keys of ids met for the first time, and of those that waited for their item. */
  private async resolve(ids: readonly string[]): Promise<void> {
    const unknown = [...new Set([...ids, ...this.waiting.keys()])].filter((id) => !this.keyOf.has(id));
    for (let start = 0; start < unknown.length; start += PAGE)
      for (const [id, key] of await this.catalog.keysOf(unknown.slice(start, start + PAGE))) {
        this.keyOf.set(id, key);
        for (const event of this.waiting.get(id) ?? []) this.memory.add({ ...event, keys: [key] });
        this.waiting.delete(id);
      }
  }

  private take(row: Row): void {
    const person = row.user_id === null ? `visitor ${row.visitor_id}` : `user ${row.user_id}`;
    this.people.add(person);
    const keys: number[] = [];
    const event = { type: row.type, person, session: row.session_id, value: row.value, atMs: row.at.getTime() };
    for (const id of row.item_ids) {
      const key = this.keyOf.get(id);
      if (key !== undefined) keys.push(key);
      else this.waiting.set(id, [...(this.waiting.get(id) ?? []), { ...event, keys: [] }]);
    }
    if (keys.length > 0) this.memory.add({ ...event, keys });
  }

  private async rebuildIfErased(): Promise<void> {
    const { rows } = await this.database
      .run("select count(*)::int as n from erasures where at > now() - ($1 * interval '1 millisecond')", [
        REBUILD_MS * 2,
      ])
      .catch(() => ({ rows: [] }));
    if (Number(rows[0]?.n ?? 0) === 0) return;
    await this.refreshing;
    this.memory = new EventMemory(this.clock.now().getTime(), this.tuning);
    this.people = new Set();
    this.waiting.clear();
    this.lastKey = 0;
    await this.refresh();
  }
}
