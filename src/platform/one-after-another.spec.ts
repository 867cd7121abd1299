import { setImmediate as breathe } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OneAfterAnother } from './one-after-another.js';

it('lets nothing begin before what was asked for earlier has ended, failed or not, and tells each its own outcome', async () => {
  const turns = new OneAfterAnother();
  const said: string[] = [];
  const work = (name: string, fails = false) =>
    turns.do(async () => {
      said.push(`${name} begins`);
      await breathe();
      said.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  expect(await Promise.allSettled([work('a'), work('b', true), work('c')])).toEqual([
    { status: 'fulfilled', value: 'a' },
    { status: 'rejected', reason: new Error('b') },
    { status: 'fulfilled', value: 'c' },
  ]);
  expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});
