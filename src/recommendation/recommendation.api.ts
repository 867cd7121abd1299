/** What other modules may use of recommendation: the pipeline, its request and answer, and the form of blends. */
export { ActiveBlend, readBlend } from './active-blend.js';
export { type Blend, type BlendParameters, DEFAULT_BLEND, type SourceWeights, weightsFor } from './blend-model.js';
export { ContextReader } from './context-reader.js';
export { type LiveRule, LiveRules } from './live-rules.js';
export { Looks, RecommendationAnswer, RecommendationRequest, SearchRequest } from './recommendation.schema.js';
export { type AskOptions, RecommendationService } from './recommendation.service.js';
export { BLENDED, type BlendedSource, SOURCES, type Source } from './source.js';
export { VisitorReader } from './visitor-reader.js';
