/** FNV-1a, 32 bits, with a final mix so that neighbouring ids fall anywhere. */
export const hashOf = (text: string): number => {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
};

/**
 * The arm of a person: their hash with the experiment's id, in [0, 1), against the running sum of shares. The same person gets the same arm as long as the shares stay;
 * when shares move, only those whose place a border has crossed change sides. Experiments are independent of each other.
 * @param shares adding up to 1
 */
export const armOf = (experimentId: string, person: string, shares: readonly number[]): number => {
  let at = hashOf(`${experimentId}\n${person}`) / 2 ** 32;
  for (let k = 0; k < shares.length - 1; k++) {
    if (at < shares[k]!) return k;
    at -= shares[k]!;
  }
  return shares.length - 1;
};
