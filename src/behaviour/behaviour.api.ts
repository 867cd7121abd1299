export { ActiveBehaviour, type BehaviourModel, type ScoredItem, type WeightedItem } from './active-behaviour.port.js';
export { type HeldOut, holdOut, type Judgement, judge, mean, objective } from './learning/held-out.js';
export { learnBaskets } from './learning/learn-baskets.js';
export { judgeLearnedBlend, type LearnedBlend, type LearnedModel, type LearnedPeople, learnPeople, prepareContent, refit } from './learning/learn-people.js';
export { type CaseJudgement, judgeSessions, learnSessions, type SessionCase } from './learning/learn-sessions.js';
export { judgeBaskets } from './learning/learn-baskets.js';
export type { ContentModality } from './models/content.js';
export { type SessionLog, sessionLog } from './models/session-neighbours.js';
