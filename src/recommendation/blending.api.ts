/**
 * The arithmetic of blending without the framework around it: what the training thread learns weights with is what serves them.
 * A second door beside `recommendation.api.ts`, since a thread must not load controllers.
 */
export {
  type Blend,
  type BlendParameters,
  DEFAULT_BLEND,
  itemGates,
  type SourceWeights,
  weightsFor,
} from './blend-model.js';
export type { ItemVectors } from './item-vectors.js';
export { type Probe, pictureProbe, probeOf } from './probe.js';
export { pictureLeads, positionsOf, type SourceValues, valuesOfProbes, valuesOfScores } from './ranking.js';
export { BLENDED, type BlendedSource } from './source.js';
