// Inner products of one query with many rows, in WebAssembly SIMD. AssemblyScript; scripts/build-kernel.mjs compiles it.
// All addresses are bytes in the imported memory, aligned to 16; `dims` is a multiple of 16, the padding zero.
// Row `rows[i]` (i32) begins at base + rows[i] · stride; out[i] (f32) receives its product.

/** Rows of f32, query of f32. Four accumulators hide the latency of the adds. */
export function dotF32(query: usize, base: usize, stride: usize, rows: usize, n: i32, out: usize, dims: i32): void {
  const bytes: usize = <usize>dims << 2;
  for (let i = 0; i < n; i++) {
    const row: usize = base + <usize>load<i32>(rows + (<usize>i << 2)) * stride;
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 64) {
      a = f32x4.add(a, f32x4.mul(v128.load(query + at), v128.load(row + at)));
      b = f32x4.add(b, f32x4.mul(v128.load(query + at, 16), v128.load(row + at, 16)));
      c = f32x4.add(c, f32x4.mul(v128.load(query + at, 32), v128.load(row + at, 32)));
      d = f32x4.add(d, f32x4.mul(v128.load(query + at, 48), v128.load(row + at, 48)));
    }
    const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    store<f32>(
      out + (<usize>i << 2),
      f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)),
    );
  }
}

/**
 * Rows of i8 behind a 16-byte head whose first four bytes are the row's scale (f32); query of i16 with its own `scale`.
 * Sums stay below 2³¹ for |query| ≤ 4095 and dims ≤ 16384.
 */
export function dotI8(query: usize, scale: f32, base: usize, stride: usize, rows: usize, n: i32, out: usize, dims: i32): void {
  for (let i = 0; i < n; i++) {
    const row: usize = base + <usize>load<i32>(rows + (<usize>i << 2)) * stride;
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    for (let at: usize = 0; at < <usize>dims; at += 16) {
      const eight = v128.load(row + at, 16);
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(eight), v128.load(query + (at << 1))));
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(eight), v128.load(query + (at << 1), 16)));
    }
    const sum = i32x4.add(a, b);
    const total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    store<f32>(out + (<usize>i << 2), <f32>total * scale * load<f32>(row));
  }
}

/**
 * As `dotI8` for four queries at once (i16, one behind the other, `dims` numbers each), so that a row is read and widened once: out[query · step / 4 + i] receives the sum times
 * the row's scale, without the query's own.
 */
export function dotI8x4(queries: usize, base: usize, stride: usize, rows: usize, n: i32, out: usize, step: usize, dims: i32): void {
  const bytes: usize = <usize>dims << 1;
  const second = queries + bytes;
  const third = second + bytes;
  const fourth = third + bytes;
  for (let i = 0; i < n; i++) {
    const row: usize = base + <usize>load<i32>(rows + (<usize>i << 2)) * stride;
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 32) {
      const numbers = v128.load(row + (at >>> 1), 16);
      const low = i16x8.extend_low_i8x16_s(numbers);
      const high = i16x8.extend_high_i8x16_s(numbers);
      a = i32x4.add(a, i32x4.dot_i16x8_s(low, v128.load(queries + at)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(low, v128.load(second + at)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(low, v128.load(third + at)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(low, v128.load(fourth + at)));
      a = i32x4.add(a, i32x4.dot_i16x8_s(high, v128.load(queries + at, 16)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(high, v128.load(second + at, 16)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(high, v128.load(third + at, 16)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(high, v128.load(fourth + at, 16)));
    }
    const scale = load<f32>(row);
    const at = out + (<usize>i << 2);
    store<f32>(at, <f32>sum(a) * scale);
    store<f32>(at + step, <f32>sum(b) * scale);
    store<f32>(at + 2 * step, <f32>sum(c) * scale);
    store<f32>(at + 3 * step, <f32>sum(d) * scale);
  }
}

// @ts-ignore: decorator
@inline
function sum(lanes: v128): i32 {
  return i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + (i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3));
}
