import { Problem } from '../platform/platform.api.js';
import { recogniseKind } from './data-files.js';
import { evaluateLinks } from './evaluate-links.js';
import { evaluateQueries } from './evaluate-queries.js';
import { evaluateBaskets, evaluateSessions } from './evaluate-sequences.js';
import { evaluateUsers } from './evaluate-users.js';
import type { EvaluationKind, EvaluationReport, EvaluationRequest } from './evaluation-report.js';

type Evaluator = (request: EvaluationRequest) => Promise<EvaluationReport>;
const EVALUATORS: Record<EvaluationKind, Evaluator> = {
  users: evaluateUsers,
  sessions: evaluateSessions,
  baskets: evaluateBaskets,
  links: evaluateLinks,
  queries: evaluateQueries,
};

/** Judges everything there is on a folder of data: baselines, sources and what Vitrine would serve, tuned on val only. */
export async function evaluate(request: EvaluationRequest): Promise<EvaluationReport> {
  const kind = request.kind ?? recogniseKind(request.data);
  const report = await EVALUATORS[kind](request);
  const unknown = (request.only ?? []).filter((name) => !report.results.some((r) => r.name === name));
  if (unknown.length > 0)
    throw new Problem({
      code: 'VIT_USAGE',
      status: 400,
      title: 'Wrong usage',
      detail: `--only ${unknown.join(',')}: no such model for ${kind} of this folder.`,
    });
  return report;
}
