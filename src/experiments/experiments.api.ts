export { armOf, hashOf } from './assignment.js';
export { Experiment, ExperimentInput, ExperimentResult } from './experiment.schema.js';
export { ExperimentsService } from './experiments.service.js';
export { type Exposure, LiveExperiments, MOST_ITEMS_FUSED_ASIDE } from './live-experiments.js';
