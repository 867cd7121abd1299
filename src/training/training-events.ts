import { type SparseMatrix, sparseFromTriples } from '../maths/maths.api.js';
import type { TrainingEvents } from './training-data.js';

const DAY_MS = 86_400_000;
const PAIR_DAYS = 7;
const PAIRS_A_PERSON = 50;
const EVENTS_A_PERSON = 500;
/** People with a past and something held out, below which nothing can be told apart. */
export const PEOPLE_TO_JUDGE = 20;

/** First meetings of a person with an item, in order of time; at most the last 500 a person, so that one robot does not outweigh a shop. */
export function firstMeetings(events: TrainingEvents, items: number): TrainingEvents {
  const order = Int32Array.from({ length: events.at.length }, (_, k) => k).sort(
    (a, b) => events.at[a]! - events.at[b]! || a - b,
  );
  const seen = new Set<number>();
  const kept: number[] = [];
  for (const e of order) {
    const id = events.person[e]! * items + events.item[e]!;
    if (seen.has(id)) continue;
    seen.add(id);
    kept.push(e);
  }
  const perPerson = new Map<number, number>();
  const last = kept.reverse().filter((e) => {
    const n = (perPerson.get(events.person[e]!) ?? 0) + 1;
    perPerson.set(events.person[e]!, n);
    return n <= EVENTS_A_PERSON;
  });
  return take(events, last.reverse());
}

export const take = (events: TrainingEvents, rows: readonly number[]): TrainingEvents => ({
  person: Int32Array.from(rows, (e) => events.person[e]!),
  item: Int32Array.from(rows, (e) => events.item[e]!),
  at: Float64Array.from(rows, (e) => events.at[e]!),
  weight: Float32Array.from(rows, (e) => events.weight[e]!),
});

/** The events of a, then those of b. */
export const join = (a: TrainingEvents, b: TrainingEvents): TrainingEvents => ({
  person: Int32Array.from([...a.person, ...b.person]),
  item: Int32Array.from([...a.item, ...b.item]),
  at: Float64Array.from([...a.at, ...b.at]),
  weight: Float32Array.from([...a.weight, ...b.weight]),
});

/** People × items, 1 where they met. */
export const matrixOf = (events: TrainingEvents, people: number, items: number): SparseMatrix => {
  const m = sparseFromTriples(people, items, events.person, events.item);
  return { ...m, values: m.values.fill(1) };
};

/** Cuts ordered events into learning, tuning and judging parts (70 : 15 : 15) by time; where too few people would have a past and a future, within each person. */
export function splitEvents(
  events: TrainingEvents,
  people: number,
): { parts: [TrainingEvents, TrainingEvents, TrainingEvents]; split: string } {
  const n = events.at.length;
  const all = Array.from({ length: n }, (_, k) => k);
  const byTime = [Math.floor(n * 0.7), Math.floor(n * 0.85)] as const;
  const parts = [all.slice(0, byTime[0]), all.slice(byTime[0], byTime[1]), all.slice(byTime[1])] as const;
  const enough = (past: readonly number[], future: readonly number[]): boolean => {
    const known = new Set(past.map((e) => events.person[e]!));
    return new Set(future.map((e) => events.person[e]!).filter((p) => known.has(p))).size >= 2 * PEOPLE_TO_JUDGE;
  };
  if (enough(parts[0], parts[1]) && enough([...parts[0], ...parts[1]], parts[2]))
    return {
      parts: parts.map((p) => take(events, p)) as [TrainingEvents, TrainingEvents, TrainingEvents],
      split: 'by time',
    };
  const mine: number[][] = Array.from({ length: people }, () => []);
  for (const e of all) mine[events.person[e]!]!.push(e);
  const cut: [number[], number[], number[]] = [[], [], []];
  for (const list of mine) {
    const held = list.length >= 4 ? Math.max(1, Math.floor(list.length * 0.15)) : 0;
    cut[0].push(...list.slice(0, list.length - 2 * held));
    cut[1].push(...list.slice(list.length - 2 * held, list.length - held));
    if (held > 0) cut[2].push(...list.slice(list.length - held));
  }
  return {
    parts: cut.map((rows) =>
      take(
        events,
        rows.sort((a, b) => a - b),
      ),
    ) as [TrainingEvents, TrainingEvents, TrainingEvents],
    split: 'the last of each person',
  };
}

/** Items one person met within a week of each other, at most 50 pairs a person (the nearest in time), weighted 1 / ln(1 + items of the person). */
export function coEngagementPairs(
  events: TrainingEvents,
  people: number,
): { a: Int32Array; b: Int32Array; weight: Float32Array } {
  const mine: number[][] = Array.from({ length: people }, () => []);
  for (let e = 0; e < events.at.length; e++) mine[events.person[e]!]!.push(e);
  const a: number[] = [];
  const b: number[] = [];
  const weight: number[] = [];
  for (const list of mine) {
    let count = 0;
    for (let gap = 1; gap < list.length && count < PAIRS_A_PERSON; gap++) {
      for (let k = 0; k + gap < list.length && count < PAIRS_A_PERSON; k++) {
        const [x, y] = [list[k]!, list[k + gap]!];
        if (events.at[y]! - events.at[x]! > PAIR_DAYS * DAY_MS || events.item[x] === events.item[y]) continue;
        a.push(events.item[x]!);
        b.push(events.item[y]!);
        weight.push(1 / Math.log(1 + list.length));
        count++;
      }
    }
  }
  return { a: Int32Array.from(a), b: Int32Array.from(b), weight: Float32Array.from(weight) };
}

/** Pairs of an item from before `cut` (the person's last) with each one after it: at most 2,000. */
export function laterPairs(events: TrainingEvents, cut: number, people: number): { a: Int32Array; b: Int32Array } {
  const last = new Int32Array(people).fill(-1);
  for (let e = 0; e < cut; e++) last[events.person[e]!] = events.item[e]!;
  const a: number[] = [];
  const b: number[] = [];
  for (let e = cut; e < events.at.length && a.length < 2000; e++) {
    const before = last[events.person[e]!]!;
    if (before < 0 || before === events.item[e]) continue;
    a.push(before);
    b.push(events.item[e]!);
  }
  return { a: Int32Array.from(a), b: Int32Array.from(b) };
}
