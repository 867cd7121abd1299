import { describe, expect, it } from 'vitest';
import { readBehaviour, serveBehaviour } from '../behaviour/behaviour.api.js';
import { GemmEngine, seededRandom } from '../maths/maths.api.js';
import { learn } from './learn.js';
import type { TrainingInput, TrainingOutput } from './training-data.js';
import { firstMeetings, splitEvents } from './training-events.js';
import { verdictOf } from './verdict.js';

const D = 12;

/** A shop of 60 items in six tastes; each of 150 people keeps to one taste. `look` shows the taste, `static` nothing. */
function shop(change: Partial<TrainingInput> = {}, chance = 5): TrainingInput {
  const random = seededRandom(chance);
  const items = 60;
  const tastes = Array.from({ length: 6 }, () => Array.from({ length: D }, () => random.normal()));
  const vectors = (shows: boolean): Float32Array => {
    const out = new Float32Array(items * D);
    for (let i = 0; i < items; i++) {
      let length = 0;
      for (let c = 0; c < D; c++) {
        out[i * D + c] = (shows ? tastes[i % 6]![c]! : 0) + 0.5 * random.normal();
        length += out[i * D + c]! ** 2;
      }
      for (let c = 0; c < D; c++) out[i * D + c]! /= Math.sqrt(length);
    }
    return out;
  };
  const person: number[] = [];
  const item: number[] = [];
  for (let p = 0; p < 150; p++)
    for (let k = 0; k < 8; k++) {
      person.push(p);
      item.push(6 * random.below(10) + (p % 6));
    }
  const order = Int32Array.from(person.keys());
  return {
    seed: 1,
    kinds: ['fusion', 'behaviour'],
    people: 150,
    keys: Int32Array.from({ length: items }, (_, i) => 100 + i),
    categories: new Array(items).fill(undefined),
    events: {
      person: Int32Array.from(person),
      item: Int32Array.from(item),
      at: Float64Array.from(order, (k) => 1e12 + ((k * 7919) % person.length) * 60_000),
      weight: new Float32Array(person.length).fill(1),
    },
    modalities: ['look', 'static'].map((name) => ({
      name,
      width: D,
      vectors: vectors(name === 'look'),
      present: new Uint8Array(items).fill(1),
    })),
    dimension: D,
    liveFusion: null,
    liveBehaviour: null,
    ...change,
  };
}
const quiet = { progress: () => undefined };

