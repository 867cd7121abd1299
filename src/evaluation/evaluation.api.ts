export { evaluate } from './evaluate.js';
export { registerEvaluate } from './evaluate.command.js';
export type { EvaluationKind, EvaluationReport, EvaluationRequest } from './evaluation-report.js';
