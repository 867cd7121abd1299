/**
 * In front of the rows of a table, and of their coarse copies, lies room for queries, lists of rows and products: once for the thread that owns the table, once for a thread that
 * scans beside it.
 */
export const SCRATCH_BYTES = 3 * 65_536;
/** Where rows begin. */
export const ROWS_AT = 2 * SCRATCH_BYTES;
/** Whose room is used. */
export type Scratch = 0 | 1;

/** Float32 rows: queries at the head of a scratch, then the list of rows, then the products. */
export const FLOAT_CHUNK = 16_384;
export const FLOAT_LIST_AT = 65_536;
export const FLOAT_OUT_AT = FLOAT_LIST_AT + FLOAT_CHUNK * 4;

/** Bytes in front of a coarse row's numbers: its scale. */
export const COARSE_HEAD = 16;

/** Numbers a row takes: kernels read sixteen at once. */
export const paddedTo16 = (dimension: number): number => Math.ceil(dimension / 16) * 16;
