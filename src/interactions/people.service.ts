import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CLOCK, type Clock } from '../platform/clock/clock.port.js';
import { DATABASE, type Database } from '../platform/database/database.port.js';
import { OUTBOX, type Outbox } from '../platform/outbox/outbox.port.js';
import type { Person } from '../platform/privacy/personal-data-holder.port.js';
import { PeopleCache, subjectOf } from './people-cache.js';

/** Browsers of one user that are looked at, the last merged ones. */
const MOST_VISITORS = 50;

/** Who belongs to whom: a user and the browsers (visitors) they signed in on. */
@Injectable()
export class PeopleService implements OnApplicationShutdown {
  private readonly cache = new PeopleCache<Person[]>(50_000);
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.unfollow = outbox.follow('person', (entries) => this.cache.drop(entries));
  }

  /**
   * Everybody who is the same person as the named ones: the user (first), and the visitors merged with them. A visitor who was merged
   * brings the user along, unless another user is named.
   */
  async peopleOf(userId?: string, visitorId?: string): Promise<Person[]> {
    const user = userId ?? (visitorId === undefined ? undefined : await this.ownerOf(visitorId));
    const people: Person[] = user === undefined ? [] : [...(await this.ofUser(user))];
    if (visitorId !== undefined && !people.some(({ kind, id }) => kind === 'visitor' && id === visitorId)) {
      people.push({ kind: 'visitor', id: visitorId });
    }
    return people;
  }

  /**
   * At sign-in: what the visitor did so far, and does from now on, counts for the user. A browser merged with another user before keeps
   * its earlier events with that user.
   */
  async merge(visitorId: string, userId: string): Promise<void> {
    const now = this.clock.now();
    await this.outbox.write(async (trx, append) => {
      const known = await trx.selectFrom('visitors').select('user_id').where('id', '=', visitorId).executeTakeFirst();
      const previous = known?.user_id ?? null;
      if (previous !== null && previous !== userId) {
        await trx
          .updateTable('events')
          .set({ user_id: previous })
          .where('visitor_id', '=', visitorId)
          .where('user_id', 'is', null)
          .execute();
        append({ topic: 'person', subject: `user:${previous}` });
      }
      await trx
        .insertInto('visitors')
        .values({ id: visitorId, user_id: userId, created_at: now, merged_at: now })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ user_id: userId, merged_at: now }))
        .execute();
      append({ topic: 'person', subject: `user:${userId}` });
      append({ topic: 'person', subject: `visitor:${visitorId}` });
    });
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  private async ownerOf(visitorId: string): Promise<string | undefined> {
    const visitor: Person = { kind: 'visitor', id: visitorId };
    const owner = await this.cache.get(subjectOf(visitor), [subjectOf(visitor)], async () => {
      const row = await this.database.query
        .selectFrom('visitors')
        .select('user_id')
        .where('id', '=', visitorId)
        .executeTakeFirst();
      return row?.user_id ? [{ kind: 'user', id: row.user_id }] : [];
    });
    return owner[0]?.id;
  }

  private ofUser(userId: string): Promise<Person[]> {
    const user: Person = { kind: 'user', id: userId };
    return this.cache.get(subjectOf(user), [subjectOf(user)], async () => {
      const rows = await this.database.query
        .selectFrom('visitors')
        .select('id')
        .where('user_id', '=', userId)
        .orderBy('merged_at', 'desc')
        .limit(MOST_VISITORS)
        .execute();
      return [user, ...rows.map(({ id }): Person => ({ kind: 'visitor', id }))];
    });
  }
}
