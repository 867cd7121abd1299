import { describe, expect, it } from 'vitest';
import { DEFAULT_TUNING, EventMemory, readTuning } from '../behaviour/behaviour.api.js';
import { seededRandom } from '../maths/maths.api.js';
import { learnTuning } from './learn-tuning.js';
import type { TrainingEvents } from './training-data.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const ITEMS = 40;

/** 400 people, one sitting each over 60 days: item k leads to k + 1 for the first 40 days and to k + 7 ever after. */
function habitsThatChange(): TrainingEvents {
  const random = seededRandom(3);
  const rows: { person: number; item: number; at: number; weight: number }[] = [];
  for (let person = 0; person < 400; person++) {
    const start = (60 * DAY_MS * person) / 400;
    let item = random.below(ITEMS);
    for (let click = 0; click < 5; click++) {
      rows.push({ person, item, at: 1e12 + start + click * MINUTE_MS, weight: 1 });
      item = (item + (start > 40 * DAY_MS ? 7 : 1)) % ITEMS;
    }
  }
  return {
    person: Int32Array.from(rows, (r) => r.person),
    item: Int32Array.from(rows, (r) => r.item),
    at: Float64Array.from(rows, (r) => r.at),
    weight: Float32Array.from(rows, (r) => r.weight),
  };
}

/** 600 people who buy bread with everything, and jam with butter. */
function baskets(): TrainingEvents {
  const random = seededRandom(5);
  const rows: { person: number; item: number; at: number }[] = [];
  for (let person = 0; person < 600; person++) {
    const at = 1e12 + person * 3_600_000;
    const thing = 1 + random.below(ITEMS - 1);
    for (const item of [0, thing, thing % 2 === 1 ? (thing + 1) % ITEMS : thing - 1]) rows.push({ person, item, at });
  }
  return {
    person: Int32Array.from(rows, (r) => r.person),
    item: Int32Array.from(rows, (r) => r.item),
    at: Float64Array.from(rows, (r) => r.at),
    weight: new Float32Array(rows.length).fill(5),
  };
}

describe('what sessions and baskets are made with', () => {
  it('is learned: where habits change, old sessions count less, and the last part of the window says that it is better', async () => {
    const { tuning, sessions, together } = await learnTuning(habitsThatChange(), 400, ITEMS, { seed: 1 });
    expect(tuning.neighbours.ageDays).toBeLessThan(DEFAULT_TUNING.neighbours.ageDays);
    if ('declined' in sessions) throw new Error(sessions.declined);
    expect(sessions.hr20).toBeGreaterThanOrEqual(sessions.before);
    expect(together).toEqual({ declined: expect.stringContaining('0 and 0 held-back baskets') });
    expect(tuning.together).toEqual(DEFAULT_TUNING.together);
  });

  it('learns from baskets how much it counts that a thing is bought with everything', async () => {
    const { tuning, together } = await learnTuning(baskets(), 600, ITEMS, { seed: 1 });
    expect(together).toEqual({ baskets: expect.any(Number) });
    expect(tuning.together.alpha).toBeGreaterThanOrEqual(0.5);
    expect(tuning.together.alpha).toBeLessThanOrEqual(1);
  });

  it('keeps what serves where there is too little to tell, and says so', async () => {
    const live = { ...DEFAULT_TUNING, rules: { decay: 0.5, asked: 4 } };
    const none = {
      person: new Int32Array(0),
      item: new Int32Array(0),
      at: new Float64Array(0),
      weight: new Float32Array(0),
    };
    const found = await learnTuning(none, 0, ITEMS, { seed: 1, live });
    expect(found.tuning).toEqual(live);
    expect(found.sessions).toEqual({ declined: expect.stringContaining('20 of each are needed') });
  });

  it('is read from a model that has it, and is the usual from one that has not, or that holds what is no number', () => {
    expect(readTuning({ format: 'behaviour/1' })).toEqual(DEFAULT_TUNING);
    expect(readTuning({ tuning: { rules: { decay: 0.5, asked: Number.NaN }, together: null } })).toEqual({
      ...DEFAULT_TUNING,
      rules: { decay: 0.5, asked: DEFAULT_TUNING.rules.asked },
    });
  });

  it('serves: the same sessions answer otherwise once it is set', async () => {
    const nowMs = 1e12 + 60 * DAY_MS;
    const memory = new EventMemory(nowMs);
    const sitting = (person: string, keys: number[], atMs: number): void => {
      for (const [k, key] of keys.entries())
        memory.add({ type: 'view', person, keys: [key], session: person, value: null, atMs: atMs + k });
    };
    for (let n = 0; n < 12; n++) sitting(`old${n}`, [1, 2], nowMs - 5 * DAY_MS);
    sitting('new', [1, 3], nowMs - 3_600_000);
    const first = (): number | undefined => [...memory.session([1])].sort((a, b) => b[1] - a[1])[0]?.[0];
    expect(first()).toBe(2);
    memory.tune({
      ...DEFAULT_TUNING,
      neighbours: { ...DEFAULT_TUNING.neighbours, ageDays: 1 },
      weights: { rules: 0, twoSteps: 0 },
    });
    await expect.poll(first, { timeout: 10_000 }).toBe(3);
  });
});
