import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Head of a graph file as hnswlib writes it: six sizes, two ints, five more sizes and a double. */
const HEAD_BYTES = 96;
const WINDOW_BYTES = 1024 * 1024;

/**
 * What is wrong with a graph file of so many points; null when its parts end where the file ends. hnswlib does not look whether its writes
 * succeed: on a full disk it leaves the beginning of a file and says nothing. Reads a window at a time: such files grow to gigabytes.
 */
export const graphFault = (path: string, points: number): string | null => {
  const file = openSync(path, 'r');
  try {
    const bytes = fstatSync(file).size;
    if (bytes < HEAD_BYTES) return `it has ${bytes} bytes, less than its head`;
    const window = Buffer.alloc(WINDOW_BYTES);
    let from = 0;
    let filled = readSync(file, window, 0, WINDOW_BYTES, 0);
    const count = Number(window.readBigUInt64LE(16));
    if (count !== points) return `it says that it holds ${count} points instead of ${points}`;
    let at = HEAD_BYTES + count * Number(window.readBigUInt64LE(24));
    for (let point = 0; point < count; point++) {
      if (at + 4 > bytes) return `it ends in the middle, after ${bytes} bytes`;
      if (at < from || at + 4 > from + filled) {
        from = at;
        filled = readSync(file, window, 0, WINDOW_BYTES, at);
      }
      at += 4 + window.readUInt32LE(at - from);
    }
    return at === bytes ? null : `it has ${bytes} bytes where its parts end at ${at}`;
  } finally {
    closeSync(file);
  }
};
