import { type BlendedSource, type BlendParameters, itemGates, weightsFor } from '../recommendation/blending.api.js';
import type { BlendCase } from './blend-table.js';

const EMPHASIS = { images: 1, text: 1, history: 1 };
const LIST = 10;
const BY_LIKENESS: ReadonlySet<BlendedSource> = new Set(['context.image', 'context.item', 'context.text', 'history']);
const BY_OTHERS: ReadonlySet<BlendedSource> = new Set(['behaviour', 'session', 'together']);

/** One number a case. */
export interface BlendFigures {
  recall: Float64Array;
  ndcg: Float64Array;
}

/** Scores of a case's candidates, and what each source gave: the arithmetic of a call, without penalties and rules. */
export function scoreCase(
  one: BlendCase,
  blend: BlendParameters,
): { scores: Float64Array; parts: Map<BlendedSource, Float64Array> } {
  const weights = weightsFor(blend, {
    placement: one.placement,
    events: one.events,
    present: new Set(one.values.keys()),
    emphasis: EMPHASIS,
  });
  const scores = new Float64Array(one.people.length);
  const parts = new Map<BlendedSource, Float64Array>();
  const gates = blend.itemEvidence ? one.people.map((count) => itemGates(blend, count)) : null;
  for (const [source, { values }] of one.values) {
    const weight = weights[source];
    if (weight === 0) continue;
    const part = new Float64Array(values.length);
    for (let c = 0; c < values.length; c++) {
      let value = weight * values[c]!;
      if (gates && BY_OTHERS.has(source)) value *= gates[c]!.others;
      else if (gates && BY_LIKENESS.has(source)) value *= gates[c]!.likeness;
      part[c] = value;
      scores[c]! += value;
    }
    parts.set(source, part);
  }
  return { scores, parts };
}

/** Recall@10 and NDCG@10 of every case; ties go against the wanted item, so that a blend that says nothing finds nothing. Cost cases · candidates · (sources + wanted). */
export function judgeCases(cases: readonly BlendCase[], blend: BlendParameters): BlendFigures {
  const recall = new Float64Array(cases.length);
  const ndcg = new Float64Array(cases.length);
  cases.forEach((one, k) => {
    const { scores } = scoreCase(one, blend);
    let hits = 0;
    let gain = 0;
    for (let c = 0; c < scores.length; c++) {
      if (one.wanted[c] !== 1) continue;
      let rank = 0;
      for (let other = 0; other < scores.length && rank < LIST; other++)
        if (other !== c && (scores[other]! > scores[c]! || (scores[other] === scores[c] && one.wanted[other] === 0)))
          rank++;
      if (rank >= LIST) continue;
      hits++;
      gain += 1 / Math.log2(rank + 2);
    }
    let ideal = 0;
    for (let r = 0; r < Math.min(LIST, one.wantedCount); r++) ideal += 1 / Math.log2(r + 2);
    recall[k] = hits / Math.min(LIST, one.wantedCount);
    ndcg[k] = gain / ideal;
  });
  return { recall, ndcg };
}

/** Means over each person's cases, in order of the persons' numbers: what is resampled, since cases of one person are alike. */
export function perPerson(values: Float64Array, cases: readonly BlendCase[]): Float64Array {
  const sums = new Map<number, { sum: number; count: number }>();
  cases.forEach(({ person }, k) => {
    const one = sums.get(person) ?? { sum: 0, count: 0 };
    one.sum += values[k]!;
    one.count++;
    sums.set(person, one);
  });
  return Float64Array.from(
    [...sums].sort((a, b) => a[0] - b[0]),
    ([, { sum, count }]) => sum / count,
  );
}

/** Mean share of each source in the scores of the first ten, by placement: what the reasons of such lists would say. */
export function sharesOf(cases: readonly BlendCase[], blend: BlendParameters): Record<string, Record<string, number>> {
  const totals: Record<string, Map<string, number>> = {};
  for (const one of cases) {
    const { scores, parts } = scoreCase(one, blend);
    const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, LIST);
    const into = (totals[one.placement] ??= new Map());
    for (const c of order) {
      if (scores[c]! <= 0) continue;
      for (const [source, part] of parts) into.set(source, (into.get(source) ?? 0) + part[c]! / scores[c]!);
    }
  }
  return Object.fromEntries(
    Object.entries(totals).map(([placement, sums]) => {
      const all = [...sums.values()].reduce((s, v) => s + v, 0) || 1;
      return [
        placement,
        Object.fromEntries([...sums].map(([source, sum]) => [source, Math.round((1e4 * sum) / all) / 1e4])),
      ];
    }),
  );
}
