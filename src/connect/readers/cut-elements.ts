import type { Readable } from 'node:stream';

/** One element of a document, with the line it begins on. `text` null: it is longer than allowed (`too long`), or the document ends within it (`unclosed`). */
export type CutElement =
  | { line: number; name: string; text: string }
  | { line: number; name: string; text: null; because: 'too long' | 'unclosed' };

/** Which elements are cut out. */
export interface Cut {
  /** Names, without a prefix. */
  names: readonly string[];
  /** Whether comments and `<![CDATA[…]]>` hide what stands in them. */
  isXml: boolean;
  mostCharacters: number;
}

/** Cuts the outermost elements of some names out of XML or HTML while it streams; what stands between them is dropped. */
export async function* cutElements(
  source: Readable,
  { names, isXml, mostCharacters }: Cut,
): AsyncGenerator<CutElement> {
  const decoder = new TextDecoder('utf-8');
  const open = new RegExp(
    `${isXml ? '<!--|' : ''}<((?:[\\w.-]+:)?(?:${names.join('|')}))(\\s[^>]*)?>`,
    isXml ? '' : 'i',
  );
  let rest = '';
  let line = 1;
  const pass = (characters: number): void => {
    for (let at = rest.indexOf('\n'); at !== -1 && at < characters; at = rest.indexOf('\n', at + 1)) line++;
    rest = rest.slice(characters);
  };
  const cut = function* (isEnd: boolean): Generator<CutElement> {
    for (;;) {
      const start = open.exec(rest);
      if (!start) {
        // A tag may be cut in two by the end of the chunk.
        pass(isEnd ? rest.length : Math.max(0, rest.length - 1_000));
        return;
      }
      pass(start.index);
      if (start[0] === '<!--') {
        const end = rest.indexOf('-->');
        if (end === -1) {
          // Of a long comment only its end matters.
          if (isEnd) pass(rest.length);
          else if (rest.length > 2_000) rest = `<!--${kept(rest, 1_000, pass)}`;
          return;
        }
        pass(end + 3);
        continue;
      }
      const name = start[1]!;
      const end = endOf(rest, start[0].length, name, isXml);
      if (end === -1) {
        if (rest.length > mostCharacters) {
          yield { line, name, text: null, because: 'too long' };
          // What follows is looked at again from within: its end tag opens nothing.
          pass(rest.length - 1_000);
          continue;
        }
        if (isEnd) {
          yield { line, name, text: null, because: 'unclosed' };
          pass(rest.length);
        }
        return;
      }
      yield { line, name, text: rest.slice(0, end) };
      pass(end);
    }
  };
  for await (const chunk of source) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    yield* cut(false);
  }
  rest += decoder.decode();
  yield* cut(true);
}

const kept = (text: string, characters: number, pass: (characters: number) => void): string => {
  pass(text.length - characters);
  return text.slice(-characters);
};

/** Where an element ends, after its end tag; -1 where it doesn't yet. */
const endOf = (text: string, from: number, name: string, isXml: boolean): number => {
  const closing = new RegExp(`${isXml ? '<!\\[CDATA\\[|<!--|' : ''}</${name}\\s*>`, isXml ? 'g' : 'gi');
  closing.lastIndex = from;
  for (let found = closing.exec(text); found; found = closing.exec(text)) {
    if (found[0].startsWith('</')) return found.index + found[0].length;
    const hidden = text.indexOf(found[0] === '<!--' ? '-->' : ']]>', found.index);
    if (hidden === -1) return -1;
    closing.lastIndex = hidden + 3;
  }
  return -1;
};
