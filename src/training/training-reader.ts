import { Inject, Injectable } from '@nestjs/common';
import { interestOf } from '../behaviour/behaviour.api.js';
import { CatalogReader } from '../catalog/catalog.api.js';
import { ENCODER, type Encoder, ModalityVectors } from '../embedding/embedding.api.js';
import { FusionStore } from '../fusion/fusion.api.js';
import { DATABASE, type Database, OUTBOX, type Outbox } from '../platform/platform.api.js';
import { BURST_PER_MINUTE } from '../quality/quality.api.js';
import { DEFAULT_BLEND, readBlend } from '../recommendation/recommendation.api.js';
import type { TrainingInput } from './training-data.js';

const ROWS_AT_ONCE = 5000;
/** Events learned from at most, the newest. */
const MOST_EVENTS = 2_000_000;

const minuteOf = (person: string, at: Date): string => `${Math.floor(at.getTime() / 60_000)} ${person}`;

/** Gathers what a training run learns from: consenting events of a window, pooled vectors, and the live models to beat. */
@Injectable()
export class TrainingReader {
  private readonly fusion: FusionStore;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
    @Inject(ENCODER) private readonly encoder: Encoder,
    private readonly catalogue: CatalogReader,
    private readonly vectors: ModalityVectors,
  ) {
    this.fusion = new FusionStore(database, outbox);
  }

  /** Events up to `lastEvent` (a key) where one is given: a run that goes on reads what it read before. */
  async read(
    since: Date,
    kinds: TrainingInput['kinds'],
    seed: number,
    lastEvent = Number.MAX_SAFE_INTEGER,
  ): Promise<{ input: TrainingInput; window: Record<string, unknown> }> {
    const keys: number[] = [];
    const positions = new Map<string, number>();
    const categories: (string | undefined)[] = [];
    for (let after = -1; ; ) {
      const records = await this.catalogue.stream(after, 500);
      if (records.length === 0) break;
      for (const record of records) {
        positions.set(record.id, keys.length);
        keys.push(record.key);
        categories.push(record.categories[0]);
      }
      after = records[records.length - 1]!.key;
    }
    const { events, people, latest, count } = await this.readEvents(since, positions, lastEvent);
    const live = await this.fusion.live();
    const behaviour = await this.database.query
      .selectFrom('models')
      .select(['version', 'parameters', 'artefact'])
      .where('kind', '=', 'behaviour')
      .where('state', '=', 'live')
      .executeTakeFirst();
    const blend = await this.database.query
      .selectFrom('models')
      .select(['version', 'parameters'])
      .where('kind', '=', 'blend')
      .where('state', '=', 'live')
      .executeTakeFirst();
    const readable = behaviour?.artefact && behaviour.parameters.format === 'behaviour/1';
    return {
      input: {
        seed,
        kinds,
        people,
        keys: Int32Array.from(keys),
        categories,
        events,
        modalities: await this.readVectors(keys),
        dimension: this.encoder.dimension,
        liveFusion: live?.encoder === this.encoder.id ? live.fusion : null,
        liveBehaviour: readable
          ? { version: behaviour.version, parameters: behaviour.parameters, artefact: behaviour.artefact! }
          : null,
        liveBlend: blend
          ? { ...DEFAULT_BLEND, ...readBlend(blend.version, blend.parameters), version: blend.version }
          : DEFAULT_BLEND,
      },
      window: {
        from: since.toISOString(),
        to: latest?.at.toISOString() ?? null,
        lastEvent: latest?.key ?? null,
        events: count,
        people,
        items: keys.length,
      },
    };
  }

  /** Minutes in which somebody did more than a person does: kept, shown under quality, not learned from. */
  private async readBursts(since: Date): Promise<ReadonlySet<string>> {
    const { rows } = await this.database.run(
      `select coalesce('user:' || e.user_id, 'user:' || v.user_id, 'visitor:' || e.visitor_id) as person, min(e.at) as at
       from events e left join visitors v on v.id = e.visitor_id
       where e.at > $1 and e.train group by 1, date_trunc('minute', e.at) having count(*) > ${BURST_PER_MINUTE}`,
      [since],
    );
    return new Set(rows.map((row) => minuteOf(String(row.person), row.at as Date)));
  }

  /** Only events that were stored as allowed for training, of people who have not said otherwise since. */
  private async readEvents(since: Date, positions: ReadonlyMap<string, number>, lastEvent: number) {
    const person: number[] = [];
    const item: number[] = [];
    const at: number[] = [];
    const weight: number[] = [];
    const people = new Map<string, number>();
    const bursts = await this.readBursts(since);
    let latest: { key: number; at: Date } | null = null;
    let count = 0;
    for (let before = Math.min(lastEvent + 1, Number.MAX_SAFE_INTEGER); count < MOST_EVENTS; ) {
      const { rows } = await this.database.run(
        `select e.key, e.type, coalesce('user:' || e.user_id, 'user:' || v.user_id, 'visitor:' || e.visitor_id) as person, e.item_ids, e.value, e.at
         from events e left join visitors v on v.id = e.visitor_id
         where e.key < $1 and e.at > $2 and e.train
           and not exists (select from consents c where not c.training and ((c.kind = 'user' and c.id = e.user_id) or (c.kind = 'visitor' and c.id = e.visitor_id)))
         order by e.key desc limit ${ROWS_AT_ONCE}`,
        [before, since],
      );
      if (rows.length === 0) break;
      for (const row of rows as unknown as {
        key: number;
        type: string;
        person: string | null;
        item_ids: string[];
        value: number | null;
        at: Date;
      }[]) {
        before = row.key;
        latest ??= { key: row.key, at: row.at };
        count++;
        const interest = interestOf(row);
        if (interest === 0 || row.person === null || bursts.has(minuteOf(row.person, row.at))) continue;
        let number = people.get(row.person);
        if (number === undefined) {
          number = people.size;
          people.set(row.person, number);
        }
        for (const id of row.item_ids) {
          const position = positions.get(id);
          if (position === undefined) continue;
          person.push(number);
          item.push(position);
          at.push(row.at.getTime());
          weight.push(interest);
        }
      }
    }
    return {
      events: {
        person: Int32Array.from(person),
        item: Int32Array.from(item),
        at: Float64Array.from(at),
        weight: Float32Array.from(weight),
      },
      people: people.size,
      latest,
      count,
    };
  }

  private async readVectors(keys: readonly number[]): Promise<TrainingInput['modalities']> {
    const found = new Map<string, { width: number; vectors: Float32Array; present: Uint8Array }>();
    for (let from = 0; from < keys.length; from += 200) {
      const part = keys.slice(from, from + 200);
      const read = await this.vectors.read(part);
      part.forEach((key, k) => {
        for (const { modality, ordinal, vector } of read.get(key) ?? []) {
          if (ordinal !== 0) continue;
          let into = found.get(modality);
          if (!into) {
            into = {
              width: vector.length,
              vectors: new Float32Array(keys.length * vector.length),
              present: new Uint8Array(keys.length),
            };
            found.set(modality, into);
          }
          if (vector.length !== into.width || !vector.every(Number.isFinite)) continue;
          into.vectors.set(vector, (from + k) * into.width);
          into.present[from + k] = 1;
        }
      });
    }
    return [...found].map(([name, m]) => ({ name, ...m })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
