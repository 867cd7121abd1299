import { Problem } from '../platform/platform.api.js';
import { recogniseKind } from './data-files.js';
import { evaluateBaskets, evaluateSessions } from './evaluate-sequences.js';
import { evaluateUsers } from './evaluate-users.js';
import type { EvaluationKind, EvaluationReport, EvaluationRequest } from './evaluation-report.js';

type Evaluator = (request: EvaluationRequest) => Promise<EvaluationReport>;
const EVALUATORS: Partial<Record<EvaluationKind, Evaluator>> = { users: evaluateUsers, sessions: evaluateSessions, baskets: evaluateBaskets };

/** Judges everything there is on a folder of data: baselines, sources and what Vitrine would serve, tuned on val only. */
export async function evaluate(request: EvaluationRequest): Promise<EvaluationReport> {
  const kind = request.kind ?? recogniseKind(request.data);
  const evaluator = EVALUATORS[kind];
  if (!evaluator) throw new Problem({ code: 'VIT_EVALUATE_KIND', status: 400, title: 'This kind cannot be judged yet', detail: `Kind "${kind}" has no evaluator; there are ${Object.keys(EVALUATORS).join(', ')}.` });
  return evaluator(request);
}
