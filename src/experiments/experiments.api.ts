export { armOf, hashOf } from './assignment.js';
export { Experiment, ExperimentInput, ExperimentResult } from './experiment.schema.js';
export { ExperimentsService } from './experiments.service.js';
export { type Exposure, LiveExperiments } from './live-experiments.js';
