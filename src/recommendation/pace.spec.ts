import { setImmediate as round } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pace } from './pace.js';

describe('the pace of long steps', () => {
  /** Steps that take so long, all asked for at once, by the round of the loop they were done in. */
  const roundsOf = async (count: number, ms: number): Promise<number[]> => {
    const pace = new Pace();
    const rounds: number[] = [];
    let now = 0;
    const steps = Array.from({ length: count }, async () => {
      await pace.turn();
      for (const end = performance.now() + ms; performance.now() < end; );
      rounds.push(now);
    });
    for (; rounds.length < count; now++) await round();
    await Promise.all(steps);
    return rounds;
  };

  it('lets one step a round of the loop where steps are long, and goes on by itself', async () => {
    const rounds = await roundsOf(5, 12);
    // The first goes at once, and so may be in the round of the second.
    expect(new Set(rounds).size).toBeGreaterThanOrEqual(4);
  });

  it('lets several short ones share a round, and no round become long', async () => {
    const rounds = await roundsOf(40, 1);
    const shared = new Map<number, number>();
    for (const number of rounds) shared.set(number, (shared.get(number) ?? 0) + 1);
    expect(shared.size).toBeLessThan(40);
    expect(Math.max(...shared.values())).toBeLessThanOrEqual(10);
  });

  it('lets a lone step go at once, also the next one after a rest', async () => {
    const pace = new Pace();
    for (let i = 0; i < 3; i++) {
      let went = false;
      void pace.turn().then(() => {
        went = true;
      });
      await Promise.resolve();
      expect(went).toBe(true);
      await round();
    }
  });

  it('lets whoever is nearly done go ahead of those who begin, each kind in the order of asking', async () => {
    const pace = new Pace();
    const went: string[] = [];
    const step = (name: string, isLast = false) => pace.turn(isLast).then(() => went.push(name));
    await Promise.all([step('first'), step('second'), step('third'), step('last a', true), step('last b', true)]);
    expect(went).toEqual(['first', 'last a', 'last b', 'second', 'third']);
  });
});
