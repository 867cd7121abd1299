export { ModelRegistry, type RegisteredModel } from './model-registry.js';
export { type TrainingRun, TrainingService } from './training.service.js';
export { registerTrain } from './train.command.js';
