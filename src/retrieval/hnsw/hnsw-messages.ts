/** What the thread that owns a graph is asked, and what it answers. Keys are item keys; labels stay inside the thread. */
export interface HnswParameters {
  dimension: number;
  /** Links a point (layer 0 has twice as many). */
  m: number;
  /** Width of the search while building. */
  efConstruction: number;
}

export interface HnswThreadData {
  parameters: HnswParameters;
  /** Folder of a snapshot to start from. */
  snapshot: string | null;
}

export type HnswRequest =
  /** New or changed vectors, one after another in `vectors` (keys.length × dimension). */
  | { is: 'upsert'; batch: number; keys: Int32Array; vectors: Float32Array }
  | { is: 'remove'; keys: Int32Array }
  /** `queries` one after another; `allowed`: one bit a key, null for all. */
  | { is: 'search'; call: number; queries: Float32Array; k: number; ef: number; allowed: Uint32Array | null }
  | { is: 'save'; call: number; folder: string; header: SnapshotHead }
  | { is: 'close' };

export type HnswReply =
  /** The graph is open; from a snapshot with the keys it holds and the digests of their vectors. */
  | { is: 'open'; keys: Int32Array; digests: Int32Array; snapshot: string | null; refused: string | null }
  /** The native library can't be used here. */
  | { is: 'absent'; reason: string }
  | { is: 'upserted'; batch: number; deleted: number; labels: number }
  /** Keys by query and their inner products with it, `counts[i]` of them for query i. */
  | { is: 'found'; call: number; keys: Int32Array; scores: Float32Array; counts: Int32Array }
  | { is: 'saved'; call: number; bytes: number }
  | { is: 'failed'; call: number; reason: string };

/** What of a snapshot's header the asker knows. */
export interface SnapshotHead {
  fusion: string;
  createdAt: string;
}

/** `header.json` of a snapshot: everything the graph file itself does not say. */
export interface SnapshotHeader extends SnapshotHead, HnswParameters {
  format: 1;
  space: 'ip';
  /** Labels ever given in the graph, deleted ones included. */
  labels: number;
  /** Points alive. */
  items: number;
  graph: { bytes: number; crc32: number };
  keys: { bytes: number; crc32: number };
}
