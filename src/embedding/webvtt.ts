/** One caption: what is said, and when, in seconds. */
export interface Cue {
  start: number;
  end: number;
  words: string;
}

const TIMES = /^\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})/;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', nbsp: ' ', lrm: '', rlm: '' };

/**
 * The captions of a WebVTT text in time order. Notes, styles, positions and tags are left out; a cue without words, or that ends before
 * it begins, is no cue.
 * @throws RangeError when the text does not begin with WEBVTT
 */
export const parseWebVtt = (text: string): Cue[] => {
  const body = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (!/^WEBVTT(?=\s|$)/.test(body))
    throw new RangeError(`captions begin with "${body.slice(0, 20)}"; WEBVTT is wanted`);
  const cues: Cue[] = [];
  for (const block of body.split(/\n{2,}/)) {
    const lines = block.split('\n');
    const at = lines.findIndex((line) => TIMES.test(line));
    if (at < 0) continue;
    const [, from, to] = TIMES.exec(lines[at]!)!;
    const words = plain(lines.slice(at + 1).join(' '));
    const cue = { start: seconds(from!), end: seconds(to!), words };
    if (words !== '' && cue.end > cue.start) cues.push(cue);
  }
  return cues.sort((a, b) => a.start - b.start);
};

const seconds = (clock: string): number =>
  clock
    .replace(',', '.')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);

const plain = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .replace(/\s+/g, ' ')
    .trim();
