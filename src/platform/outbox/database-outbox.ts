import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import type { Database } from '../database/database.port.js';
import type { Tables } from '../database/tables.js';
import { pseudonym } from '../logging/pseudonym.js';
import { stage } from '../telemetry.js';
import type { NotedStatement, Outbox, OutboxEntry, OutboxFollower, OutboxTopic } from './outbox.port.js';

const CHANNEL = 'vitrine_outbox';
const POLL_MS = 1_000;
/** A transaction may commit later than one with a higher key: rows this young are looked at again. */
const LATE_SECONDS = 30;
const KEEP_HOURS = 1;
const SWEEP_MS = 10 * 60_000;
const MOST_ROWS = 5_000;
/** Topics whose subjects are people: in logs they stand as pseudonyms. */
const ABOUT_PEOPLE: ReadonlySet<OutboxTopic> = new Set(['person', 'erasure', 'events']);

const distinct = (entries: readonly OutboxEntry[]): OutboxEntry[] => [
  ...new Map(entries.map((entry) => [`${entry.topic} ${entry.subject}`, entry])).values(),
];

/** The outbox in a table. On the embedded database there is one process, so only its own followers have to hear. */
export class DatabaseOutbox implements Outbox {
  private readonly origin = randomUUID();
  private readonly followers = new Map<OutboxTopic, Set<OutboxFollower>>();
  private readonly handled = new Map<number, number>();
  private floor = 0;
  private stopListening: (() => Promise<void>) | undefined;
  private timers: NodeJS.Timeout[] = [];
  private polling: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  async write<T>(work: (trx: Kysely<Tables>, append: (entry: OutboxEntry) => void) => Promise<T>): Promise<T> {
    let entries: OutboxEntry[] = [];
    const result = await this.database.transaction(async (trx) => {
      const appended: OutboxEntry[] = [];
      const value = await work(trx, (entry) => void appended.push(entry));
      entries = distinct(appended);
      if (entries.length > 0) {
        await sql`insert into outbox (topic, subject, origin) select topic, subject, ${this.origin} from unnest(${entries.map(({ topic }) => topic)}::text[],
          ${entries.map(({ subject }) => subject)}::text[]) as given (topic, subject)`.execute(trx);
        if (this.database.kind === 'server') await sql`select pg_notify(${CHANNEL}, ${this.origin})`.execute(trx);
      }
      return value;
    });
    await this.deliver(entries);
    return result;
  }

  async writeAtOnce<Row>({ topic, change, subjects, entries }: NotedStatement<Row>): Promise<readonly Row[]> {
    // A subquery that depends on no row is answered once, and not at all where nothing changed.
    const told =
      this.database.kind === 'server' ? sql`, (select pg_notify(${CHANNEL}, ${this.origin})) is null as told` : sql``;
    const { rows } = await sql<Row>`with changed as (${change}), noted as (
      insert into outbox (topic, subject, origin) select distinct ${topic}::text, subject, ${this.origin}::text from (${subjects}) as given)
      select changed.*${told} from changed`.execute(this.database.query);
    await this.deliver(distinct(entries(rows)));
    return rows;
  }

  follow(topic: OutboxTopic, follower: OutboxFollower): () => void {
    const set = this.followers.get(topic) ?? new Set();
    this.followers.set(topic, set);
    set.add(follower);
    return () => void set.delete(follower);
  }

  async start(): Promise<void> {
    const { rows } = await this.database.run('select coalesce(max(key), 0) as last from outbox');
    this.floor = Number(rows[0]?.last ?? 0);
    this.timers.push(setInterval(() => void this.sweep(), SWEEP_MS).unref());
    if (this.database.kind === 'embedded') return;
    this.stopListening = await this.database.listen(
      CHANNEL,
      ({ payload }) => payload !== this.origin && void this.poll(),
    );
    this.timers.push(setInterval(() => void this.poll(), POLL_MS).unref());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
    await this.stopListening?.();
    this.stopListening = undefined;
    await this.polling;
  }

  /** One reading at a time; a call during one makes another follow it. */
  private poll(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    if (this.polling) {
      this.again = true;
      return this.polling;
    }
    this.polling = this.read()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'the outbox could not be read; trying again'))
      .finally(() => {
        this.polling = undefined;
        if (this.again && !this.stopped) {
          this.again = false;
          void this.poll();
        }
      });
    return this.polling;
  }

  private async read(): Promise<void> {
    const { rows } = await this.database.run(
      `select key, topic, subject, origin, extract(epoch from now() - at)::float8 as age from outbox where key > $1 order by key limit ${MOST_ROWS}`,
      [this.floor],
    );
    const fresh = rows.filter((row) => !this.handled.has(Number(row.key)));
    for (const row of fresh) this.handled.set(Number(row.key), Number(row.age));
    await this.deliver(
      distinct(
        fresh
          .filter((row) => row.origin !== this.origin)
          .map((row) => ({ topic: row.topic as OutboxTopic, subject: String(row.subject) })),
      ),
    );
    // What is old enough can have no late neighbours below it any more.
    const settled = rows.filter((row) => Number(row.age) > LATE_SECONDS).at(-1);
    if (settled) {
      this.floor = Number(settled.key);
      for (const key of this.handled.keys()) if (key <= this.floor) this.handled.delete(key);
    }
    if (rows.length === MOST_ROWS && fresh.length > 0) this.again = true;
  }

  private async deliver(entries: readonly OutboxEntry[]): Promise<void> {
    if (entries.length > 0)
      await stage('outbox.deliver', () => this.tell(entries), { 'vitrine.entries': entries.length });
  }

  private async tell(entries: readonly OutboxEntry[]): Promise<void> {
    const byTopic = grouped(entries);
    for (const [topic, own] of byTopic)
      for (const follower of this.followers.get(topic) ?? []) {
        try {
          await follower(own);
        } catch (error) {
          // The change is committed; a follower that fails must not turn it into a failure of the write.
          this.logger.error(
            {
              err: error,
              topic,
              subjects: own.slice(0, 5).map(({ subject }) => (ABOUT_PEOPLE.has(topic) ? pseudonym(subject) : subject)),
            },
            'a follower of the outbox failed',
          );
        }
      }
  }

  private async sweep(): Promise<void> {
    await this.database
      .run(`delete from outbox where at < now() - interval '${KEEP_HOURS} hour'`)
      .catch((error: unknown) => this.logger.warn({ err: error }, 'old outbox rows were not removed'));
  }
}

const grouped = (entries: readonly OutboxEntry[]): Map<OutboxTopic, OutboxEntry[]> => {
  const map = new Map<OutboxTopic, OutboxEntry[]>();
  for (const entry of entries) {
    const own = map.get(entry.topic);
    if (own) own.push(entry);
    else map.set(entry.topic, [entry]);
  }
  return map;
};
