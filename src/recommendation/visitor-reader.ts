import { Inject, Injectable } from '@nestjs/common';
import {
  CONSENT,
  type ConsentPort,
  HISTORY_LENGTH,
  HistoryReader,
  PeopleService,
} from '../interactions/interactions.api.js';
import { type Past, readPast } from './past.js';
import { SettledItems } from './settled-items.js';

/** Who a call is for. */
export interface WhoAsks {
  userId?: string;
  visitorId?: string;
  sessionId?: string;
  consent?: { personalization: boolean };
}

/** What may be known about a visitor in this call. */
export interface Visitor {
  /** Whether the call names anybody. */
  named: boolean;
  consent: boolean;
  past: Past;
}

const nothing = (): Past => readPast([], undefined);

/** Reads a visitor's past, once consent is clear: without it nothing personal is read. */
@Injectable()
export class VisitorReader {
  constructor(
    @Inject(CONSENT) private readonly consent: ConsentPort,
    private readonly people: PeopleService,
    private readonly history: HistoryReader,
    private readonly settled: SettledItems,
  ) {}

  /** No database for a call that names nobody; at most one question for a warm visitor (none while their history is remembered). */
  async read(who: WhoAsks): Promise<Visitor> {
    const named = who.userId !== undefined || who.visitorId !== undefined;
    if (!named || who.consent?.personalization === false) return { named, consent: false, past: nothing() };
    const people = await this.people.peopleOf(who.userId, who.visitorId);
    const { personalization } = await this.consent.decide({ callConsent: who.consent, people });
    if (!personalization) return { named, consent: false, past: nothing() };
    const entries = await this.history.of(people);
    const past = readPast(entries, who.sessionId);
    if (entries.length >= HISTORY_LENGTH) {
      const { bought, dismissed } = await this.settled.of(people);
      for (const id of bought) past.bought.add(id);
      for (const id of dismissed) past.dismissed.add(id);
    }
    return { named, consent: true, past };
  }
}
