import { ndcgAt, recallAt, reciprocalRankAt } from '../../maths/ranking-metrics.js';
import { sliceRows, type SparseMatrix, takeRows } from '../../maths/sparse-matrix.js';
import { topK } from '../../maths/top-k.js';
import type { Scorer } from '../models/scorer.js';

/** People with something held out: what is known of them, what must not be proposed, and what they went on to do. Rows are the same people. */
export interface HeldOut {
  readonly histories: SparseMatrix;
  readonly masked: SparseMatrix;
  readonly relevant: SparseMatrix;
}

/** The people of `relevant` who have anything there, with their rows of `known` as history and mask. */
export function holdOut(known: SparseMatrix, relevant: SparseMatrix): HeldOut {
  const rows: number[] = [];
  for (let r = 0; r < relevant.rows; r++) if (relevant.offsets[r + 1]! > relevant.offsets[r]!) rows.push(r);
  const histories = takeRows(known, rows);
  return { histories, masked: histories, relevant: takeRows(relevant, rows) };
}

export const USER_METRICS = ['recall@10', 'recall@20', 'ndcg@10', 'ndcg@20', 'mrr'] as const;
export type UserMetric = (typeof USER_METRICS)[number];

/** What a model did for each person (values, one a person, in the order of `HeldOut`), and how often it showed each item in a top 20. */
export interface Judgement {
  readonly perPerson: Record<UserMetric, Float64Array>;
  readonly shown: Int32Array;
}

export const mean = (values: Float64Array): number => values.reduce((s, v) => s + v, 0) / Math.max(1, values.length);

/** The one number that tuning maximises: Recall@20 + 2 NDCG@20 (NDCG is about half as large, so both count alike). */
export const objective = (j: Judgement): number => mean(j.perPerson['recall@20']) + 2 * mean(j.perPerson['ndcg@20']);

/** Collects metrics person by person. */
export class JudgementBuilder {
  private readonly perPerson: Record<UserMetric, Float64Array>;
  private readonly shown: Int32Array;

  constructor(
    private readonly heldOut: HeldOut,
    items: number,
  ) {
    const people = heldOut.relevant.rows;
    this.perPerson = Object.fromEntries(USER_METRICS.map((m) => [m, new Float64Array(people)])) as Record<UserMetric, Float64Array>;
    this.shown = new Int32Array(items);
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
    for (let r = 0; r < count; r++) this.shown[ranked[r]!]!++;
  }

  finish(): Judgement {
    return { perPerson: this.perPerson, shown: this.shown };
  }
}

/** People scored at once: bounds memory to this many rows of scores. */
export const BLOCK = 512;

/** Sets the masked items of rows `from` … of a block of scores to −Infinity. */
export function maskScores(scores: Float32Array, masked: SparseMatrix, from: number, rows: number): void {
  const n = masked.columns;
  for (let r = 0; r < rows; r++) {
    for (let e = masked.offsets[from + r]!; e < masked.offsets[from + r + 1]!; e++) scores[r * n + masked.indices[e]!] = Number.NEGATIVE_INFINITY;
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
