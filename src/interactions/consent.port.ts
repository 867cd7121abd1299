import type { Person } from '../platform/privacy/personal-data-holder.port.js';

export const CONSENT = Symbol('Consent');

/** What may be done with a person's data. */
export interface ConsentDecision {
  /** Read and store what the person does, and shape what they see by it. */
  personalization: boolean;
  /** Let models learn from it. */
  training: boolean;
}

/** One question: what the call itself says, and whom it is about. */
export interface ConsentQuestion {
  callConsent?: { personalization: boolean };
  people: readonly Person[];
}

/** What the call says, else what is stored for the person, else `VITRINE_CONSENT`. */
export interface ConsentPort {
  decide(question: ConsentQuestion): Promise<ConsentDecision>;
  /** The same for many, in order, with one read of the store. */
  decideMany(questions: readonly ConsentQuestion[]): Promise<ConsentDecision[]>;
}
