import { describe, expect, it } from 'vitest';
import { seededRandom } from '../maths/maths.api.js';
import { BLENDED, type Blend, DEFAULT_BLEND, weightsFor } from '../recommendation/blending.api.js';
import { learn } from './learn.js';
import type { LearnedBlendModel, TrainingInput, Verdict } from './training-data.js';

const ITEMS = 120;
const PEOPLE = 260;
const TASTES = 6;
const D = 12;
const MINUTE = 60_000;

type Follows = 'people of one taste' | 'chance';

/** Visits of five steps; `look` is noise, so that only what people do tells anything. */
function shop(follows: Follows, change: Partial<TrainingInput> = {}, chance = 8): TrainingInput {
  const random = seededRandom(chance);
  const vectors = Float32Array.from({ length: ITEMS * D }, () => random.normal() / Math.sqrt(D));
  const person: number[] = [];
  const item: number[] = [];
  const at: number[] = [];
  const weight: number[] = [];
  for (let visit = 0; visit < PEOPLE * 3; visit++) {
    const who = random.below(PEOPLE);
    for (let step = 0; step < 5; step++) {
      person.push(who);
      // A fifth of a taste's items is bought by most, so popularity within a taste is worth knowing.
      const rank = Math.floor((ITEMS / TASTES) * random.next() ** 2);
      item.push(follows === 'chance' ? random.below(ITEMS) : TASTES * rank + (who % TASTES));
      at.push(1e12 + visit * 40 * MINUTE + step * MINUTE);
      weight.push(step === 4 ? 5 : 1);
    }
  }
  return {
    seed: 1,
    kinds: ['blend'],
    people: PEOPLE,
    keys: Int32Array.from({ length: ITEMS }, (_, i) => 1000 + i),
    categories: new Array(ITEMS).fill(undefined),
    events: {
      person: Int32Array.from(person),
      item: Int32Array.from(item),
      at: Float64Array.from(at),
      weight: Float32Array.from(weight),
    },
    modalities: [{ name: 'image', width: D, vectors, present: new Uint8Array(ITEMS).fill(1) }],
    dimension: D,
    liveFusion: {
      dimension: D,
      modalities: [
        {
          name: 'image',
          inputDimension: D,
          mean: new Float32Array(D),
          map: null,
          scale: 1,
          bias: 0,
          categoryBias: {},
          attention: null,
        },
      ],
    },
    liveBehaviour: null,
    ...change,
  };
}

const blendOf = async (input: TrainingInput): Promise<{ model: LearnedBlendModel; verdict: Verdict }> => {
  const { blend } = await learn(input, { progress: () => undefined });
  if (blend?.is !== 'learned') throw new Error(JSON.stringify(blend));
  return blend;
};

describe('the blend learned from what people went on to do', () => {
  it('moves weight from a source of noise to those that tell something, and goes live for it', async () => {
    const { model, verdict } = await blendOf(shop('people of one taste'));
    const home = model.blend.placements.home!;
    expect(home.behaviour! / home.history!).toBeGreaterThan(2);
    expect(verdict.difference['ndcg@10']!.low).toBeGreaterThan(0);
    expect(verdict.promote).toBe(true);
    expect(Object.values(model.shares.home!).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 2);
    expect(model.shares.home!.behaviour).toBeGreaterThan(model.shares.home!.history!);
  }, 120_000);

  it('never lets anything outvote what the visitor is looking at, whatever the events say', async () => {
    const { model } = await blendOf(shop('people of one taste'));
    const weights = weightsFor(model.blend, {
      placement: 'product',
      events: 50,
      present: new Set(BLENDED),
      emphasis: { images: 1, text: 1, history: 1 },
    });
    for (const source of ['history', 'behaviour', 'session', 'together', 'popular'] as const) {
      expect(weights[source]).toBeGreaterThanOrEqual(0);
      expect(weights[source]).toBeLessThanOrEqual(0.6 * weights['context.image']);
    }
    expect(model.blend.placements.product!.history).toBeGreaterThan(0);
  }, 120_000);

  it('finds nothing better than what serves in events without rhyme or reason', async () => {
    const { verdict } = await blendOf(shop('chance'));
    expect(verdict.difference['ndcg@10']!.low).toBeLessThanOrEqual(0.002);
    expect(Math.abs(verdict.difference['ndcg@10']!.value)).toBeLessThan(0.02);
  }, 120_000);

  it('does not go live when the last part of the window says it is worse than the live one', async () => {
    const good = await blendOf(shop('people of one taste'));
    const live: Blend = { ...DEFAULT_BLEND, ...good.model.blend, version: 'blend-good' };
    // Before the last part people follow chance, popular things apart; the live blend knows better.
    const given = shop('people of one taste', { liveBlend: live });
    const cut = 1e12 + PEOPLE * 3 * 0.85 * 40 * MINUTE;
    const random = seededRandom(3);
    const item = given.events.item.map((i, e) =>
      given.events.at[e]! < cut && given.events.at[e]! > 1e12 + PEOPLE * 3 * 0.7 * 40 * MINUTE
        ? Math.floor(8 * random.next())
        : i,
    );
    const poor = await blendOf({ ...given, events: { ...given.events, item } });
    expect(poor.verdict.against).toBe('blend-good');
    expect(poor.verdict.difference['ndcg@10']!.high).toBeLessThan(0);
    expect(poor.verdict.promote).toBe(false);
  }, 120_000);

  it('says why when there is nobody to judge by', async () => {
    const given = shop('people of one taste');
    const { blend } = await learn(
      { ...given, people: 1, events: { ...given.events, person: given.events.person.map(() => 0) } },
      { progress: () => undefined },
    );
    expect(blend).toMatchObject({ is: 'declined' });
  }, 60_000);
});
