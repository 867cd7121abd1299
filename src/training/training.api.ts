export { evaluateShop } from './evaluate-shop.js';
export { ModelRegistry, type RegisteredModel } from './model-registry.js';
export { registerTrain } from './train.command.js';
export { type TrainingRun, TrainingService } from './training.service.js';
