import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

/** A line that answers when it is told to. */
const line = () => {
  const posted: string[] = [];
  const answers = new Map<string, () => void>();
  const post = (what: string) => (): Promise<string> => {
    posted.push(what);
    return new Promise((resolve) => answers.set(what, () => resolve(what)));
  };
  return { posted, post, answer: (what: string) => answers.get(what)!() };
};

describe('turns on one session', () => {
  it('posts statements without waiting for answers, and none into a transaction', async () => {
    const { posted, post, answer } = line();
    const turns = new Turns();
    const first = turns.single(post('a'));
    void turns.single(post('b'));
    void turns.take(() => void post('begin')());
    void turns.single(post('c'));
    void turns.take(() => void post('begin again')());
    void turns.single(post('d'));
    expect(posted).toEqual(['a', 'b', 'begin']);
    answer('a');
    expect(await first).toBe('a');
    expect(posted).toEqual(['a', 'b', 'begin']);
    void turns.leave(post('commit'));
    // The commit is not answered yet: what comes behind it on the line is done after it all the same.
    expect(posted).toEqual(['a', 'b', 'begin', 'commit', 'c', 'begin again']);
    void turns.leave(post('rollback'));
    expect(posted.slice(-2)).toEqual(['rollback', 'd']);
  });

  it('goes on after a statement that could not be posted', async () => {
    const { posted, post } = line();
    const turns = new Turns();
    await expect(
      turns.single(() => {
        throw new Error('no line');
      }),
    ).rejects.toThrow('no line');
    await expect(turns.single(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    void turns.single(post('next'));
    expect(posted).toEqual(['next']);
  });
});
