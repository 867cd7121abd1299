/** Splits text and counts tokens; what of a tokeniser the windows need. */
export interface TokenCounter {
  /** Tokens of a text, without marks at its ends. */
  count(text: string): number;
}

/** Windows beyond this one weigh less than 1/4000 of the first and are not embedded. */
export const MOST_WINDOWS = 12;
/** No tokeniser makes a token of more letters on average; text beyond is never reached. */
const LETTERS_PER_TOKEN = 12;

/**
 * Cuts a text into windows of at most `room` tokens, at the borders of sentences where possible, of words where a sentence is longer
 * than a window. Windows follow each other without overlap; at most `MOST_WINDOWS`.
 */
export const textWindows = (text: string, room: number, tokens: TokenCounter): string[] => {
  const whole = text.slice(0, MOST_WINDOWS * room * LETTERS_PER_TOKEN);
  if (tokens.count(whole) <= room) return [whole];
  const windows: string[] = [];
  let open = '';
  let used = 0;
  for (const piece of pieces(whole, room, tokens)) {
    const cost = tokens.count(piece);
    if (open !== '' && used + cost > room) {
      windows.push(open.trim());
      if (windows.length === MOST_WINDOWS) return windows;
      open = '';
      used = 0;
    }
    open += piece;
    used += cost;
  }
  if (open.trim() !== '') windows.push(open.trim());
  return windows;
};

/** Weight of each of `n` windows in the pooled vector: 1, ½, ¼, … */
export const windowWeights = (n: number): number[] => Array.from({ length: n }, (_, k) => 0.5 ** k);

/** Sentences; those longer than a window in runs of words, words longer than a window in runs of letters. */
function* pieces(text: string, room: number, tokens: TokenCounter): Generator<string> {
  for (const { segment: sentence } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)) {
    if (tokens.count(sentence) <= room) {
      yield sentence;
      continue;
    }
    for (const word of sentence.match(/\S+\s*/gu) ?? []) {
      if (tokens.count(word) <= room) yield word;
      else yield* lettersOf(word, room);
    }
  }
}

function* lettersOf(word: string, room: number): Generator<string> {
  // A letter takes at most four byte tokens in the vocabularies in use.
  const letters = [...word];
  const step = Math.max(1, Math.floor(room / 4));
  for (let at = 0; at < letters.length; at += step) yield letters.slice(at, at + step).join('');
}
