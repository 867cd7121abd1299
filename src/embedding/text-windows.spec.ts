import { describe, expect, it } from 'vitest';
import { MOST_WINDOWS, textWindows } from './text-windows.js';

const words = { count: (text: string) => text.split(/\s+/).filter((word) => word !== '').length };

describe('a text longer than the window', () => {
  it('is cut at sentences, and at words only where a sentence is longer than a window', () => {
    expect(textWindows('One two three. Four five. Six seven eight nine ten eleven. Twelve.', 5, words)).toEqual([
      'One two three. Four five.',
      'Six seven eight nine ten',
      'eleven. Twelve.',
    ]);
    expect(textWindows('short enough', 5, words)).toEqual(['short enough']);
  });

  it('never gives a window that is too long, nor more than the most', () => {
    const windows = textWindows('A sentence of six words here. '.repeat(300), 8, words);
    expect(windows).toHaveLength(MOST_WINDOWS);
    for (const window of windows) expect(words.count(window)).toBeLessThanOrEqual(8);
  });
});
