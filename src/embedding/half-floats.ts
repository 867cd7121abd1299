/** IEEE 754 half precision, as bits in a `Uint16Array` (what runtimes without `Float16Array` pass around). */

const scratch = new DataView(new ArrayBuffer(4));

/** Nearest half for each number; beyond ±65504 becomes infinity. */
export const toHalf = (numbers: Float32Array): Uint16Array => Uint16Array.from(numbers, halfBits);

/** Numbers behind the bits; a runtime that already decoded them passes plain numbers, which are kept. */
export const fromHalf = (halves: ArrayLike<number>): Float32Array =>
  halves instanceof Uint16Array ? Float32Array.from(halves, halfValue) : Float32Array.from(halves);

const halfBits = (value: number): number => {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const mantissa = bits & 0x7fffff;
  if (exponent >= 31) return sign | (Number.isNaN(value) ? 0x7e00 : 0x7c00);
  if (exponent <= 0) {
    if (exponent < -10) return sign;
    const shift = 14 - exponent;
    return sign | (((mantissa | 0x800000) + (1 << (shift - 1))) >>> shift);
  }
  // A carry out of the mantissa rounds up into the exponent, as it should.
  return sign + ((exponent << 10) | (mantissa >>> 13)) + ((mantissa >>> 12) & 1);
};

const halfValue = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
};
