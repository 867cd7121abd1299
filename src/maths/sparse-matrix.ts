/** Compressed sparse rows, shape (rows, columns); column numbers ascend within a row. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Length rows + 1; row r holds entries offsets[r] … offsets[r + 1] − 1. */
  readonly offsets: Int32Array;
  readonly indices: Int32Array;
  readonly values: Float32Array;
}

/**
 * Builds a matrix from triples; repeated (row, column) pairs are added up.
 * @throws RangeError when a row or column lies outside the shape. Cost O(n log n).
 */
export function sparseFromTriples(
  rows: number,
  columns: number,
  rowOf: ArrayLike<number>,
  columnOf: ArrayLike<number>,
  amountOf?: ArrayLike<number>,
): SparseMatrix {
  const count = rowOf.length;
  const starts = new Int32Array(rows + 1);
  for (let e = 0; e < count; e++) {
    const r = rowOf[e] as number;
    const c = columnOf[e] as number;
    if (!(r >= 0 && r < rows) || !(c >= 0 && c < columns))
      throw new RangeError(`entry (${r}, ${c}) lies outside (${rows}, ${columns})`);
    starts[r + 1]!++;
  }
  for (let r = 0; r < rows; r++) starts[r + 1]! += starts[r]!;
  const order = new Int32Array(count);
  const next = starts.slice();
  for (let e = 0; e < count; e++) order[next[rowOf[e] as number]!++] = e;
  const offsets = new Int32Array(rows + 1);
  const indices = new Int32Array(count);
  const values = new Float32Array(count);
  let written = 0;
  for (let r = 0; r < rows; r++) {
    const slice = order
      .subarray(starts[r]!, starts[r + 1]!)
      .sort((a, b) => (columnOf[a] as number) - (columnOf[b] as number) || a - b);
    const first = written;
    for (const e of slice) {
      const c = columnOf[e] as number;
      const v = amountOf ? (amountOf[e] as number) : 1;
      if (written > first && indices[written - 1] === c) values[written - 1]! += v;
      else {
        indices[written] = c;
        values[written++] = v;
      }
    }
    offsets[r + 1] = written;
  }
  return { rows, columns, offsets, indices: indices.slice(0, written), values: values.slice(0, written) };
}

/** Rows become columns. Cost O(entries). */
export function transpose(a: SparseMatrix): SparseMatrix {
  const offsets = new Int32Array(a.columns + 1);
  for (const c of a.indices) offsets[c + 1]!++;
  for (let c = 0; c < a.columns; c++) offsets[c + 1]! += offsets[c]!;
  const next = offsets.slice();
  const indices = new Int32Array(a.indices.length);
  const values = new Float32Array(a.indices.length);
  for (let r = 0; r < a.rows; r++) {
    for (let e = a.offsets[r]!; e < a.offsets[r + 1]!; e++) {
      const at = next[a.indices[e]!]!++;
      indices[at] = r;
      values[at] = a.values[e]!;
    }
  }
  return { rows: a.columns, columns: a.rows, offsets, indices, values };
}

/** Number of entries in each row. */
export function rowCounts(a: SparseMatrix): Float64Array {
  const counts = new Float64Array(a.rows);
  for (let r = 0; r < a.rows; r++) counts[r] = a.offsets[r + 1]! - a.offsets[r]!;
  return counts;
}

/** Number of entries in each column. */
export function columnCounts(a: SparseMatrix): Float64Array {
  const counts = new Float64Array(a.columns);
  for (const c of a.indices) counts[c]!++;
  return counts;
}

/** A growing list of rows; `finish` makes the matrix. */
export class SparseBuilder {
  private indices: Int32Array;
  private values: Float32Array;
  private readonly offsets: number[] = [0];
  private used = 0;

  constructor(
    private readonly columns: number,
    expectedEntries = 1024,
  ) {
    this.indices = new Int32Array(expectedEntries);
    this.values = new Float32Array(expectedEntries);
  }

  push(column: number, value: number): void {
    if (this.used === this.indices.length) {
      const indices = new Int32Array(this.used * 2 + 16);
      indices.set(this.indices);
      const values = new Float32Array(this.used * 2 + 16);
      values.set(this.values);
      this.indices = indices;
      this.values = values;
    }
    this.indices[this.used] = column;
    this.values[this.used++] = value;
  }

  endRow(): void {
    this.offsets.push(this.used);
  }

  finish(): SparseMatrix {
    return {
      rows: this.offsets.length - 1,
      columns: this.columns,
      offsets: Int32Array.from(this.offsets),
      indices: this.indices.slice(0, this.used),
      values: this.values.slice(0, this.used),
    };
  }
}

/**
 * A · B, both sparse. Cost Σ over entries of A of the row length in B, plus sorting of the touched columns.
 * @throws RangeError when the inner sizes differ.
 */
