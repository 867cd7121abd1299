import type { BehaviourModel } from '../behaviour/behaviour.api.js';
import type { Exposure } from '../experiments/experiments.api.js';
import type { Bitset, Filter } from '../retrieval/retrieval.api.js';
import type { Blend } from './blend-model.js';
import type { Context } from './context-reader.js';
import type { LiveRule } from './live-rules.js';
import type { Probe } from './probe.js';
import type { RecommendationRequest } from './recommendation.schema.js';
import type { Visitor, WhoAsks } from './visitor-reader.js';

/** Everything a call comes down to before candidates are looked for. */
export interface Question {
  limit: number;
  diversity: number;
  request: RecommendationRequest;
  who: WhoAsks;
  now: Date;
  visitor: Visitor;
  context: Context;
  negatives: Context;
  interests: Probe[];
  rules: readonly LiveRule[];
  /** All of `allowed` passes it. */
  filter: Filter;
  allowed: Bitset;
  selectivity: number;
  /** The arm of a running experiment; null outside one and without consent. */
  exposure: Exposure | null;
  /** What this call is served with: the arm's models, else the live ones. */
  blend: Blend;
  behaviour: BehaviourModel | null;
}
