import { describe, expect, it } from 'vitest';
import { readBehaviour, serveBehaviour } from '../behaviour/behaviour.api.js';
import { GemmEngine, seededRandom } from '../maths/maths.api.js';
import { learn } from './learn.js';
import type { TrainingInput } from './training-data.js';
import { firstMeetings, splitEvents } from './training-events.js';

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
    // The earlier part is shuffled: what is learned from it is noise, while the live model knows what the shoppers of the held-back part go by.
    const given = shop({ kinds: ['fusion'] });
    const { parts } = splitEvents(firstMeetings(given.events, 60), 150);
    const cut = parts[2].at[0]!;
    const random = seededRandom(9);
    const item = given.events.item.map((i, e) => (given.events.at[e]! < cut ? random.below(60) : i));
    const person = given.events.person;
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

  it('never makes a model of NaN when a modality is full of it', async () => {
    const given = shop({ kinds: ['behaviour'] });
    const output = await learn(
      { ...given, modalities: [{ ...given.modalities[0]!, vectors: new Float32Array(60 * D).fill(Number.NaN) }] },
      quiet,
    );
    expect(output.behaviour?.is).toBe('learned');
    if (output.behaviour?.is === 'learned')
      expect(new Float32Array(output.behaviour.model.artefact.slice().buffer).every((v) => !Number.isNaN(v))).toBe(
        true,
      );
  }, 300_000);
});