export function multiplySparse(a: SparseMatrix, b: SparseMatrix): SparseMatrix {
  if (a.columns !== b.rows) throw new RangeError(`inner sizes differ: ${a.columns} and ${b.rows}`);
  const sums = new Float64Array(b.columns);
  const seen = new Int32Array(b.columns).fill(-1);
  const touched = new Int32Array(b.columns);
  const out = new SparseBuilder(b.columns, a.indices.length * 4);
  for (let r = 0; r < a.rows; r++) {
    let count = 0;
    for (let e = a.offsets[r]!; e < a.offsets[r + 1]!; e++) {
      const k = a.indices[e]!;
      const v = a.values[e]!;
      for (let f = b.offsets[k]!; f < b.offsets[k + 1]!; f++) {
        const c = b.indices[f]!;
        if (seen[c] !== r) {
          seen[c] = r;
          sums[c] = 0;
          touched[count++] = c;
        }
        sums[c]! += v * b.values[f]!;
      }
    }
    const columns = touched.subarray(0, count).sort();
    for (const c of columns) out.push(c, sums[c]!);
    out.endRow();
  }
  return out.finish();
}

/** The same entries with every value replaced by `value(row, column, old)`. */
export function mapEntries(a: SparseMatrix, value: (row: number, column: number, old: number) => number): SparseMatrix {
  const values = new Float32Array(a.values.length);
  for (let r = 0; r < a.rows; r++) {
    for (let e = a.offsets[r]!; e < a.offsets[r + 1]!; e++) values[e] = value(r, a.indices[e]!, a.values[e]!);
  }
  return { ...a, values };
}

/**
 * The weighted Gram matrix XᵀWX, shape (columns, columns), with or without its diagonal; W holds a weight for each row (default 1).
 * Cost Σ over rows of (row length)²: rows longer than a few thousand should be cut before.
 */
export function gram(x: SparseMatrix, rowWeights?: ArrayLike<number>, diagonal = false): SparseMatrix {
  const byColumn = transpose(x);
  const weighted = rowWeights
    ? mapEntries(byColumn, (_column, row, old) => old * (rowWeights[row] as number))
    : byColumn;
  const full = multiplySparse(weighted, x);
  return diagonal ? full : dropDiagonal(full);
}

/** The matrix without its entries (i, i). */
export function dropDiagonal(a: SparseMatrix): SparseMatrix {
  const out = new SparseBuilder(a.columns, a.indices.length);
  for (let r = 0; r < a.rows; r++) {
    for (let e = a.offsets[r]!; e < a.offsets[r + 1]!; e++)
      if (a.indices[e] !== r) out.push(a.indices[e]!, a.values[e]!);
    out.endRow();
  }
  return out.finish();
}

/** Rows `from` … `to` − 1 as a matrix of their own (entries are copied). */
export function sliceRows(a: SparseMatrix, from: number, to: number): SparseMatrix {
  const first = a.offsets[from]!;
  const offsets = a.offsets.slice(from, to + 1).map((o) => o - first);
  return {
    rows: to - from,
    columns: a.columns,
    offsets,
    indices: a.indices.slice(first, a.offsets[to]!),
    values: a.values.slice(first, a.offsets[to]!),
  };
}

/** The named rows, in the order given. */
export function takeRows(a: SparseMatrix, rows: ArrayLike<number>): SparseMatrix {
  let entries = 0;
  for (let k = 0; k < rows.length; k++) entries += a.offsets[(rows[k] as number) + 1]! - a.offsets[rows[k] as number]!;
  const offsets = new Int32Array(rows.length + 1);
  const indices = new Int32Array(entries);
  const values = new Float32Array(entries);
  let at = 0;
  for (let k = 0; k < rows.length; k++) {
    const r = rows[k] as number;
    indices.set(a.indices.subarray(a.offsets[r]!, a.offsets[r + 1]!), at);
    values.set(a.values.subarray(a.offsets[r]!, a.offsets[r + 1]!), at);
    at += a.offsets[r + 1]! - a.offsets[r]!;
    offsets[k + 1] = at;
  }
  return { rows: rows.length, columns: a.columns, offsets, indices, values };
}

/** A + B, entry by entry, of the same shape. */
export function addSparse(a: SparseMatrix, b: SparseMatrix, scaleOfB = 1): SparseMatrix {
  if (a.rows !== b.rows || a.columns !== b.columns)
    throw new RangeError(`shapes differ: (${a.rows}, ${a.columns}) and (${b.rows}, ${b.columns})`);
  const out = new SparseBuilder(a.columns, a.indices.length + b.indices.length);
  for (let r = 0; r < a.rows; r++) {
    let e = a.offsets[r]!;
    let f = b.offsets[r]!;
    const endA = a.offsets[r + 1]!;
    const endB = b.offsets[r + 1]!;
    while (e < endA || f < endB) {
      const ca = e < endA ? a.indices[e]! : Number.POSITIVE_INFINITY;
      const cb = f < endB ? b.indices[f]! : Number.POSITIVE_INFINITY;
      if (ca === cb) out.push(ca, a.values[e++]! + scaleOfB * b.values[f++]!);
      else if (ca < cb) out.push(ca, a.values[e++]!);
      else out.push(cb, scaleOfB * b.values[f++]!);
    }
    out.endRow();
  }
  return out.finish();
}
