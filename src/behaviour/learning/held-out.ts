import { ndcgAt, recallAt, reciprocalRankAt } from '../../maths/ranking-metrics.js';
import { columnCounts, type SparseMatrix, sliceRows, takeRows } from '../../maths/sparse-matrix.js';
import { topK } from '../../maths/top-k.js';
import type { Scorer } from '../models/scorer.js';

/** People with something held out: what is known of them, what must not be proposed, and what they went on to do. Rows are the same people. */
export interface HeldOut {
  readonly histories: SparseMatrix;
  readonly masked: SparseMatrix;
  readonly relevant: SparseMatrix;
  /** How many people had each item when the model was fitted: for novelty and the slice of items nobody had. */
  readonly degrees?: Float64Array;
}

/** The people of `relevant` who have anything there, with their rows of `known` as history and mask. */
export function holdOut(known: SparseMatrix, relevant: SparseMatrix): HeldOut {
  const degrees = columnCounts(known);
  const rows: number[] = [];
  for (let r = 0; r < relevant.rows; r++) if (relevant.offsets[r + 1]! > relevant.offsets[r]!) rows.push(r);
  const histories = takeRows(known, rows);
  return { histories, masked: histories, relevant: takeRows(relevant, rows), degrees };
}

/** Every k-th person, so that at most `most` are left: enough to tell parameters apart at a fraction of the cost. */
export function thinned(heldOut: HeldOut, most: number): HeldOut {
  const step = Math.ceil(heldOut.relevant.rows / most);
  if (step <= 1) return heldOut;
  const rows = Array.from({ length: Math.ceil(heldOut.relevant.rows / step) }, (_, k) => k * step);
  const histories = takeRows(heldOut.histories, rows);
  const masked = heldOut.masked === heldOut.histories ? histories : takeRows(heldOut.masked, rows);
  return { histories, masked, relevant: takeRows(heldOut.relevant, rows), degrees: heldOut.degrees };
}

export const USER_METRICS = ['recall@10', 'recall@20', 'ndcg@10', 'ndcg@20', 'mrr'] as const;
export type UserMetric = (typeof USER_METRICS)[number];

/** What a model did for each person (values, one a person, in the order of `HeldOut`), and how often it showed each item in a top 20. */
export interface Judgement {
  readonly perPerson: Record<UserMetric, Float64Array>;
  readonly shown: Int32Array;
  /** Mean −log₂(share of people who have the item) of each person's list. */
  readonly novelty: Float64Array;
  /** Recall@20 over the held-out items that nobody had when the model was fitted; one value for each person with such an item. */
  readonly coldRecall: Float64Array;
}

export const mean = (values: Float64Array): number => values.reduce((s, v) => s + v, 0) / Math.max(1, values.length);

/** The one number that tuning maximises: Recall@20 + 2 NDCG@20 (NDCG is about half as large, so both count alike). */
export const objective = (j: Judgement): number => mean(j.perPerson['recall@20']) + 2 * mean(j.perPerson['ndcg@20']);

/** Collects metrics person by person. */
export class JudgementBuilder {
  private readonly perPerson: Record<UserMetric, Float64Array>;
  private readonly shown: Int32Array;
  private readonly novelty: Float64Array;
  private readonly cold: number[] = [];
  private readonly surprise: Float64Array;

  constructor(
    private readonly heldOut: HeldOut,
    items: number,
  ) {
    const people = heldOut.relevant.rows;
    this.perPerson = Object.fromEntries(USER_METRICS.map((m) => [m, new Float64Array(people)])) as Record<
      UserMetric,
      Float64Array
    >;
    this.shown = new Int32Array(items);
    this.novelty = new Float64Array(people);
    const degrees = heldOut.degrees ?? new Float64Array(items);
    const most = degrees.reduce((a, b) => Math.max(a, b), 0);
    this.surprise = degrees.map((d) => -Math.log2((d + 1) / (Math.max(people, most) + 1)));
  }

  add(person: number, ranked: Int32Array, count: number): void {
    const { relevant } = this.heldOut;
    const wanted = new Set(relevant.indices.subarray(relevant.offsets[person]!, relevant.offsets[person + 1]!));
    const p = this.perPerson;
    p['recall@10'][person] = recallAt(ranked, count, wanted, 10);
    p['recall@20'][person] = recallAt(ranked, count, wanted, 20);
    p['ndcg@10'][person] = ndcgAt(ranked, count, wanted, 10);
    p['ndcg@20'][person] = ndcgAt(ranked, count, wanted, 20);
    p.mrr[person] = reciprocalRankAt(ranked, count, wanted, 20);
    let surprise = 0;
    for (let r = 0; r < count; r++) {
      this.shown[ranked[r]!]!++;
      surprise += this.surprise[ranked[r]!]!;
    }
    this.novelty[person] = count > 0 ? surprise / count : 0;
    const { degrees } = this.heldOut;
    if (!degrees) return;
    const cold = new Set([...wanted].filter((i) => degrees[i] === 0));
    if (cold.size > 0) this.cold.push(recallAt(ranked, count, cold, 20));
  }

  finish(): Judgement {
    return {
      perPerson: this.perPerson,
      shown: this.shown,
      novelty: this.novelty,
      coldRecall: Float64Array.from(this.cold),
    };
  }
}

/** People scored at once: bounds memory to this many rows of scores. */
export const BLOCK = 512;

/** Sets the masked items of rows `from` … of a block of scores to −Infinity. */
export function maskScores(scores: Float32Array, masked: SparseMatrix, from: number, rows: number): void {
  const n = masked.columns;
  for (let r = 0; r < rows; r++) {
    for (let e = masked.offsets[from + r]!; e < masked.offsets[from + r + 1]!; e++)
      scores[r * n + masked.indices[e]!] = Number.NEGATIVE_INFINITY;
  }
}

/** Ranks every unmasked item for every person and judges the first 20; ties go to the lower item number. */
export async function judge(scorer: Scorer, heldOut: HeldOut): Promise<Judgement> {
  const { histories, masked } = heldOut;
  const items = histories.columns;
  const builder = new JudgementBuilder(heldOut, items);
  const ranked = new Int32Array(20);
  for (let from = 0; from < histories.rows; from += BLOCK) {
    const to = Math.min(histories.rows, from + BLOCK);
    const scores = await scorer.score(sliceRows(histories, from, to));
    maskScores(scores, masked, from, to - from);
    for (let r = from; r < to; r++) builder.add(r, ranked, topK(scores, (r - from) * items, items, 20, ranked));
  }
  return builder.finish();
}
