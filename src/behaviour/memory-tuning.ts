import type { SessionParameters } from './models/session-neighbours.js';

/** What `session` and `together` are made with: found by training (`learn-tuning.ts`), stored with the behaviour model. */
export interface MemoryTuning {
  readonly neighbours: SessionParameters;
  readonly rules: { readonly decay: number; readonly asked: number };
  /** What sequential rules, and the rules of their answers, count beside like sessions. */
  readonly weights: { readonly rules: number; readonly twoSteps: number };
  /** `n_ab / (n_a^alpha n_b^(1 − alpha))` of what is bought together. */
  readonly together: { readonly alpha: number };
}

/** Before anything was learned. */
export const DEFAULT_TUNING: MemoryTuning = {
  neighbours: { candidates: 1000, neighbours: 400, reach: 2, spread: 4, backward: 0.7, ageDays: 30, rarity: 1 },
  rules: { decay: 0.3, asked: 2 },
  weights: { rules: 0.1, twoSteps: 0 },
  together: { alpha: 0.7 },
};

/** `like` with the finite numbers of the same names in `given`. */
const numbersOf = <T extends object>(like: T, given: unknown): T =>
  Object.fromEntries(
    Object.entries(like).map(([name, usual]) => {
      const value = (given as Record<string, unknown> | undefined | null)?.[name];
      return [name, typeof value === 'number' && Number.isFinite(value) ? value : usual];
    }),
  ) as T;

/** The tuning in a behaviour model's parameters; what is absent, or no finite number, is as before anything was learned. */
export function readTuning(parameters: Readonly<Record<string, unknown>> | null | undefined): MemoryTuning {
  const given = (parameters?.tuning ?? {}) as Partial<Record<keyof MemoryTuning, unknown>>;
  return {
    neighbours: numbersOf(DEFAULT_TUNING.neighbours, given.neighbours),
    rules: numbersOf(DEFAULT_TUNING.rules, given.rules),
    weights: numbersOf(DEFAULT_TUNING.weights, given.weights),
    together: numbersOf(DEFAULT_TUNING.together, given.together),
  };
}
