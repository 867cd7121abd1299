export const IMAGE_STORE = Symbol('ImageStore');

/** A picture that was kept: `hash` is the SHA-256 of its bytes in hex. */
export interface StoredImage {
  hash: string;
  bytes: number;
}

/** A picture as pages load it. */
export interface DerivedImage {
  bytes: Buffer;
  mediaType: string;
}

/**
 * Pictures by content hash. Keeping the same bytes twice keeps them once; a reader never sees half a file.
 * `read` and `derived` reject with `VIT_IMAGE_MISSING` (404) when the hash is unknown.
 */
export interface ImageStore {
  put(bytes: Buffer): Promise<StoredImage>;
  read(hash: string): Promise<Buffer>;
  /** At most `width` pixels wide (rounded up to one of the kept widths, never enlarged), upright, without metadata; made once. */
  derived(hash: string, width: number): Promise<DerivedImage>;
  /** Removes the picture and its derived sizes; nothing happens when it isn't there. */
  remove(hash: string): Promise<void>;
}
