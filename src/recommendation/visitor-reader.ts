import { Inject, Injectable } from '@nestjs/common';
import {
  CONSENT,
  type ConsentPort,
  HISTORY_LENGTH,
  type HistoryEntry,
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
  /** Not to be changed: it may be remembered. */
  past: Past;
}

const nothing = (): Past => readPast([], undefined);

/** Reads a visitor's past, once consent is clear: without it nothing personal is read. */
@Injectable()
export class VisitorReader {
  private readonly pasts = new WeakMap<readonly HistoryEntry[], { sessionId: string | undefined; past: Past }>();

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
    // What a browser has said is asked for together with whom it belongs to, not after.
    const [people] = await Promise.all([
      this.people.peopleOf(who.userId, who.visitorId),
      who.visitorId === undefined ? null : this.consent.decide({ people: [{ kind: 'visitor', id: who.visitorId }] }),
    ]);
    const { personalization } = await this.consent.decide({ callConsent: who.consent, people });
    if (!personalization) return { named, consent: false, past: nothing() };
    const entries = await this.history.of(people);
    const past = this.pastOf(entries, who.sessionId);
    if (entries.length < HISTORY_LENGTH) return { named, consent: true, past };
    const { bought, dismissed } = await this.settled.of(people);
    return {
      named,
      consent: true,
      past: {
        ...past,
        bought: new Set([...past.bought, ...bought]),
        dismissed: new Set([...past.dismissed, ...dismissed]),
      },
    };
  }

  /** As long as the history is the same array, what it says is the same past. */
  private pastOf(entries: readonly HistoryEntry[], sessionId: string | undefined): Past {
    const read = this.pasts.get(entries);
    if (read && read.sessionId === sessionId) return read.past;
    const past = readPast(entries, sessionId);
    this.pasts.set(entries, { sessionId, past });
    return past;
  }
}