describe('a training run', () => {
  it('learns what shoppers go by, beats popularity, and serves the taste of a visitor it never met', async () => {
    const output = await learn(shop(), quiet);
    if (output.fusion?.is !== 'learned' || output.behaviour?.is !== 'learned') throw new Error(JSON.stringify(output));
    const weights = Object.fromEntries(output.fusion.model.weights.map((w) => [w.modality, w.mean]));
    expect(weights.look).toBeGreaterThan(0.6);
    expect(output.fusion.verdict.promote).toBe(true);
    expect(output.behaviour.verdict.difference['recall@20']!.low).toBeGreaterThan(0);
    const { parameters, artefact } = output.behaviour.model;
    const model = await serveBehaviour('b1', readBehaviour('b1', parameters, Buffer.from(artefact)), new GemmEngine(1));
    const best = [
      ...model.scores([
        { key: 102, weight: 1 },
        { key: 108, weight: 1 },
      ]),
    ]
      .sort((a, b) => b[1] - a[1])
      .slice(0, 5);
    expect(best.filter(([key]) => (key - 100) % 6 === 2).length).toBeGreaterThanOrEqual(4);
  }, 300_000);

  it('does not promote a model that is worse than the live one', async () => {
    const good = await learn(shop({ kinds: ['fusion'] }), quiet);
    if (good.fusion?.is !== 'learned') throw new Error('nothing learned');
    // In the earlier part people go by what is noise to those of the held-back part; the live model knows what these go by.
    const given = shop({ kinds: ['fusion'] });
    const { parts } = splitEvents(firstMeetings(given.events, 60), 150);
    const cut = parts[2].at[0]!;
    const random = seededRandom(9);
    const { vectors, width } = given.modalities[1]!;
    const likeness = (a: number, b: number): number =>
      vectors.slice(a * width, (a + 1) * width).reduce((sum, v, c) => sum + v * vectors[b * width + c]!, 0);
    const liked = Array.from({ length: 150 }, () => {
      const anchor = random.below(60);
      return Array.from({ length: 60 }, (_, i) => i).sort((a, b) => likeness(anchor, b) - likeness(anchor, a));
    });
    const person = given.events.person;
    const item = given.events.item.map((i, e) =>
      given.events.at[e]! < cut ? liked[person[e]!]![random.below(6)]! : i,
    );
    // Each person's last item before the cut stays true, since the held-back pairs start from it.
    const last = new Map<number, number>();
    given.events.at.forEach((at, e) => {
      if (at < cut && at > (given.events.at[last.get(person[e]!) ?? -1] ?? 0)) last.set(person[e]!, e);
    });
    for (const e of last.values()) item[e] = given.events.item[e]!;
    const poor = await learn(
      { ...given, events: { ...given.events, item }, liveFusion: good.fusion.model.fusion },
      quiet,
    );
    if (poor.fusion?.is !== 'learned') throw new Error('nothing learned');
    expect(poor.fusion.verdict.difference['recall@10']!.high).toBeLessThan(0);
    expect(poor.fusion.verdict.promote).toBe(false);
  }, 300_000);

  it.each([
    [
      'one visitor',
      (i: TrainingInput) => ({ ...i, people: 1, events: { ...i.events, person: i.events.person.map(() => 0) } }),
    ],
    ['one item', (i: TrainingInput) => ({ ...i, events: { ...i.events, item: i.events.item.map(() => 0) } })],
    [
      'no events',
      (i: TrainingInput) => ({
        ...i,
        events: {
          person: new Int32Array(0),
          item: new Int32Array(0),
          at: new Float64Array(0),
          weight: new Float32Array(0),
        },
      }),
    ],
  ])(
    'declines %s with a reason',
    async (_, change) => {
      const output = await learn(change(shop()), quiet);
      for (const learned of [output.fusion, output.behaviour]) {
        expect(learned?.is).toBe('declined');
        expect(learned?.is === 'declined' && learned.reason.length).toBeGreaterThan(10);
      }
    },
    120_000,
  );

  /** Every number of whatever was learned is one. */
  const numbersOf = (output: TrainingOutput): void => {
    for (const learned of [output.fusion, output.behaviour, output.blend]) {
      if (learned === null) continue;
      if (learned.is === 'declined') {
        expect(learned.reason.length).toBeGreaterThan(10);
        continue;
      }
      expect(JSON.stringify(learned.verdict)).not.toContain('null');
    }
    if (output.behaviour?.is === 'learned')
      expect(new Float32Array(output.behaviour.model.artefact.slice().buffer).every((v) => !Number.isNaN(v))).toBe(
        true,
      );
    if (output.fusion?.is === 'learned')
      for (const m of output.fusion.model.fusion.modalities) {
        expect(Number.isFinite(m.bias ?? 0) && Number.isFinite(m.scale)).toBe(true);
        expect((m.map ?? m.mean).every(Number.isFinite)).toBe(true);
      }
    if (output.blend?.is === 'learned')
      for (const weights of Object.values(output.blend.model.blend.placements))
        for (const weight of Object.values(weights)) expect(weight).toBeGreaterThanOrEqual(0);
  };
  const times = (events: TrainingInput['events'], n: number): TrainingInput['events'] => ({
    person: Int32Array.from(Array.from({ length: n }, () => [...events.person]).flat()),
    item: Int32Array.from(Array.from({ length: n }, () => [...events.item]).flat()),
    at: Float64Array.from(Array.from({ length: n }, () => [...events.at]).flat()),
    weight: Float32Array.from(Array.from({ length: n }, () => [...events.weight]).flat()),
  });
  const all: Partial<TrainingInput> = { kinds: ['fusion', 'behaviour', 'blend'] };

  it.each<[string, (i: TrainingInput) => TrainingInput, 'learned' | 'any']>([
    [
      'a modality full of NaN, and one that is the same for every item',
      (i) => ({
        ...i,
        modalities: [
          { ...i.modalities[0]!, vectors: new Float32Array(60 * D).fill(Number.NaN) },
          { ...i.modalities[1]!, vectors: new Float32Array(60 * D).fill(0.5) },
        ],
      }),
      'any',
    ],
    [
      'one NaN among the vectors',
      (i) => ({
        ...i,
        modalities: i.modalities.map((m) => ({ ...m, vectors: m.vectors.map((v, k) => (k === 7 ? Number.NaN : v)) })),
      }),
      'learned',
    ],
    [
      'nothing but ratings, all the same',
      (i) => ({ ...i, events: { ...i.events, weight: i.events.weight.map(() => 3) } }),
      'learned',
    ],
    [
      'items that nobody has met and that have no vector',
      (i) => ({
        ...i,
        keys: Int32Array.from({ length: 70 }, (_, k) => 100 + k),
        categories: new Array(70).fill(undefined),
        modalities: i.modalities.map((m) => ({
          ...m,
          vectors: Float32Array.from({ length: 70 * D }, (_, k) => m.vectors[k] ?? 0),
          present: Uint8Array.from({ length: 70 }, (_, k) => (k < 60 ? 1 : 0)),
        })),
      }),
      'learned',
    ],
    [
      'clocks that run a thousand years ahead',
      (i) => ({ ...i, events: { ...i.events, at: i.events.at.map((at, e) => (e % 50 === 0 ? 32e12 : at)) } }),
      'learned',
    ],
    [
      'a robot with 50,000 events',
      (i) => {
        const robot = 50_000;
        return {
          ...i,
          people: 151,
          events: {
            person: Int32Array.from([...i.events.person, ...new Array<number>(robot).fill(150)]),
            item: Int32Array.from([...i.events.item, ...Array.from({ length: robot }, (_, k) => k % 60)]),
            at: Float64Array.from([...i.events.at, ...Array.from({ length: robot }, (_, k) => 1e12 + 1000 * k)]),
            weight: new Float32Array(i.events.at.length + robot).fill(1),
          },
        };
      },
      'learned',
    ],
  ])(
    'learns from, or declines, %s',
    async (_, change, wanted) => {
      const output = await learn(change(shop(all)), quiet);
      numbersOf(output);
      if (wanted === 'learned') expect(output.behaviour?.is).toBe('learned');
    },
    300_000,
  );

  it('learns the same from events that were sent five times', async () => {
    const once = await learn(shop({ kinds: ['behaviour'] }), quiet);
    const given = shop({ kinds: ['behaviour'] });
    const often = await learn({ ...given, events: times(given.events, 5) }, quiet);
    if (once.behaviour?.is !== 'learned' || often.behaviour?.is !== 'learned') throw new Error('nothing learned');
    expect(often.behaviour.verdict).toEqual(once.behaviour.verdict);
  }, 300_000);

  it('never promotes what was judged by NaN', () => {
    const good = { 'recall@20': Float64Array.of(0.5, 0.5) };
    const bad = { 'recall@20': Float64Array.of(0.9, Number.NaN) };
    const about = { against: 'x', split: 'by time', seed: 1, others: {} };
    expect(verdictOf(good, good, about).promote).toBe(true);
    expect(verdictOf(bad, good, about).promote).toBe(false);
  });
});
