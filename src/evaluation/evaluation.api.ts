export { readNdjsonRows } from './data-files.js';
export { type EncodedCatalogue, encodeCatalogue } from './encoded-catalogue.js';
export { registerEvaluate } from './evaluate.command.js';
export { type Evaluator, evaluate } from './evaluate.js';
export {
  differencesTo,
  type EvaluationKind,
  type EvaluationReport,
  type EvaluationRequest,
  knockoutDifferences,
  type Measured,
  summarise,
} from './evaluation-report.js';
export { type LoggedList, offPolicyEstimates, type PolicyEstimate } from './off-policy.js';
