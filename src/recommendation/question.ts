import type { Bitset } from '../retrieval/retrieval.api.js';
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
  allowed: Bitset;
  selectivity: number;
}
