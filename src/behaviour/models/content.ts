import type { GemmEngine } from '../../maths/onnx-gemm.js';
import { SparseBuilder, type SparseMatrix } from '../../maths/sparse-matrix.js';
import { topK } from '../../maths/top-k.js';

/** Vectors of one modality, one row an item; a row of zeros, or with a value that is not finite, means "missing". */
export interface ContentModality {
  readonly name: string;
  readonly width: number;
  readonly values: Float32Array;
}

/**
 * Columns centred and scaled to unit variance over the items that have the modality, rows scaled to unit length; missing rows stay zero.
 * A column that never varies becomes zero, so that a constant modality says nothing. Shape (items, width).
 */
export function standardise(modality: ContentModality, items: number): Float32Array {
  const { width, values } = modality;
  const present = new Uint8Array(items);
  const sum = new Float64Array(width);
  const square = new Float64Array(width);
  let count = 0;
  for (let i = 0; i < items && (i + 1) * width <= values.length; i++) {
    let ok = true;
    let any = false;
    for (let c = 0; c < width; c++) {
      const v = values[i * width + c]!;
      if (!Number.isFinite(v)) ok = false;
      if (v !== 0) any = true;
    }
    if (!ok || !any) continue;
    present[i] = 1;
    count++;
    for (let c = 0; c < width; c++) sum[c]! += values[i * width + c]!;
  }
  for (let i = 0; i < items; i++)
    if (present[i]) for (let c = 0; c < width; c++) square[c]! += (values[i * width + c]! - sum[c]! / count) ** 2;
  const out = new Float32Array(items * width);
  for (let i = 0; i < items; i++) {
    if (!present[i]) continue;
    let norm = 0;
    for (let c = 0; c < width; c++) {
      const sd = Math.sqrt(square[c]! / count);
      const mean = sum[c]! / count;
      const v = sd > 1e-6 * (Math.abs(mean) + 1e-12) ? (values[i * width + c]! - mean) / sd : 0;
      out[i * width + c] = v;
      norm += v * v;
    }
    if (norm > 0) for (let c = 0; c < width; c++) out[i * width + c]! /= Math.sqrt(norm);
  }
  return out;
}

/** Weighted concatenation: rows [√w₁ f₁ | √w₂ f₂ …], whose inner products are Σ w cosine. Shape (items, Σ width). */
export function concatenate(
  parts: readonly { values: Float32Array; width: number; weight: number }[],
  items: number,
): { values: Float32Array; width: number } {
  const used = parts.filter((p) => p.weight > 0);
  const width = used.reduce((s, p) => s + p.width, 0);
  const values = new Float32Array(items * width);
  let at = 0;
  for (const p of used) {
    const scale = Math.sqrt(p.weight);
    for (let i = 0; i < items; i++)
      for (let c = 0; c < p.width; c++) values[i * width + at + c] = scale * p.values[i * p.width + c]!;
    at += p.width;
  }
  return { values, width };
}

/**
 * The `k` nearest by inner product of every item, as an item–item matrix: row = item of the history, entries = positive similarities of the items whose
 * neighbour it is (so that a proposal is scored by the history items among ITS k nearest). Cost items² · width.
 */
export async function contentNeighbours(
  engine: GemmEngine,
  values: Float32Array,
  width: number,
  items: number,
  k: number,
): Promise<SparseMatrix> {
  const out = new SparseBuilder(items, items * k);
  const best = new Int32Array(k);
  const block = 512;
  for (let from = 0; from < items; from += block) {
    const rows = Math.min(block, items - from);
    const near = await engine.run('ABt', values.subarray(from * width, (from + rows) * width), [rows, width], values, [
      items,
      width,
    ]);
    for (let r = 0; r < rows; r++) {
      near[r * items + from + r] = Number.NEGATIVE_INFINITY;
      const count = topK(near, r * items, items, k, best);
      const sorted = best.slice(0, count).sort();
      for (const j of sorted) if (near[r * items + j]! > 0) out.push(j, near[r * items + j]!);
      out.endRow();
    }
  }
  return out.finish();
}
