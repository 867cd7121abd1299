import type { Scanned, ScannedMemory, ScannedRows } from './exact-scan.js';

/** What the thread that scans is given when it starts. */
export interface ScanThreadData {
  /** The compiled kernel; null: the one in JavaScript. */
  module: WebAssembly.Module | null;
}

export type ScanRequest =
  /** A table to be scanned from now on, under this number. */
  | { is: 'table'; table: number; memory: ScannedMemory }
  /** `queries` one after another, `ks`: how many of each. */
  | { is: 'scan'; call: number; table: number; queries: Float32Array; ks: readonly number[]; rows: ScannedRows }
  /** A table that is not needed any more. */
  | { is: 'forget'; table: number }
  | { is: 'close' };

export type ScanReply =
  | { is: 'scanned'; call: number; found: Scanned[] }
  | { is: 'failed'; call: number; reason: string };
