/** Head of a graph file as hnswlib writes it: six sizes, two ints, five more sizes and a double. */
const HEAD_BYTES = 96;

/**
 * What is wrong with a graph file of so many points; null when its parts end where the file ends. hnswlib does not look whether its writes
 * succeed: on a full disk it leaves the beginning of a file and says nothing.
 */
export const graphFault = (file: Buffer, points: number): string | null => {
  if (file.length < HEAD_BYTES) return `it has ${file.length} bytes, less than its head`;
  const count = Number(file.readBigUInt64LE(16));
  if (count !== points) return `it says that it holds ${count} points instead of ${points}`;
  let at = HEAD_BYTES + count * Number(file.readBigUInt64LE(24));
  for (let point = 0; point < count; point++) {
    if (at + 4 > file.length) return `it ends in the middle, after ${file.length} bytes`;
    at += 4 + file.readUInt32LE(at);
  }
  return at === file.length ? null : `it has ${file.length} bytes where its parts end at ${at}`;
};
