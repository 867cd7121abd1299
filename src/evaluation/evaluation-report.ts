import { bootstrapDifference, bootstrapMean, type Interval } from '../maths/maths.api.js';

export type EvaluationKind = 'users' | 'sessions' | 'baskets' | 'links' | 'queries' | 'shop' | 'impressions';

/** What `vitrine evaluate` is asked for. */
export interface EvaluationRequest {
  data: string;
  kind?: EvaluationKind;
  split: 'val' | 'test';
  variant: 'A' | 'B';
  only?: readonly string[];
  seed: number;
  progress?: (line: string) => void;
}

export interface EvaluationResult {
  name: string;
  params: Record<string, unknown>;
  seconds: number;
  metrics: Record<string, Interval>;
}

export interface EvaluationDifference extends Interval {
  name: string;
  baseline: string;
  metric: string;
}

/** The JSON document of `vitrine evaluate --json FILE`. */
export interface EvaluationReport {
  dataset: string;
  kind: EvaluationKind;
  split: 'val' | 'test';
  variant: 'A' | 'B' | null;
  users: number;
  items: number;
  /** The model that Vitrine itself would serve, as chosen on val. */
  best: string;
  results: EvaluationResult[];
  /** Paired differences to the best baseline. */
  differences: EvaluationDifference[];
  notes: string[];
  /** Of the model that would be served: how often proposals of each bin of scores were expected to hit, and did. */
  calibration?: { from: number; expected: number; observed: number; count: number }[];
}

/** What one model did, one value a unit (person, position or case), before intervals are drawn. */
export interface Measured {
  name: string;
  baseline: boolean;
  params: Record<string, unknown>;
  seconds: number;
  values: Record<string, Float64Array>;
  /** Whole-list statistics without a unit to resample: shown as a point. */
  points?: Record<string, number>;
  /** On what was tuned; the best baseline is chosen by it. */
  tuned: number;
}

/** Draws intervals for every model and paired differences of every other model to the best baseline. Cost models · metrics · 1,000 · units. */
export function summarise(
  measured: readonly Measured[],
  compare: readonly string[],
  seed: number,
): { results: EvaluationResult[]; differences: EvaluationDifference[] } {
  const results = measured.map((m) => ({
    name: m.name,
    params: m.params,
    seconds: Math.round(m.seconds * 10) / 10,
    metrics: {
      ...Object.fromEntries(Object.entries(m.values).map(([k, v]) => [k, bootstrapMean(v, { seed })])),
      ...Object.fromEntries(
        Object.entries(m.points ?? {}).map(([k, value]) => [k, { value, low: value, high: value }]),
      ),
    },
  }));
  const baseline = measured.filter((m) => m.baseline).sort((a, b) => b.tuned - a.tuned)[0];
  const differences = baseline
    ? measured
        .filter((m) => m !== baseline)
        .flatMap((m) =>
          compare
            .filter((metric) => m.values[metric] && baseline.values[metric])
            .map((metric) => ({
              name: m.name,
              baseline: baseline.name,
              metric,
              ...bootstrapDifference(m.values[metric]!, baseline.values[metric]!, { seed }),
            })),
        )
    : [];
  return { results, differences };
}

/** Paired differences of one model to others by name; those that were not measured are left out. */
export const differencesTo = (
  measured: readonly Measured[],
  name: string,
  others: readonly string[],
  compare: readonly string[],
  seed: number,
): EvaluationDifference[] => {
  const one = measured.find((m) => m.name === name);
  return measured
    .filter((m) => one && others.includes(m.name))
    .flatMap((m) =>
      compare.map((metric) => ({
        name,
        baseline: m.name,
        metric,
        ...bootstrapDifference(one!.values[metric]!, m.values[metric]!, { seed }),
      })),
    );
};

/** What a part is worth: paired differences of what would be served to the same without that part (models called `vitrine without …`). */
export const knockoutDifferences = (
  measured: readonly Measured[],
  compare: readonly string[],
  seed: number,
  whole = 'vitrine',
): EvaluationDifference[] =>
  differencesTo(
    measured,
    whole,
    measured.map((m) => m.name).filter((name) => name.startsWith(`${whole} without `)),
    compare,
    seed,
  );
