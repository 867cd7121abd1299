import type { Readable } from 'node:stream';

/** A value of a JSON document, as it is written, with the line it begins on. `json` null: it can't be had, for this reason. */
export type JsonPart = { line: number; json: string } | { line: number; json: null; message: string; brokenOff?: true };

/** How large what is held may be, in characters. */
export interface JsonLimits {
  /** A document up to this is given whole; of a larger one the entries of its lists are given one by one. 0: always these. */
  whole: number;
  /** The longest entry. */
  entry: number;
  /** Members whose lists hold entries, beside the document itself where it is a list. */
  lists: ReadonlySet<string>;
}

const QUOTE = 34;
const BACKSLASH = 92;
const isOpen = (code: number): boolean => code === 123 || code === 91;
const isClose = (code: number): boolean => code === 125 || code === 93;
const isBlank = (code: number): boolean => code === 32 || (code >= 9 && code <= 13) || code === 0xfeff;

/** JSON documents, one after the other or parted by commas, out of a stream; one that is too large to be held in parts. */
export async function* jsonValues(source: Readable, limits: JsonLimits): AsyncGenerator<JsonPart> {
  const decoder = new TextDecoder('utf-8');
  const cutter = new JsonCutter(limits);
  for await (const chunk of source) yield* cutter.take(decoder.decode(chunk as Buffer, { stream: true }));
  yield* cutter.take(decoder.decode());
  yield* cutter.end();
}

/** A value on its way: its text so far, or null where nobody wants it. */
interface Running {
  line: number;
  pieces: string[] | null;
  length: number;
  depth: number;
  inText: boolean;
  escaped: boolean;
  isScalar: boolean;
  tooLong: boolean;
}

type Frame = { is: 'list' } | { is: 'object'; key: string | null; keyNext: boolean };

/** Finds where values begin and end; they are not read here. */
class JsonCutter {
  private readonly frames: Frame[] = [];
  private running: Running | null = null;
  private line = 1;

  constructor(private readonly limits: JsonLimits) {}

  *take(text: string): Generator<JsonPart> {
    for (let at = 0; at < text.length; ) {
      if (this.running) at = yield* this.goOn(text, at);
      else at = this.begin(text, at);
    }
  }

  *end(): Generator<JsonPart> {
    const { running } = this;
    if (running?.isScalar && this.frames.length === 0) yield* this.finish(running);
    else if (running || this.frames.length > 0)
      yield {
        line: running?.line ?? this.line,
        json: null,
        message: 'the document ends within a value',
        brokenOff: true,
      };
    this.running = null;
  }

  /** Between values. Gives where to go on. */
  private begin(text: string, at: number): number {
    const code = text.charCodeAt(at);
    if (code === 10) this.line++;
    if (isBlank(code) || code === 44 || code === 58) {
      const frame = this.frames.at(-1);
      if (code === 44 && frame?.is === 'object') frame.keyNext = true;
      return at + 1;
    }
    if (isClose(code)) {
      this.frames.pop();
      return at + 1;
    }
    const frame = this.frames.at(-1);
    const isDescended = isOpen(code) && (frame === undefined ? this.limits.whole === 0 : this.leadsOn(frame, code));
    if (isDescended) {
      this.frames.push(code === 91 ? { is: 'list' } : { is: 'object', key: null, keyNext: true });
      return at + 1;
    }
    const isWanted = frame?.is !== 'object' || frame.keyNext;
    this.running = {
      line: this.line,
      pieces: isWanted ? [] : null,
      length: 0,
      depth: 0,
      inText: false,
      escaped: false,
      isScalar: !isOpen(code) && code !== QUOTE,
      tooLong: false,
    };
    return at;
  }

  /** Whether a member of an object that is too large holds entries, or an object that does. */
  private leadsOn(frame: Frame, code: number): boolean {
    if (frame.is === 'list' || frame.key === null) return false;
    return code === 91
      ? this.limits.lists.has(frame.key)
      : frame.key === 'mainEntity' || this.limits.lists.has(frame.key);
  }

  /** Within a value. Gives where to go on. */
  private *goOn(text: string, from: number): Generator<JsonPart, number> {
    const running = this.running!;
    let at = from;
    let isDone = false;
    for (; at < text.length && !isDone; at++) {
      const code = text.charCodeAt(at);
      if (code === 10) this.line++;
      if (running.isScalar) {
        if (!isBlank(code) && code !== 44 && !isClose(code)) continue;
        if (code === 10) this.line--;
        break;
      }
      if (running.inText) {
        if (running.escaped) running.escaped = false;
        else if (code === BACKSLASH) running.escaped = true;
        else if (code === QUOTE) {
          running.inText = false;
          isDone = running.depth === 0;
        }
      } else if (code === QUOTE) running.inText = true;
      else if (isOpen(code)) running.depth++;
      else if (isClose(code)) {
        running.depth--;
        isDone = running.depth === 0;
      }
    }
    if (running.pieces && at > from) running.pieces.push(text.slice(from, at));
    running.length += at - from;
    const isEnded = isDone || (running.isScalar && at < text.length);
    const most = this.frames.length === 0 ? this.limits.whole : this.limits.entry;
    if (running.pieces && !isEnded && running.length > most) yield* this.overflow(running);
    if (isEnded) yield* this.finish(running);
    return at;
  }

  /** A document that is too large is begun anew, by its lists; an entry that is too large is passed over. */
  private *overflow(running: Running): Generator<JsonPart> {
    if (this.frames.length > 0 || running.isScalar) {
      running.pieces = null;
      running.tooLong = true;
      return;
    }
    const text = running.pieces!.join('');
    this.running = null;
    this.line = running.line;
    this.frames.push(text.startsWith('[') ? { is: 'list' } : { is: 'object', key: null, keyNext: true });
    yield* this.take(text.slice(1));
  }

  private *finish({ line, pieces, tooLong }: Running): Generator<JsonPart> {
    this.running = null;
    const frame = this.frames.at(-1);
    if (frame?.is === 'object') {
      // A key, or a member that nobody wants.
      if (frame.keyNext) {
        frame.key = (pieces ?? []).join('').slice(1, -1);
        frame.keyNext = false;
      }
      return;
    }
    if (tooLong) yield { line, json: null, message: `is longer than ${this.limits.entry} characters` };
    else yield { line, json: pieces!.join('') };
  }
}
