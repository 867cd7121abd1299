import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CONSENT, type ConsentPort } from '../interactions/interactions.api.js';
import { DATABASE, type Database } from '../platform/platform.api.js';

/** A page of people. `last`: where the next page goes on; null after the last one. */
export interface Page {
  ids: string[];
  last: string | null;
}

/** People who did something and agreed to personal recommendations, by what is stored of their wish (else the shop's default). */
@Injectable()
export class ConsentingPeople {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(CONSENT) private readonly consent: ConsentPort,
  ) {}

  /** Ids ascending after `after`. A visitor who is known to be a user is found among the users alone. Cost: two statements a page. */
  async page(people: 'users' | 'visitors', after: string | null, limit: number): Promise<Page> {
    const { rows } =
      people === 'users'
        ? await sql<{ id: string }>`
            select distinct user_id as id from events where user_id is not null and user_id > ${after ?? ''}
            order by user_id limit ${limit}`.execute(this.database.query)
        : await sql<{ id: string }>`
            select distinct visitor_id as id from events where visitor_id is not null and visitor_id > ${after ?? ''}
              and not exists (select 1 from visitors where visitors.id = events.visitor_id and visitors.user_id is not null)
            order by visitor_id limit ${limit}`.execute(this.database.query);
    const kind = people === 'users' ? ('user' as const) : ('visitor' as const);
    const decisions = await this.consent.decideMany(rows.map(({ id }) => ({ people: [{ kind, id }] })));
    return {
      ids: rows.filter((_, at) => decisions[at]!.personalization).map(({ id }) => id),
      last: rows.length < limit ? null : rows.at(-1)!.id,
    };
  }
}
