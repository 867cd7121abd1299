/** What an encoding shows by, in the first bytes. */
const LOOKED_AT = 512;

/**
 * The same text as UTF-8 without a byte-order mark, streamed. UTF-16 is known by its mark or its zeros, XML in another encoding by what it says of itself; other text that is
 * no UTF-8 where it first leaves ASCII is Windows-1252, as spreadsheets write it. JSON is UTF-8 by its own rule and is left as it is.
 */
export async function* asUtf8(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  let length = 0;
  let ended = false;
  while (length < LOOKED_AT && !ended) {
    const next = await iterator.next();
    if (next.done) ended = true;
    else {
      held.push(next.value);
      length += next.value.length;
    }
  }
  const head = Buffer.concat(held);
  const { encoding, mark } = encodingOf(head);
  const rest = async function* (): AsyncGenerator<Buffer> {
    if (head.length > mark) yield head.subarray(mark);
    while (!ended) {
      const next = await iterator.next();
      if (next.done) return;
      yield next.value;
    }
  };
  if (encoding === 'utf-8') yield* rest();
  else if (encoding === null) yield* undeclared(rest());
  else yield* decoded(rest(), new TextDecoder(encoding));
}

/** Null: only the text itself can say. */
const encodingOf = (head: Buffer): { encoding: string | null; mark: number } => {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', mark: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', mark: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', mark: 2 };
  const zeros = (from: number): number => head.filter((byte, at) => byte === 0 && at % 2 === from).length * 2;
  if (head.length > 3 && zeros(1) > head.length / 2) return { encoding: 'utf-16le', mark: 0 };
  if (head.length > 3 && zeros(0) > head.length / 2) return { encoding: 'utf-16be', mark: 0 };
  const text = head.toString('latin1').trimStart();
  const declared = /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/i.exec(text)?.[1];
  if (declared !== undefined) return { encoding: known(declared), mark: 0 };
  return { encoding: /^[[{]/.test(text) ? 'utf-8' : null, mark: 0 };
};

/** The encoding of that name; UTF-8 for a name that nobody knows. A document that was read to here is no UTF-16, whatever it says. */
const known = (name: string): string => {
  try {
    const { encoding } = new TextDecoder(name);
    return encoding.startsWith('utf-16') ? 'utf-8' : encoding;
  } catch {
    return 'utf-8';
  }
};

async function* decoded(source: AsyncIterable<Buffer>, decoder: TextDecoder): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield Buffer.from(text);
  }
  const text = decoder.decode();
  if (text !== '') yield Buffer.from(text);
}

/** Passes ASCII on; the first character beyond it shows whether it is UTF-8 or Windows-1252. */
async function* undeclared(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const rest = async function* (first: Buffer): AsyncGenerator<Buffer> {
    yield first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  };
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    let chunk = next.value;
    const at = chunk.findIndex((byte) => byte >= 0x80);
    if (at === -1) {
      yield chunk;
      continue;
    }
    // The character may go on in the next chunk.
    while (chunk.length < at + 4) {
      const more = await iterator.next();
      if (more.done) break;
      chunk = Buffer.concat([chunk, more.value]);
    }
    yield* isUtf8At(chunk, at) ? rest(chunk) : decoded(rest(chunk), new TextDecoder('windows-1252'));
    return;
  }
}

const isUtf8At = (bytes: Buffer, at: number): boolean => {
  const first = bytes[at]!;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (first < 0xc2 || length === 0) return false;
  return (
    bytes.subarray(at + 1, at + length).every((byte) => byte >= 0x80 && byte < 0xc0) && bytes.length >= at + length
  );
};
