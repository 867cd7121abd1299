import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import {
  type ConsentDecision,
  type ConsentInput,
  type ConsentPort,
  type ConsentQuestion,
  subjectOf,
} from '../interactions/interactions.api.js';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  OUTBOX,
  type Outbox,
  type Person,
  type PersonalDataHolder,
  SETTINGS,
  type Settings,
  type Tables,
} from '../platform/platform.api.js';

/** What a person has said, and when; `never-asked` when nothing is stored. */
export type StoredConsent =
  | { is: 'never-asked' }
  | { is: 'said'; personalization: boolean; training: boolean; at: Date };

const NEVER_ASKED: StoredConsent = { is: 'never-asked' };
const PEOPLE_REMEMBERED = 100_000;

/**
 * Consent: what the call says, else what is stored for the person, else `VITRINE_CONSENT`. Of a user and their browsers the user's own
 * word counts, else the latest of the browsers'.
 */
@Injectable()
export class ConsentService implements ConsentPort, PersonalDataHolder, OnApplicationShutdown {
  readonly section = 'consents';
  private readonly known = new LRUCache<string, StoredConsent>({ max: PEOPLE_REMEMBERED });
  /** Counts changes, so that a read which began before one is not remembered after it. */
  private changes = 0;
  private readonly unfollow: () => void;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'consent'>,
  ) {
    this.unfollow = outbox.follow('person', (entries) => {
      this.changes++;
      for (const { subject } of entries) this.known.delete(subject);
    });
  }

  onApplicationShutdown(): void {
    this.unfollow();
  }

  async decide(question: ConsentQuestion): Promise<ConsentDecision> {
    return (await this.decideMany([question]))[0]!;
  }

  async decideMany(questions: readonly ConsentQuestion[]): Promise<ConsentDecision[]> {
    const said = await this.stored(questions.flatMap(({ people }) => people));
    return questions.map(({ callConsent, people }) => {
      const stored = wordOf(people.map((person) => ({ person, consent: said.get(subjectOf(person)) ?? NEVER_ASKED })));
      const byDefault = this.settings.consent === 'implied';
      const personalization =
        callConsent?.personalization ?? (stored.is === 'said' ? stored.personalization : byDefault);
      // Who refused training stays out of it, whatever a single call says about personalization.
      return { personalization, training: personalization && (stored.is === 'said' ? stored.training : true) };
    });
  }

  /** What is stored for one person. */
  async read(person: Person): Promise<StoredConsent> {
    return (await this.stored([person])).get(subjectOf(person)) ?? NEVER_ASKED;
  }

  /**
   * Stores what a person said; a statement that bears an older time than the stored one changes nothing. One without a time is said now and holds whatever the
   * clock shows: were it set back, a withdrawal would else be lost. Returns what holds.
   */
  async write(person: Person, input: ConsentInput): Promise<StoredConsent> {
    const at = input.at === undefined ? this.clock.now() : new Date(input.at);
    const saidNow = input.at === undefined;
    const training = input.personalization && (input.training ?? true);
    await this.outbox.write(async (trx, append) => {
      await sql`
        insert into consents (kind, id, personalization, training, at) values (${person.kind}, ${person.id}, ${input.personalization}, ${training}, ${at})
        on conflict (kind, id) do update set personalization = excluded.personalization, training = excluded.training, at = excluded.at
        where consents.at <= excluded.at or ${saidNow}::boolean`.execute(trx);
      append({ topic: 'person', subject: subjectOf(person) });
    });
    return this.read(person);
  }

  async export(people: readonly Person[]): Promise<unknown[]> {
    const said = await this.stored(people);
    return people.flatMap((person) => {
      const consent = said.get(subjectOf(person));
      return consent?.is === 'said'
        ? [
            {
              ...person,
              personalization: consent.personalization,
              training: consent.training,
              at: consent.at.toISOString(),
            },
          ]
        : [];
    });
  }

  async erase(people: readonly Person[], trx: Kysely<Tables>): Promise<number> {
    const { rows } = await sql`
      delete from consents using unnest(${people.map(({ kind }) => kind)}::text[], ${people.map(({ id }) => id)}::text[]) as p (kind, id)
      where consents.kind = p.kind and consents.id = p.id returning 1`.execute(trx);
    return rows.length;
  }

  /** A statement of consent holds until it is withdrawn or erased. */
  async expire(): Promise<number> {
    return 0;
  }

  private async stored(people: readonly Person[]): Promise<Map<string, StoredConsent>> {
    const found = new Map<string, StoredConsent>();
    const missing = new Map<string, Person>();
    for (const person of people) {
      const subject = subjectOf(person);
      const known = this.known.get(subject);
      if (known) found.set(subject, known);
      else missing.set(subject, person);
    }
    if (missing.size === 0) return found;
    const before = this.changes;
    const asked = [...missing.values()];
    const { rows } = await sql<{
      kind: Person['kind'];
      id: string;
      personalization: boolean;
      training: boolean;
      at: Date;
    }>`
      select c.kind, c.id, c.personalization, c.training, c.at
      from unnest(${asked.map(({ kind }) => kind)}::text[], ${asked.map(({ id }) => id)}::text[]) as p (kind, id)
      join consents c on c.kind = p.kind and c.id = p.id`.execute(this.database.query);
    for (const subject of missing.keys()) found.set(subject, NEVER_ASKED);
    for (const { kind, id, ...said } of rows) found.set(subjectOf({ kind, id }), { is: 'said', ...said });
    if (before === this.changes) for (const subject of missing.keys()) this.known.set(subject, found.get(subject)!);
    return found;
  }
}

const wordOf = (people: readonly { person: Person; consent: StoredConsent }[]): StoredConsent => {
  let latest: StoredConsent = NEVER_ASKED;
  for (const { person, consent } of people) {
    if (consent.is === 'never-asked') continue;
    if (person.kind === 'user') return consent;
    if (latest.is === 'never-asked' || consent.at > latest.at) latest = consent;
  }
  return latest;
};
