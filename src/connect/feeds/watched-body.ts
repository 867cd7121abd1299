import { Readable } from 'node:stream';
import type { FeedReader } from '../feed-reader.port.js';

const TAIL_BYTES = 256;
/** A document in XML that came whole ends with its root closed. */
const XML_END = /<\/(?:\w+:)?(rss|feed|rdf|channel|products)\s*>\s*(<!--[\s\S]*-->\s*)?$/i;

/** Watches the answer of an address go by, to say afterwards whether all of it came. Nothing of it is kept but its end. */
export class WatchedBody {
  private received = 0;
  private tail = Buffer.alloc(0);
  private isXml = false;
  private failure: Error | null = null;

  constructor(private readonly announced: number | null) {}

  /** The same bytes, counted as they are read. */
  watch(body: Readable): Readable {
    const counted = async function* (this: WatchedBody): AsyncGenerator<Buffer> {
      try {
        for await (const chunk of body) {
          this.received += (chunk as Buffer).length;
          yield chunk as Buffer;
        }
      } catch (error) {
        this.failure = error as Error;
        throw error;
      }
    };
    return Readable.from(counted.call(this), { objectMode: false });
  }

  /** The same reader, whose unpacked source is looked at too. */
  reader(reader: FeedReader): FeedReader {
    return {
      format: reader.format,
      recognises: (head, name) => reader.recognises(head, name),
      read: (source, about) => {
        this.isXml = reader.format === 'google-xml';
        return reader.read(Readable.from(this.ended(source), { objectMode: false }), about);
      },
    };
  }

  /** Why not all of it came, as far as that can be known; null when nothing speaks against it. `error`: what reading it threw. */
  cutShort(error?: unknown): string | null {
    const of = this.announced === null ? '' : ` of ${this.announced}`;
    if (this.failure || (error as NodeJS.ErrnoException | undefined)?.code === 'Z_BUF_ERROR')
      return `The answer broke off after ${this.received}${of} bytes`;
    if (error === undefined && this.isXml && !XML_END.test(this.tail.toString('latin1')))
      return `The document ends after ${this.received} bytes without being closed`;
    if (this.received === 0) return 'The answer was empty';
    return null;
  }

  private async *ended(source: Readable): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.tail = Buffer.concat([this.tail, chunk as Buffer]).subarray(-TAIL_BYTES);
      yield chunk as Buffer;
    }
  }
}
