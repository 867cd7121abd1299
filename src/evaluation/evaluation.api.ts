export { registerEvaluate } from './evaluate.command.js';
export { evaluate } from './evaluate.js';
export type { EvaluationKind, EvaluationReport, EvaluationRequest } from './evaluation-report.js';
