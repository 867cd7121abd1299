/** A two-dimensional table read from a `.npy` file, row-major, widened to float32. */
export interface NpyMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** float16 bits to number (IEEE 754 binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * 2 ** -14 * (fraction / 1024);
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

/**
 * Reads NumPy's format, versions 1 to 3, little-endian float16, float32 or float64, C order, one or two dimensions.
 * @throws Error that says what was found where something else is in the file.
 */
export function readNpy(bytes: Uint8Array): NpyMatrix {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY')
    throw new Error('not a .npy file: it does not begin with \\x93NUMPY');
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/
    .exec(header)?.[1]
    ?.split(',')
    .map((s) => s.trim())
    .filter(Boolean)
    .map(Number);
  if (/'fortran_order':\s*True/.test(header)) throw new Error('the .npy file is in Fortran order; save it in C order');
  if (!shape || shape.length < 1 || shape.length > 2 || shape.some((n) => !Number.isInteger(n)))
    throw new Error(`the .npy file has shape (${shape ?? '?'}); one row an item is wanted`);
  const width = { '<f2': 2, '<f4': 4, '<f8': 8 }[type ?? ''];
  if (!width) throw new Error(`the .npy file holds "${type}"; float16, float32 or float64 (little-endian) is wanted`);
  const rows = shape[0]!;
  const columns = shape[1] ?? 1;
  const count = rows * columns;
  const at = start + length;
  if (bytes.length < at + count * width)
    throw new Error(`the .npy file ends early: ${bytes.length - at} bytes for ${count} numbers of ${width}`);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    values[i] =
      width === 2
        ? halfToNumber(view.getUint16(at + 2 * i, true))
        : width === 4
          ? view.getFloat32(at + 4 * i, true)
          : view.getFloat64(at + 8 * i, true);
  }
  return { rows, columns, values };
}
