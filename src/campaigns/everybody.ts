import { createReadStream } from 'node:fs';
import { appendFile, stat, truncate } from 'node:fs/promises';
import pLimit from 'p-limit';

/** What the shop answers for one person, as campaigns need it. */
export interface Letter {
  userId: string;
  requestId: string;
  placement: string;
  items: {
    id: string;
    rank: number;
    score: number;
    title: string;
    url?: string | null;
    image?: string | null;
    price?: unknown;
  }[];
}

interface Answer {
  requestId: string;
  items: {
    id: string;
    rank: number;
    score: number;
    item: { title: string; url?: string | null; image?: string | null; price?: unknown };
  }[];
}

/** The shop's API as this needs it. */
export interface Caller {
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}

const PAGE = 200;
const AT_ONCE = 8;

/**
 * The person after whom a file of letters goes on: the last whole line's. Half a line, as a killed run leaves it, is cut off. Null for a file that
 * is not there or has no whole line.
 */
export const resumeAfter = async (file: string): Promise<string | null> => {
  const size = await stat(file).then(
    (facts) => facts.size,
    () => 0,
  );
  if (size === 0) return null;
  let whole = 0;
  let last = '';
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      last = rest.subarray(0, end).toString();
      whole += end + 1;
      rest = rest.subarray(end + 1);
    }
  }
  if (whole < size) await truncate(file, whole);
  return last === '' ? null : (JSON.parse(last) as Letter).userId;
};

/**
 * Recommendations for every consenting user, in the order of their ids, a page at a time: `write` gets whole lines. Memory: one page.
 * Returns how many people were written to; goes on after `after`.
 */
export const forEverybody = async (
  shop: Caller,
  request: { placement: string; limit: number; filter?: unknown },
  after: string | null,
  write: (lines: string) => Promise<void>,
): Promise<number> => {
  const atOnce = pLimit(AT_ONCE);
  let count = 0;
  for (let from = after, more = true; more; ) {
    const query = `limit=${PAGE}${from === null ? '' : `&after=${encodeURIComponent(from)}`}`;
    const page = await shop.call<{ ids: string[]; last: string | null }>('GET', `/v1/admin/people?${query}`);
    const letters = await Promise.all(page.ids.map((userId) => atOnce(() => letterTo(shop, userId, request))));
    if (letters.length > 0) await write(letters.map((letter) => `${JSON.stringify(letter)}\n`).join(''));
    count += letters.length;
    from = page.last;
    more = from !== null;
  }
  return count;
};

const letterTo = async (
  shop: Caller,
  userId: string,
  request: { placement: string; limit: number; filter?: unknown },
): Promise<Letter> => {
  const answer = await shop.call<Answer>('POST', '/v1/recommendations', { ...request, userId, explain: false });
  return {
    userId,
    requestId: answer.requestId,
    placement: request.placement,
    items: answer.items.map(({ id, rank, score, item: { title, url, image, price } }) => ({
      id,
      rank,
      score,
      title,
      url,
      image,
      price,
    })),
  };
};

/** Appends to a file. */
export const toFile =
  (file: string) =>
  (lines: string): Promise<void> =>
    appendFile(file, lines);
