import { call } from './api.js';

export interface RejectedRow {
  /** Line of the file, from 1. */
  line: number;
  errors: { path: string; message: string }[];
  /** The row as it stood there. */
  text: string;
}

export interface UploadProgress {
  /** Part of the file that was sent, 0–1. */
  share: number;
  read: number;
  accepted: number;
  unchanged: number;
  rejected: RejectedRow[];
  done: boolean;
}

interface BatchAnswer {
  accepted: number;
  unchanged: number;
  rejected: { line: number; errors: { path: string; message: string }[] }[];
}

/** Rows a request: large enough to be quick, small enough that progress moves. */
const ROWS_AT_ONCE = 200;
const MOST_CHARACTERS = 4_000_000;

/**
 * Sends a file of NDJSON, part by part, to the batch route of its kind, and tells how far it is. Lines keep the numbers they have in the file.
 * Sending it again changes nothing: every row is idempotent. Rejects when a whole part is refused (no connection, signed out).
 */
export const uploadRows = async (
  file: Blob,
  kind: 'items' | 'reviews' | 'events',
  tell: (progress: UploadProgress) => void,
): Promise<void> => {
  const progress: UploadProgress = { share: 0, read: 0, accepted: 0, unchanged: 0, rejected: [], done: false };
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let part: string[] = [];
  let size = 0;
  let first = 1;
  let sent = 0;
  const flush = async () => {
    if (part.length === 0) return;
    const lines = part;
    const start = first;
    first += lines.length;
    part = [];
    size = 0;
    if (lines.some((line) => line.trim() !== '')) {
      const answer = await call<BatchAnswer>('POST', `/v1/${kind}/batch`, lines.join('\n'));
      progress.accepted += answer.accepted;
      progress.unchanged += answer.unchanged;
      for (const { line, errors } of answer.rejected)
        progress.rejected.push({ line: start + line - 1, errors, text: lines[line - 1] ?? '' });
      progress.read += lines.filter((line) => line.trim() !== '').length;
    }
    for (const line of lines) sent += line.length + 1;
    progress.share = Math.min(1, sent / Math.max(1, file.size));
    tell({ ...progress, rejected: [...progress.rejected] });
  };
  const take = async (line: string) => {
    part.push(line);
    size += line.length;
    if (part.length >= ROWS_AT_ONCE || size > MOST_CHARACTERS) await flush();
  };
  tell({ ...progress });
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop()!;
    for (const line of lines) await take(line);
  }
  if (rest !== '') await take(rest);
  await flush();
  tell({ ...progress, share: 1, done: true });
};
