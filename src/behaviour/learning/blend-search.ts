import { type SparseMatrix, sliceRows } from '../../maths/sparse-matrix.js';
import { topK } from '../../maths/top-k.js';
import type { Scorer } from '../models/scorer.js';
import { BLOCK, type HeldOut, type Judgement, JudgementBuilder, maskScores } from './held-out.js';

/** The candidates that any source puts among its best, with every source's normalised score for them. */
export interface CandidateTable {
  readonly heldOut: HeldOut;
  readonly items: number;
  readonly sources: readonly string[];
  /** Person r's candidates are entries offsets[r] … offsets[r + 1] − 1. */
  readonly offsets: Int32Array;
  readonly candidates: Int32Array;
  /** Per source, one score a candidate. */
  readonly scores: readonly Float32Array[];
}

/** Standard deviation of each source's scores over all unmasked items of a sample of people: what its scores are divided by in a blend. */
export async function scoreScales(scorers: readonly Scorer[], histories: SparseMatrix): Promise<number[]> {
  const step = Math.max(1, Math.floor(histories.rows / 4));
  const scales: number[] = [];
  for (const scorer of scorers) {
    let n = 0;
    let sum = 0;
    let square = 0;
    for (let from = 0; from < histories.rows; from += step) {
      const scores = await scorer.score(sliceRows(histories, from, Math.min(histories.rows, from + 128)));
      n += scores.length;
      for (let i = 0; i < scores.length; i++) {
        sum += scores[i]!;
        square += scores[i]! * scores[i]!;
      }
    }
    const sd = Math.sqrt(Math.max(0, square / n - (sum / n) ** 2));
    scales.push(sd > 0 && Number.isFinite(sd) ? sd : 1);
  }
  return scales;
}

