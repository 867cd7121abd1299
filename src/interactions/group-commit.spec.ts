import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GroupCommit } from './group-commit.js';

const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** A commit that notes what it was given, each write taking so long. */
const noting = (writeMs: number, mostRows = 100) => {
  const writes: number[][] = [];
  const commit = new GroupCommit<number, number>(
    async (submissions) => {
      writes.push(submissions.flat());
      await sleep(writeMs);
      if (submissions.flat().includes(13)) throw new Error('thirteen');
      return submissions.map((rows) => rows.length);
    },
    2,
    mostRows,
  );
  return { writes, commit };
};

describe('writes that are gathered', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());
  /** What comes of it, with the clock running ahead of everybody. */
  const soon = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const end = work.finally(() => {
      isDone = true;
    });
    end.catch(() => undefined);
    while (!isDone) await vi.advanceTimersByTimeAsync(1);
    return end;
  };

  it('answer each submitter for their own rows, in the order of submitting', async () => {
    const { writes, commit } = noting(1);
    const answers = [commit.submit([1, 2]), commit.submit([3]), commit.submit([])];
    expect(await soon(Promise.all(answers))).toEqual([2, 1, 0]);
    expect(writes).toEqual([[1, 2, 3]]);
  });

  it('are few while much comes in, and miss nothing', async () => {
    const { writes, commit } = noting(10);
    const answers: Promise<number>[] = [];
    for (let i = 0; i < 60; i++) {
      answers.push(commit.submit([i + 100]));
      await vi.advanceTimersByTimeAsync(5);
    }
    await soon(Promise.all(answers));
    // 300 ms: one every 50, where 25 would fit in if each began as soon as the one before had ended.
    expect(writes.length).toBeLessThanOrEqual(8);
    expect(writes.flat()).toEqual(Array.from({ length: 60 }, (_, i) => i + 100));
  });

  it('do not wait for company that nobody has reason to expect: one after another each waits the window', async () => {
    const { writes, commit } = noting(20);
    const from = performance.now();
    for (let i = 0; i < 5; i++) await soon(commit.submit([i]));
    expect(writes).toHaveLength(5);
    // With a rest of four times the write it would be half a second.
    expect(performance.now() - from).toBeLessThanOrEqual(5 * 23);
  });

  it('do not wait once they are full, and a submission larger than that goes alone', async () => {
    const { writes, commit } = noting(30, 3);
    await soon(
      Promise.all([commit.submit([1, 2]), commit.submit([3]), commit.submit([4, 5, 6, 7]), commit.submit([8])]),
    );
    expect(writes).toEqual([[1, 2, 3], [4, 5, 6, 7], [8]]);
  });

  it('tell a failure to those it concerns, and go on', async () => {
    const { commit } = noting(1);
    await expect(soon(Promise.all([commit.submit([13]), commit.submit([1])]))).rejects.toThrow('thirteen');
    expect(await soon(commit.submit([2]))).toBe(1);
    await commit.idle();
  });
});
