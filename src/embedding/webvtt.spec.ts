import { describe, expect, it } from 'vitest';
import { parseWebVtt } from './webvtt.js';

describe('captions in WebVTT', () => {
  it('give words and times, whatever stands around them', () => {
    const text = [
      '\uFEFFWEBVTT - a clip',
      '',
      'NOTE made by hand',
      '',
      'STYLE\n::cue { color: red }',
      '',
      'second\n00:04.000 --> 00:06.500 align:start\n<v Anna>Fits &amp; feels <i>good</i>',
      '',
      '1\r\n00:00:01.000 --> 00:00:03.000\r\nTwo\r\nlines',
      '',
      '00:07.000 --> 00:06.000\nends before it begins',
      '',
      '00:08.000 --> 00:09.000\n<b></b>',
    ].join('\n');
    expect(parseWebVtt(text)).toEqual([
      { start: 1, end: 3, words: 'Two lines' },
      { start: 4, end: 6.5, words: 'Fits & feels good' },
    ]);
  });

  it('are refused when they are something else', () => {
    expect(() => parseWebVtt('1\n00:00:01,000 --> 00:00:02,000\nSubRip')).toThrow(/WEBVTT is wanted/);
  });
});
