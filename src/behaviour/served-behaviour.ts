import type { GemmEngine } from '../maths/onnx-gemm.js';
import { addSparse, type SparseMatrix } from '../maths/sparse-matrix.js';
import { topK } from '../maths/top-k.js';
import type { BehaviourModel, WeightedItem } from './active-behaviour.port.js';
import type { LearnedBlend } from './learning/learn-people.js';
import { keepLargest, pruneRows } from './learning/user-families.js';
import { Ials, type IalsParameters } from './models/ials.js';
import { DenseItemItem, FixedScores, type Scorer, SparseItemItem } from './models/scorer.js';

/** Weights kept for each item of a history. */
const KEPT_A_ROW = 300;
/** Most items one call proposes. */
const PROPOSED = 500;

/** A behaviour model as numbers: an item–item matrix, a bias, and factors where the blend uses them; positions are resolved by `keys`. */
export interface BehaviourParts {
  /** Item keys by position. */
  readonly keys: Int32Array;
  readonly matrix: SparseMatrix;
  /** Added to every item's score (popularity). */
  readonly bias: Float32Array;
  readonly factors: {
    readonly values: Float32Array;
    readonly parameters: IalsParameters;
    readonly weight: number;
  } | null;
}

/**
 * What a learned blend comes to when it serves: all item–item sources add up to one sparse matrix (300 weights a row), popularity to a bias; factors stay
 * factors and are folded in. `scorers` are the blend's sources, refitted or not, in its order.
 */
export function assembleBehaviour(
  keys: Int32Array,
  blend: Pick<LearnedBlend, 'weights' | 'scales'>,
  scorers: readonly Scorer[],
): BehaviourParts {
  const n = keys.length;
  let matrix: SparseMatrix = {
    rows: n,
    columns: n,
    offsets: new Int32Array(n + 1),
    indices: new Int32Array(0),
    values: new Float32Array(0),
  };
  const bias = new Float32Array(n);
  let factors: BehaviourParts['factors'] = null;
  const one = new Float64Array(n).fill(1);
  scorers.forEach((scorer, k) => {
    const weight = blend.weights[k]! / blend.scales[k]!;
    if (scorer instanceof SparseItemItem) matrix = addSparse(matrix, pruneRows(scorer.weights, KEPT_A_ROW), weight);
    else if (scorer instanceof DenseItemItem)
      matrix = addSparse(
        matrix,
        keepLargest(scorer.weights, n, KEPT_A_ROW, scorer.input ?? one, scorer.output ?? one),
        weight,
      );
    else if (scorer instanceof FixedScores)
      scorer.scores.forEach((s, i) => {
        bias[i]! += weight * s;
      });
    else if (scorer instanceof Ials) factors = { values: scorer.itemFactors, parameters: scorer.parameters, weight };
    else throw new Error('a source of this kind cannot be served');
  });
  return { keys, matrix: pruneRows(matrix, KEPT_A_ROW), bias, factors };
}

/** The registry's form: JSON parameters and little-endian numbers (keys, offsets, columns, weights, bias, factors). */
export function storeBehaviour(parts: BehaviourParts): { parameters: Record<string, unknown>; artefact: Buffer } {
  const arrays = [
    parts.keys,
    parts.matrix.offsets,
    parts.matrix.indices,
    parts.matrix.values,
    parts.bias,
    ...(parts.factors ? [parts.factors.values] : []),
  ];
  for (const array of arrays)
    if (!(array as Float32Array).every(Number.isFinite))
      throw new RangeError('the behaviour model holds numbers that are not finite');
  const parameters = {
    format: 'behaviour/1',
    items: parts.keys.length,
    entries: parts.matrix.indices.length,
    factors: parts.factors ? { ...parts.factors.parameters, weight: parts.factors.weight } : null,
  };
  return { parameters, artefact: Buffer.concat(arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))) };
}

/** Reads what `storeBehaviour` wrote. @throws RangeError for another format or an artefact of another length. */
export function readBehaviour(version: string, parameters: Record<string, unknown>, artefact: Buffer): BehaviourParts {
  const { format, items, entries, factors } = parameters as {
    format: string;
    items: number;
    entries: number;
    factors: (IalsParameters & { weight: number }) | null;
  };
  if (format !== 'behaviour/1')
    throw new RangeError(`behaviour model "${version}" has format "${format}"; this release reads "behaviour/1"`);
  const width = factors ? items * factors.dimension : 0;
  const numbers = items + (items + 1) + entries * 2 + items + width;
  if (artefact.length !== numbers * 4)
    throw new RangeError(`behaviour model "${version}" has ${artefact.length} bytes; ${numbers * 4} are wanted`);
  const bytes = artefact.buffer.slice(artefact.byteOffset, artefact.byteOffset + artefact.length);
  let at = 0;
  const next = (count: number): number => {
    at += count;
    return 4 * (at - count);
  };
  const ints = (count: number): Int32Array => new Int32Array(bytes, next(count), count);
  const floats = (count: number): Float32Array => new Float32Array(bytes, next(count), count);
  const keys = ints(items);
  const matrix = {
    rows: items,
    columns: items,
    offsets: ints(items + 1),
    indices: ints(entries),
    values: floats(entries),
  };
  const bias = floats(items);
  const values = floats(width);
  return { keys, matrix, bias, factors: factors ? { values, parameters: factors, weight: factors.weight } : null };
}

/** Serves a behaviour model. Cost a call: |history| · 300, and items · d where there are factors. */
export async function serveBehaviour(
  version: string,
  parts: BehaviourParts,
  engine: GemmEngine,
): Promise<BehaviourModel> {
  const { keys, matrix, bias, factors } = parts;
  const n = keys.length;
  const positions = new Map(Array.from(keys, (key, k) => [key, k]));
  const fold = factors ? await new Ials(factors.values, n, factors.parameters, engine).folder() : null;
  const scores = new Float32Array(n);
  const best = new Int32Array(PROPOSED);
  return {
    version,
    scores: (history: readonly WeightedItem[]): Map<number, number> => {
      scores.fill(0);
      const known = history
        .map((h) => ({ at: positions.get(h.key) ?? -1, weight: h.weight }))
        .filter((h) => h.at >= 0 && Number.isFinite(h.weight) && h.weight !== 0);
      const answer = new Map<number, number>();
      if (known.length === 0) return answer;
      for (const { at, weight } of known)
        for (let e = matrix.offsets[at]!; e < matrix.offsets[at + 1]!; e++)
          scores[matrix.indices[e]!]! += weight * matrix.values[e]!;
      if (fold && factors) {
        const d = factors.parameters.dimension;
        const person = fold(
          Int32Array.from(known, (h) => h.at),
          Float32Array.from(known, (h) => h.weight),
        );
        for (let i = 0; i < n; i++) {
          let s = 0;
          for (let a = 0; a < d; a++) s += person[a]! * factors.values[i * d + a]!;
          scores[i]! += factors.weight * s;
        }
      }
      const touched = scores.map((s, i) => (s > 0 ? s + bias[i]! : Number.NEGATIVE_INFINITY));
      const count = topK(touched, 0, n, Math.min(PROPOSED, n), best);
      for (let k = 0; k < count; k++) answer.set(keys[best[k]!]!, touched[best[k]!]!);
      return answer;
    },
  };
}
