import { Problem } from '../platform/platform.api.js';
import { recogniseKind } from './data-files.js';
import { evaluateImpressions } from './evaluate-impressions.js';
import { evaluateLinks } from './evaluate-links.js';
import { evaluateQueries } from './evaluate-queries.js';
import { evaluateBaskets, evaluateSessions } from './evaluate-sequences.js';
import { evaluateUsers } from './evaluate-users.js';
import type { EvaluationKind, EvaluationReport, EvaluationRequest } from './evaluation-report.js';

/** Judges one kind of data. */
export type Evaluator = (request: EvaluationRequest) => Promise<EvaluationReport>;
const EVALUATORS: Partial<Record<EvaluationKind, Evaluator>> = {
  users: evaluateUsers,
  sessions: evaluateSessions,
  baskets: evaluateBaskets,
  links: evaluateLinks,
  queries: evaluateQueries,
  impressions: evaluateImpressions,
};

/**
 * Judges everything there is on a folder of data: baselines, sources and what Vitrine would serve, tuned on val only.
 * @param more kinds that belong to modules above this one
 */
export async function evaluate(
  request: EvaluationRequest,
  more: Partial<Record<EvaluationKind, Evaluator>> = {},
): Promise<EvaluationReport> {
  const kind = request.kind ?? recogniseKind(request.data);
  const evaluator = more[kind] ?? EVALUATORS[kind];
  if (!evaluator) throw new Error(`nothing here judges data of kind ${kind}`);
  const report = await evaluator(request);
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
