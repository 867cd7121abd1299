import { join } from 'node:path';
import { Problem } from '../platform/platform.api.js';
import { datasetName, readNdjsonRows } from './data-files.js';
import type { EvaluationReport, EvaluationRequest } from './evaluation-report.js';
import { type LoggedList, offPolicyEstimates } from './off-policy.js';

interface ImpressionLine {
  requestId: string;
  items: { id: string; propensity?: number; placedBy?: string }[];
  experiment?: { id: string; arm: string; share: number } | null;
}
interface ClickLine {
  type: string;
  requestId?: string;
  itemId?: string;
  itemIds?: string[];
}

/** What other ways of serving would have brought, from `impressions.ndjson` (lists with propensities) and the clicks of `events.ndjson` that name them. */
export async function evaluateImpressions(request: EvaluationRequest): Promise<EvaluationReport> {
  const clicks = new Map<string, Set<string>>();
  for (const event of readNdjsonRows<ClickLine>(join(request.data, 'events.ndjson'))) {
    if (event.type !== 'click' || event.requestId === undefined) continue;
    const clicked = clicks.get(event.requestId) ?? new Set<string>();
    for (const id of event.itemIds ?? (event.itemId === undefined ? [] : [event.itemId])) clicked.add(id);
    clicks.set(event.requestId, clicked);
  }
  const lists = readNdjsonRows<ImpressionLine>(join(request.data, 'impressions.ndjson')).map(
    (line): LoggedList => ({
      items: line.items.map((item) => ({
        id: item.id,
        propensity: item.propensity ?? 1,
        placedBy: item.placedBy ?? 'score',
      })),
      clicked: clicks.get(line.requestId) ?? new Set(),
      experiment: line.experiment ?? null,
    }),
  );
  const estimates = offPolicyEstimates(lists, request.seed);
  const given = estimates.filter(({ estimate }) => estimate !== null);
  if (given.length === 0)
    throw new Problem({
      code: 'VIT_EVALUATE_DATA',
      status: 400,
      title: 'The data cannot be used',
      detail: `${lists.length} lists hold fewer than 100 effective decisions that were left to chance; nothing can be said from them.`,
    });
  return {
    dataset: datasetName(request.data),
    kind: 'impressions',
    split: request.split,
    variant: null,
    users: lists.length,
    items: new Set(lists.flatMap((list) => list.items.map(({ id }) => id))).size,
    best: 'as served',
    results: given.map(({ policy, of, decisions, estimate }) => ({
      name: policy,
      params: { of, decisions, effective: Math.round(estimate!.effective) },
      seconds: 0,
      metrics: { clicks: { value: estimate!.value, low: estimate!.low, high: estimate!.high } },
    })),
    differences: [],
    notes: [
      'Self-normalised inverse propensity estimates from the log, 95 % bootstrap intervals over lists; policies with an effective sample under 100 are left out.',
      ...estimates
        .filter(({ estimate }) => estimate === null)
        .map(({ policy }) => `${policy}: too little of the log bears on it.`),
    ],
  };
}
