/**
 * 32 bits of a vector's numbers (FNV-1a by word, each step folded down, or turned signs would cancel each other): tells whether the vector
 * under a key is still the one a snapshot was made of.
 */
export const vectorDigest = (vector: Float32Array): number => {
  const words = new Int32Array(vector.buffer, vector.byteOffset, vector.length);
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ words[i]!, 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash | 0;
};
