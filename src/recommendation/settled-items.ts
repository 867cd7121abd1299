import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { sql } from 'kysely';
import { PeopleCache, subjectOf } from '../interactions/interactions.api.js';
import { DATABASE, type Database, OUTBOX, type Outbox, type Person } from '../platform/platform.api.js';

/** Items that a person bought or turned away for good. */
export interface Settled {
  bought: readonly string[];
  dismissed: readonly string[];
}

const MOST = 10_000;

/** What people bought or dismissed longer ago than their history reaches; remembered until they do something. */
@Injectable()
export class SettledItems implements OnApplicationShutdown {
  private readonly cache = new PeopleCache<Settled>(5_000);
  private readonly unfollow: (() => void)[];

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) outbox: Outbox,
  ) {
    this.unfollow = (['person', 'events'] as const).map((topic) =>
      outbox.follow(topic, (entries) => this.cache.drop(entries)),
    );
  }

  onApplicationShutdown(): void {
    for (const stop of this.unfollow) stop();
  }

  of(people: readonly Person[]): Promise<Settled> {
    const subjects = people.map(subjectOf).sort();
    return this.cache.get(subjects.join('\n'), subjects, () => this.read(people));
  }

  private async read(people: readonly Person[]): Promise<Settled> {
    const named = (wanted: Person['kind']) => people.filter(({ kind }) => kind === wanted).map(({ id }) => id);
    const { rows } = await sql<{ type: string; item: string }>`
      select distinct type, unnest(item_ids) as item from events
      where type in ('purchase', 'dismiss')
        and (user_id = any(${named('user')}::text[]) or visitor_id = any(${named('visitor')}::text[]))
      limit ${MOST}`.execute(this.database.query);
    const items = (wanted: string) => rows.filter(({ type }) => type === wanted).map(({ item }) => item);
    return { bought: items('purchase'), dismissed: items('dismiss') };
  }
}