/** Gathers candidates (the union of each source's `perSource` best) and scores divided by `scales`. */
export async function gatherCandidates(
  sources: readonly { name: string; scorer: Scorer }[],
  scales: readonly number[],
  heldOut: HeldOut,
  perSource = 100,
): Promise<CandidateTable> {
  const items = heldOut.histories.columns;
  const people = heldOut.histories.rows;
  const offsets = new Int32Array(people + 1);
  const candidates: Int32Array[] = [];
  const scores: Float32Array[][] = sources.map(() => []);
  const best = new Int32Array(perSource);
  const seen = new Int32Array(items).fill(-1);
  for (let from = 0; from < people; from += BLOCK) {
    const to = Math.min(people, from + BLOCK);
    const histories = sliceRows(heldOut.histories, from, to);
    const blocks: Float32Array[] = [];
    for (const { scorer } of sources) {
      const block = await scorer.score(histories);
      maskScores(block, heldOut.masked, from, to - from);
      blocks.push(block);
    }
    for (let r = from; r < to; r++) {
      const at = (r - from) * items;
      const chosen: number[] = [];
      for (const block of blocks) {
        const count = topK(block, at, items, perSource, best);
        for (let k = 0; k < count; k++) {
          if (seen[best[k]!] === r) continue;
          seen[best[k]!] = r;
          chosen.push(best[k]!);
        }
      }
      const list = Int32Array.from(chosen).sort();
      offsets[r + 1] = offsets[r]! + list.length;
      candidates.push(list);
      for (const [s, block] of blocks.entries())
        scores[s]!.push(Float32Array.from(list, (j) => block[at + j]! / scales[s]!));
    }
  }
  const join = <T extends Int32Array | Float32Array>(parts: readonly T[], whole: T): T => {
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const total = offsets[people]!;
  return {
    heldOut,
    items,
    sources: sources.map((s) => s.name),
    offsets,
    candidates: join(candidates, new Int32Array(total)),
    scores: scores.map((s) => join(s, new Float32Array(total))),
  };
}

/** Ranks each person's candidates by Σ weight · score and judges the first 20. */
export function judgeBlend(table: CandidateTable, weights: readonly number[]): Judgement {
  const builder = new JudgementBuilder(table.heldOut, table.items);
  const used = weights.map((w, s) => ({ w, scores: table.scores[s]! })).filter((x) => x.w !== 0);
  const most = Math.max(
    ...Array.from({ length: table.offsets.length - 1 }, (_, r) => table.offsets[r + 1]! - table.offsets[r]!),
    1,
  );
  const total = new Float32Array(most);
  const positions = new Int32Array(20);
  const ranked = new Int32Array(20);
  for (let r = 0; r < table.offsets.length - 1; r++) {
    const from = table.offsets[r]!;
    const count = table.offsets[r + 1]! - from;
    total.fill(0, 0, count);
    for (const { w, scores } of used) for (let c = 0; c < count; c++) total[c]! += w * scores[from + c]!;
    const n = topK(total, 0, count, 20, positions);
    for (let k = 0; k < n; k++) ranked[k] = table.candidates[from + positions[k]!]!;
    builder.add(r, ranked, n);
  }
  return builder.finish();
}

/** Scores and hits of each person's first 20 under these weights: what calibration is read from. */
export function proposalsOf(
  table: CandidateTable,
  weights: readonly number[],
): { scores: Float64Array; hits: Uint8Array; person: Int32Array } {
  const { relevant } = table.heldOut;
  const scores: number[] = [];
  const hits: number[] = [];
  const person: number[] = [];
  const positions = new Int32Array(20);
  for (let r = 0; r < table.offsets.length - 1; r++) {
    const from = table.offsets[r]!;
    const total = new Float32Array(table.offsets[r + 1]! - from);
    weights.forEach((w, s) => {
      if (w !== 0) for (let c = 0; c < total.length; c++) total[c]! += w * table.scores[s]![from + c]!;
    });
    const wanted = new Set(relevant.indices.subarray(relevant.offsets[r]!, relevant.offsets[r + 1]!));
    const count = topK(total, 0, total.length, 20, positions);
    for (const at of positions.subarray(0, count)) {
      scores.push(total[at]!);
      hits.push(wanted.has(table.candidates[from + at]!) ? 1 : 0);
      person.push(r);
    }
  }
  return { scores: Float64Array.from(scores), hits: Uint8Array.from(hits), person: Int32Array.from(person) };
}

/** Places that the objective looks at, and what a hit at each is worth in NDCG. */
const LIST = 20;
const GAINS = Float64Array.from({ length: LIST }, (_, rank) => 1 / Math.log2(rank + 2));

const STEPS = [0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.85, 1, 1.25, 1.5, 2, 3];

/**
 * The tuning objective of weights over a table, as `objective(judgeBlend(table, weights))` but several times as fast: only the places of wanted candidates are
 * counted, and people none of whose wanted items is a candidate are passed over.
 */
export function blendObjective(table: CandidateTable): (weights: readonly number[]) => number {
  const { heldOut, offsets, candidates, scores } = table;
  const { relevant } = heldOut;
  const people = offsets.length - 1;
  /** Person by person: where their candidates lie, which of them are wanted, and how many items are wanted in all. */
  const asked: { from: number; to: number; wanted: Int32Array; of: number; ideal: number }[] = [];
  let most = 1;
  for (let r = 0; r < people; r++) {
    const items = new Set(relevant.indices.subarray(relevant.offsets[r]!, relevant.offsets[r + 1]!));
    const from = offsets[r]!;
    const to = offsets[r + 1]!;
    const wanted = Int32Array.from({ length: to - from }, (_, c) => from + c).filter((c) => items.has(candidates[c]!));
    if (wanted.length === 0) continue;
    let ideal = 0;
    for (let k = 0; k < Math.min(LIST, items.size); k++) ideal += GAINS[k]!;
    asked.push({ from, to, wanted, of: items.size, ideal });
    most = Math.max(most, to - from);
  }
  const total = new Float32Array(most);
  return (weights) => {
    const used = weights.map((w, s) => ({ w, scores: scores[s]! })).filter(({ w }) => w !== 0);
    let sum = 0;
    for (const { from, to, wanted, of, ideal } of asked) {
      const count = to - from;
      total.fill(0, 0, count);
      for (const { w, scores } of used) for (let c = 0; c < count; c++) total[c]! += w * scores[from + c]!;
      for (const c of wanted) {
        const own = total[c - from]!;
        let rank = 0;
        for (let e = 0; e < count && rank < LIST; e++)
          if (total[e]! > own || (total[e] === own && e < c - from)) rank++;
        if (rank < LIST) sum += 1 / of + (2 * GAINS[rank]!) / ideal;
      }
    }
    return people === 0 ? 0 : sum / people;
  };
}

/** Single sources from which a search for weights starts: one start alone ends on the nearest hill, which is seldom the highest. */
const STARTS = 4;

/**
 * Non-negative weights that maximise the tuning objective, by coordinate search from each of the best single sources: in each round every other weight is tried
 * at every step and the best one kept. At most `rounds` rounds a start; a change counts only beyond `gain`, so that noise does not add sources.
 */
export function searchWeights(
  table: CandidateTable,
  { rounds = 4, gain = 1e-4, starts: most = STARTS } = {},
): { weights: number[]; value: number } {
  const value = blendObjective(table);
  const starts = table.sources
    .map((_, s) => table.sources.map((_, k) => (k === s ? 1 : 0)))
    .map((weights, anchor) => ({ anchor, weights: weights as number[], value: value(weights) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, most);
  const found = starts.map((start) => climb(start, value, rounds, gain));
  const { weights, value: best } = found.reduce((a, b) => (b.value > a.value ? b : a));
  return { weights, value: best };
}

interface Climbing {
  /** The source whose weight stays 1. */
  anchor: number;
  weights: number[];
  value: number;
}

function climb(start: Climbing, value: (weights: readonly number[]) => number, rounds: number, gain: number): Climbing {
  let best = start;
  for (let round = 0; round < rounds; round++) {
    let moved = false;
    for (let s = 0; s < best.weights.length; s++) {
      if (s === best.anchor) continue;
      let here = best;
      for (const step of STEPS) {
        if (step === best.weights[s]) continue;
        const weights = best.weights.map((w, k) => (k === s ? step : w));
        const reached = value(weights);
        if (reached > here.value) here = { ...best, weights, value: reached };
      }
      if (here.value > best.value + gain) {
        best = here;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return best;
}
