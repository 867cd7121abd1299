export const PICTURE_EMBEDDER = Symbol('PictureEmbedder');
export const PICTURE_KEEPER = Symbol('PictureKeeper');

/** Looks at an uploaded picture; `EmbeddingService` is one. */
export interface PictureEmbedder {
  /** Fingerprint of the encoder whose vectors `embedPicture` gives. */
  readonly encoderId: string;
  /** Unit vector of a picture. */
  embedPicture(bytes: Buffer): Promise<Float32Array>;
}

/** Checks and keeps an uploaded picture's bytes; the catalogue's `PictureVault` is one. */
export interface PictureKeeper {
  /** @throws Problem `VIT_IMAGE_*` for bytes that are no usable picture. */
  keep(bytes: Buffer): Promise<{ contentHash: string; width: number; height: number }>;
  read(contentHash: string): Promise<Buffer>;
  /** Removes those that nobody uses any more. */
  release(contentHashes: readonly string[]): Promise<number>;
}
