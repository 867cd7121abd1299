export { ActiveBehaviour, type BehaviourModel, type ScoredItem, type WeightedItem } from './active-behaviour.port.js';
export {
  EVENT_WEIGHTS,
  EventMemory,
  interestOf,
  MOST_CLICKS,
  MOST_SESSIONS,
  type RememberedEvent,
  sessionsOf,
} from './event-memory.js';
export { gatherCandidates, judgeBlend, proposalsOf, scoreScales, searchWeights } from './learning/blend-search.js';
export { type HeldOut, holdOut, type Judgement, judge, mean, objective } from './learning/held-out.js';
export { judgeBaskets, learnBaskets } from './learning/learn-baskets.js';
export {
  judgeLearnedBlend,
  type LearnedBlend,
  type LearnedModel,
  type LearnedPeople,
  learnPeople,
  prepareContent,
  refit,
  type TunedPoint,
  tableOf,
} from './learning/learn-people.js';
export {
  type CaseJudgement,
  judgeSessions,
  learnSessions,
  type SessionCase,
  type SessionModel,
  sessionBlend,
} from './learning/learn-sessions.js';
export { DEFAULT_TUNING, type MemoryTuning, readTuning } from './memory-tuning.js';
export type { ContentModality } from './models/content.js';
export type { Scorer } from './models/scorer.js';
export { type SessionLog, sessionLog } from './models/session-neighbours.js';
export {
  assembleBehaviour,
  type BehaviourParts,
  readBehaviour,
  serveBehaviour,
  storeBehaviour,
} from './served-behaviour.js';
export { decodeItemWeights, encodeItemWeights, SparseItemModel, type SparseItemWeights } from './sparse-item-model.js';
