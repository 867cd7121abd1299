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
